import { z } from 'zod';
import { Fault } from '../faults.js';
import type { Effect } from '../stages.js';
import type { Hertz } from '../units.js';
import { bass } from './bass.js';
import { chain } from './chain.js';
import { chorus } from './chorus.js';
import { distortion } from './distortion.js';
import { layers } from './layers.js';
import { leveller } from './leveller.js';
import { limiter } from './limiter.js';
import { pitch } from './pitch.js';
import { reverb } from './reverb.js';
import { ringModulator } from './ring-modulator.js';
import { subOctave } from './sub-octave.js';

const semitones = (unit: z.ZodNumber) => unit.describe('semitones');
const hertz = (least: number, most: number) => z.number().min(least).max(most).describe('Hz');
const decibels = (least: number, most: number) => z.number().min(least).max(most).describe('dB');
const share = z.number().min(0).max(1).describe('0 none … 1 as loud as the voice');

const shift = semitones(z.number().min(-24).max(24));
const formants = semitones(z.number().min(-12).max(12));
const range = { lowest: hertz(40, 300).default(70), highest: hertz(80, 1000).default(300) };
const apart = ({ lowest, highest }: { lowest: number; highest: number }): boolean => highest >= 1.5 * lowest;
const APART = { error: '"highest" must be at least 1.5 times "lowest"', path: ['highest'] };

/** The parameters of each effect as a persona's file names them, with their ranges and what they are if left out. */
const PARAMS = {
  pitch: z.strictObject({ shift: shift.default(-8), formants: formants.default(-3), ...range }).refine(apart, APART),
  layers: z
    .strictObject({
      voices: z
        .array(z.strictObject({ shift, formants: formants.default(0), level: share.default(1) }))
        .min(1)
        .max(4),
      ...range,
    })
    .refine(apart, APART),
  sub_octave: z.strictObject({ mix: share.default(0.3) }),
  ring_modulator: z.strictObject({ frequency: hertz(1, 2000).default(38), mix: share.default(0.15) }),
  bass: z.strictObject({ gain: decibels(-24, 24).default(5), corner: hertz(40, 1000).default(200) }),
  distortion: z.strictObject({ drive: z.number().min(0.1).max(20).describe('a factor').default(1.5) }),
  reverb: z.strictObject({ mix: share.default(0.1), room: z.number().min(0.1).max(3).describe('s').default(0.5) }),
  chorus: z
    .strictObject({
      frequency: hertz(0.05, 10).default(0.7),
      depth: z.number().min(0.1).max(10).describe('ms').default(3),
      distance: z.number().min(1).max(40).describe('ms').default(12),
      mix: share.default(0.4),
    })
    .refine(({ depth, distance }) => depth < distance, { error: '"depth" must be below "distance"', path: ['depth'] }),
  leveller: z.strictObject({ loudness: decibels(-40, -6).default(-20), range: decibels(0, 24).default(12) }),
  limiter: z.strictObject({ ceiling: decibels(-30, 0).default(-1) }),
} as const;

type Params = { readonly [Name in keyof typeof PARAMS]: z.output<(typeof PARAMS)[Name]> };
type Name = keyof Params;

const MAKERS: { readonly [N in Name]: (params: Params[N], rate: Hertz) => Effect } = {
  pitch,
  layers,
  sub_octave: subOctave,
  ring_modulator: ringModulator,
  bass,
  distortion,
  reverb,
  chorus,
  leveller,
  limiter,
};

/** One effect with its parameters; plain data, so that it can be sent to another thread and be part of a cache's key. */
export type Step = { readonly [N in Name]: { readonly type: N } & Readonly<Params[N]> }[Name];
/** The effects of a voice, in the order in which the sound passes them. */
export type Profile = readonly Step[];

const NAMES = Object.keys(PARAMS) as Name[];
const isName = (name: string): name is Name => Object.hasOwn(PARAMS, name);
const MOST_EFFECTS = 24;

/** `reverb`, `reverb:` or `reverb: { mix: 0.05 }`. */
const stepSchema = z.unknown().transform((entry, context): Step => {
  const fail = (message: string, path: PropertyKey[] = []): typeof z.NEVER => {
    context.issues.push({ code: 'custom', message, path, input: entry });
    return z.NEVER;
  };
  const known = `one of ${NAMES.join(', ')}`;
  if (typeof entry !== 'string' && (typeof entry !== 'object' || entry === null || Array.isArray(entry))) {
    return fail(`expected an effect: ${known}`);
  }
  const [name, ...more] = typeof entry === 'string' ? [entry] : Object.keys(entry);
  if (name === undefined) return fail(`expected an effect: ${known}`);
  if (more.length > 0) return fail(`one effect for each item of the list, not ${[name, ...more].join(' and ')} in one`);
  if (!isName(name)) return fail(`"${name}" is no effect; expected ${known}`, [name]);
  const given = typeof entry === 'string' ? {} : ((entry as Record<string, unknown>)[name] ?? {});
  const params = PARAMS[name].safeParse(given);
  if (params.success) return { type: name, ...params.data } as Step;
  for (const issue of params.error.issues) fail(issue.message, [name, ...issue.path]);
  return z.NEVER;
});

/** The list `effects:` of a persona's file. Unknown names and parameters and values out of range are issues of zod. */
export const profileSchema: z.ZodType<Profile, unknown> = z
  .array(stepSchema)
  .max(MOST_EFFECTS, { error: `at most ${MOST_EFFECTS} effects` });

/**
 * Reads a list of effects as it comes out of YAML.
 * @throws a Fault `input` that names `where` and every value that is wrong.
 */
export const parseProfile = (effects: unknown, where: string): Profile => {
  const read = profileSchema.safeParse(effects);
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, message }) => `  ${['effects', ...path].join('.')}: ${message}`);
  throw new Fault('input', `The effects in ${where} cannot be used:\n${faults.join('\n')}`, {
    hint: `Known effects are ${NAMES.join(', ')}.`,
  });
};

const LOWEST_RATE: Hertz = 8_000;
const HIGHEST_RATE: Hertz = 192_000;

/**
 * Makes the effects of a profile, for sound of `rate`, as one effect. An empty profile leaves the voice as it is.
 * @throws a Fault `input` for a rate outside of 8…192 kHz.
 */
export const buildChain = (profile: Profile, rate: Hertz): Effect => {
  if (!(rate >= LOWEST_RATE && rate <= HIGHEST_RATE)) {
    throw new Fault('input', `Effects work at ${LOWEST_RATE} to ${HIGHEST_RATE} samples a second, not at ${rate}`, {
      hint: 'Resample the sound first.',
    });
  }
  return chain(profile.map((step) => effectOfStep(step, step.type, rate)));
};

const effectOfStep = <N extends Name>(params: Params[N], name: N, rate: Hertz): Effect => MAKERS[name](params, rate);
