/** What Core answers about sentences, read leniently: another version may say more, or less. */
import { z } from 'zod';
import { plain } from '../../home-assistant/plain.js';
import type { Slots } from './goals.js';

const recognisedSchema = z.object({
  match: z.boolean().catch(false),
  source: z.string().optional().catch(undefined),
  sentence_template: z.string().catch(''),
  intent: z.object({ name: z.string() }).optional().catch(undefined),
  slots: z.record(z.string(), z.unknown()).catch({}),
  details: z.record(z.string(), z.object({ value: z.unknown(), text: z.unknown() })).catch({}),
  targets: z.record(z.string(), z.unknown()).catch({}),
  unmatched_slots: z.record(z.string(), z.unknown()).catch({}),
});
const debugSchema = z.object({ results: z.array(z.unknown()) });

/** What Core's own sentences make of a text. */
export interface Recognised {
  /** The user's own: a `trigger` of an automation, or a `custom` sentence. */
  readonly source: 'builtin' | 'custom' | 'trigger';
  /** Missing for a trigger. */
  readonly intent?: string;
  readonly template: string;
  readonly slots: Slots;
  /** The words of the text that a slot was read from. */
  readonly texts: Readonly<Record<string, string>>;
  /** All entities that the slots fit, of any domain. */
  readonly targets: readonly string[];
}

/** A sentence that Core would not act on as it is. */
export interface Missed {
  /** Words that should be a name or the like, and are not. */
  readonly unknown: Readonly<Record<string, string>>;
  /** Its sentence is whole but for where it was said: "turn on the lights". */
  readonly lacksPlace: boolean;
}

/** The answer to `conversation/agent/homeassistant/debug`, in the order of the sentences. */
export function readDebug(answer: unknown, count: number): readonly (Recognised | Missed)[] {
  const results = debugSchema.safeParse(answer).data?.results ?? [];
  return Array.from({ length: count }, (_, at) => readResult(results[at]));
}

export const isRecognised = (result: Recognised | Missed): result is Recognised => 'source' in result;

function readResult(result: unknown): Recognised | Missed {
  const { data } = recognisedSchema.safeParse(result ?? undefined);
  if (data === undefined) return { unknown: {}, lacksPlace: false };
  const unknown = textsOf(data.unmatched_slots);
  if (!data.match || Object.keys(unknown).length > 0) {
    return { unknown, lacksPlace: data.intent !== undefined && Object.keys(data.unmatched_slots).length === 0 };
  }
  const source = data.source === 'trigger' || data.source === 'custom' ? data.source : 'builtin';
  if (source !== 'trigger' && data.intent === undefined) return { unknown: {}, lacksPlace: false };
  const details = Object.entries(data.details);
  return {
    source,
    ...(data.intent ? { intent: data.intent.name } : {}),
    template: data.sentence_template,
    slots: { ...data.slots, ...Object.fromEntries(details.map(([slot, { value }]) => [slot, value])) },
    texts: textsOf(Object.fromEntries(details.map(([slot, { text }]) => [slot, text]))),
    targets: Object.keys(data.targets),
  };
}

const textsOf = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      typeof value === 'string' && value.trim() !== '' ? [[key, value.trim()]] : [],
    ),
  );

const targetSchema = z.object({ type: z.string(), id: z.string().nullish(), name: z.string().catch('') });
const processSchema = z.object({
  continue_conversation: z.boolean().catch(false),
  response: z.object({
    response_type: z.string(),
    speech: z
      .object({ plain: z.object({ speech: z.string() }) })
      .optional()
      .catch(undefined),
    data: z
      .object({
        code: z.string().optional(),
        success: z.array(targetSchema).catch([]),
        failed: z.array(targetSchema).catch([]),
      })
      .catch({ success: [], failed: [] }),
  }),
});

/** What Core says it has done. */
export interface Processed {
  /** `no_valid_targets`, `failed_to_handle`… */
  readonly error?: string;
  /** It was a question. */
  readonly isAnswer: boolean;
  readonly speech?: string;
  readonly expectsAnswer: boolean;
  /** Entities that were told, and those whose service failed at once. */
  readonly told: readonly string[];
  readonly failed: readonly string[];
}

/** Two minutes of speech; a list of everything that is on in a big house. */
const LONGEST_SPEECH = 2_000;

/** The answer to `conversation/process`; undefined where it is none. */
export function readProcessed(answer: unknown): Processed | undefined {
  const { data } = processSchema.safeParse(answer);
  if (data === undefined) return undefined;
  const { response } = data;
  const speech = plain(response.speech?.plain.speech ?? '', LONGEST_SPEECH);
  const ids = (all: readonly z.infer<typeof targetSchema>[]): string[] =>
    all.flatMap(({ type, id }) => (type === 'entity' && id ? [id] : []));
  return {
    ...(response.response_type === 'error' ? { error: response.data.code ?? 'unknown' } : {}),
    isAnswer: response.response_type === 'query_answer',
    ...(speech ? { speech } : {}),
    expectsAnswer: data.continue_conversation,
    told: ids(response.data.success),
    failed: ids(response.data.failed),
  };
}
