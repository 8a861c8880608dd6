/** What a Wyoming server offers, as far as it tells one from another. */
import { z } from 'zod';

const models = z.array(z.object({ name: z.string(), installed: z.boolean().catch(true) })).catch([]);
const programs = z
  .array(z.object({ name: z.string(), installed: z.boolean().catch(true), models, voices: models }))
  .nullish()
  .catch([]);
const infoSchema = z.object({
  asr: programs,
  tts: programs,
  wake: programs,
  handle: programs,
  satellite: z.object({ name: z.string(), area: z.string().nullish() }).nullish().catch(undefined),
});

export const KINDS = ['asr', 'tts', 'wake', 'handle'] as const;
export type Kind = (typeof KINDS)[number];

export interface Offers {
  /** Names of the programs that can be used now, by kind. */
  readonly programs: Readonly<Record<Kind, readonly string[]>>;
  /** Names of models, voices and wake words, in their order. */
  readonly models: Readonly<Record<Kind, readonly string[]>>;
  /** The satellite's name. */
  readonly satellite?: string;
}

/** Reads an `info`, ours or as Home Assistant keeps it. */
export function offersOf(info: unknown): Offers {
  const read = infoSchema.catch({ asr: [], tts: [], wake: [], handle: [], satellite: undefined }).parse(info);
  const of = (kind: Kind) => (read[kind] ?? []).filter(({ installed }) => installed);
  const each = <T>(make: (kind: Kind) => T): Record<Kind, T> =>
    Object.fromEntries(KINDS.map((kind) => [kind, make(kind)])) as Record<Kind, T>;
  return {
    programs: each((kind) => of(kind).map(({ name }) => name)),
    models: each((kind) =>
      of(kind)
        .flatMap(({ models: some, voices }) => [...some, ...voices])
        .map(({ name }) => name),
    ),
    ...(read.satellite ? { satellite: read.satellite.name } : {}),
  };
}

/** As Home Assistant names an entry: the satellite, else the first program that can be used. */
export const titleOf = ({ programs: by, satellite }: Offers): string | undefined =>
  satellite ?? KINDS.flatMap((kind) => by[kind])[0];

/** Whether both are the same programs, whatever their models are at the moment. */
export function isSameServer(a: Offers, b: Offers): boolean {
  if (a.satellite !== undefined || b.satellite !== undefined) return a.satellite === b.satellite;
  // A kind that one of them lacks may be still loading, or switched off since.
  const both = KINDS.filter((kind) => a.programs[kind].length > 0 && b.programs[kind].length > 0);
  return both.length > 0 && both.every((kind) => a.programs[kind].join('\n') === b.programs[kind].join('\n'));
}

/** Whether both are the same with the same models, in whatever order. */
export const isSameOffer = (a: Offers, b: Offers): boolean =>
  isSameServer(a, b) && KINDS.every((kind) => digest(a, kind) === digest(b, kind));

const digest = (of: Offers, kind: Kind): string => JSON.stringify([of.programs[kind], [...of.models[kind]].sort()]);
