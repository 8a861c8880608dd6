import { z } from 'zod';
import { openSlots, slotOf } from './fill.js';
import { isSituation, SAFETY_TOPICS, SITUATION_NAMES, type SituationName, situation } from './situations.js';

/** `family` is fit for every ear in the house; `adult` adds darker lines to it. */
const TONES = ['family', 'adult'] as const;
export type Tone = (typeof TONES)[number];

/** A voice is slow to stop: nobody listens to a longer line than this. */
const MAX_LINE_CHARACTERS = 200;
const MAX_WARNING_CHARACTERS = 400;
const MAX_LINES = 200;
/** Each costs a language model time. */
const MAX_EXAMPLES = 8;

const text = z.string().trim().min(1, 'expected some text');
const line = text.max(MAX_LINE_CHARACTERS, `a line has at most ${MAX_LINE_CHARACTERS} characters`);
const phrases = z.array(text).min(1, 'expected at least one phrase').max(MAX_LINES);
const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'expected a language such as en or pt-BR');
const byLanguage = <T extends z.ZodType>(value: T) => z.record(language, value);

const lines = z
  .record(z.string(), z.array(line).min(1, 'expected at least one line').max(MAX_LINES))
  .superRefine((value, context) => {
    for (const [name, variants] of Object.entries(value)) {
      if (!isSituation(name)) {
        context.addIssue({ code: 'custom', path: [name], message: `no such situation${nearest(name)}` });
        continue;
      }
      const { slots, needs } = situation(name);
      const allowed: readonly string[] = slots;
      variants.forEach((variant, index) => {
        if (needs !== undefined && !openSlots(variant).some((slot) => slotOf(slot) === needs)) {
          context.addIssue({ code: 'custom', path: [name, index], message: `a line of ${name} needs {${needs}}` });
        }
        for (const slot of openSlots(variant)) {
          if (allowed.includes(slotOf(slot))) continue;
          const known = allowed.length > 0 ? `it knows ${allowed.map((s) => `{${s}}`).join(', ')}` : 'it has none';
          context.addIssue({
            code: 'custom',
            path: [name, index],
            message: `{${slot}} is no slot of ${name}: ${known}`,
          });
        }
      });
    }
  });

const completeLines = lines.superRefine((value, context) => {
  for (const name of SITUATION_NAMES) {
    const { required, always = [] } = situation(name);
    if (!required) continue;
    const variants = value[name];
    if (variants === undefined) {
      context.addIssue({ code: 'custom', message: `lines for ${name} are missing` });
    } else if (!variants.some((variant) => openSlots(variant).every((s) => (always as string[]).includes(slotOf(s))))) {
      context.addIssue({ code: 'custom', path: [name], message: 'at least one line must need no slot' });
    }
  }
});

const safetyTopic = z.strictObject({
  /** Words in this order anywhere in what was said. */
  contains: z.array(text).max(MAX_LINES).default([]),
  /** The whole of what was said. */
  whole: z.array(text).max(MAX_LINES).default([]),
  /** Always the same words: there is no time to wonder. */
  say: text.max(MAX_WARNING_CHARACTERS, `a warning has at most ${MAX_WARNING_CHARACTERS} characters`),
});

export const personaSchema = z
  .strictObject({
    name: text,
    wake_words: z.array(z.string().regex(/^[a-z0-9_]+$/, 'expected a model name such as hey_jarvis')).min(1),
    voice: z.strictObject({
      engine: text,
      model: text.optional(),
      speaker: z.int().min(0).default(0),
      /** 1 is as recorded, 2 twice as fast. */
      speed: z.number().min(0.25).max(4).default(1),
    }),
    /** The effects chain checks them. */
    effects: z.array(z.unknown()).default([]),
    tone: z.enum(TONES).default('family'),
    prompt: byLanguage(text),
    /** How it talks, for a language model: small ones learn more from these than from rules. */
    examples: byLanguage(z.array(z.strictObject({ said: line, answer: line })).max(MAX_EXAMPLES)).default({}),
    stop: byLanguage(z.strictObject({ hush: phrases, farewell: phrases })),
    lines: byLanguage(completeLines),
    adult: byLanguage(lines).default({}),
    safety: byLanguage(z.strictObject(Object.fromEntries(SAFETY_TOPICS.map((topic) => [topic, safetyTopic])))),
  })
  .superRefine((persona, context) => {
    if (Object.keys(persona.lines).length === 0) {
      context.addIssue({ code: 'custom', path: ['lines'], message: 'expected lines in at least one language' });
    }
    for (const spoken of Object.keys(persona.lines)) {
      for (const section of ['stop', 'prompt', 'safety'] as const) {
        if (persona[section][spoken] === undefined) {
          context.addIssue({
            code: 'custom',
            path: [section],
            message: `${spoken} is missing, though there are lines in ${spoken}`,
          });
        }
      }
    }
  });

/** Situations with the written variants of each. */
export type Lines = Readonly<Partial<Record<SituationName, readonly string[]>>>;

/** A situation that begins as the misspelt one does, for the message. */
function nearest(name: string): string {
  const head = name.split('.')[0]!;
  const like = SITUATION_NAMES.filter((known) => known.startsWith(head.slice(0, 4))).slice(0, 4);
  return like.length > 0 ? `; did you mean ${like.join(', ')}?` : `; known are ${SITUATION_NAMES.join(', ')}`;
}
