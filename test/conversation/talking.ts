import { fileURLToPath } from 'node:url';
import { type Conversation, createResponder } from '../../src/conversation/responder.js';
import { linePickers } from '../../src/persona/lines.js';
import { loadPersona } from '../../src/persona/load.js';
import type { SituationName } from '../../src/persona/situations.js';
import { seededRandom } from '../../src/random.js';
import type {
  Home,
  Mark,
  Outcome,
  Reply,
  Responder,
  Result,
  Run,
  Say,
  Transcript,
  TurnContext,
  Understanding,
} from '../../src/stages.js';
import { type TestClock, testClock } from '../fakes/clock.js';

export const demon = await loadPersona(fileURLToPath(new URL('../../personas/demon.yaml', import.meta.url)));

/** The demon's templates of a situation, as patterns. */
const linesOf = (name: SituationName): RegExp[] =>
  demon.lines.en![name]!.map((line) => new RegExp(`^${line.replace(/[.?]/g, '\\$&').replace(/\{\w+\}/g, '.+')}$`, 'i'));

export const isLine = (text: string | undefined, name: SituationName): boolean =>
  text !== undefined && linesOf(name).some((line) => line.test(text));

export interface Talk extends Conversation {
  readonly clock: TestClock;
  readonly errors: object[];
}

export function talkWith(home: Home, persona = demon): Talk {
  const clock = testClock(1_000_000);
  const errors: object[] = [];
  const conversation = createResponder({
    home,
    persona,
    lines: linePickers(persona, { random: seededRandom(5) }),
    unfinished: (text) => /\b(?:the|and|on)$/.test(text),
    log: { error: (details, message) => errors.push({ ...details, message }) },
    clock,
  });
  return { ...conversation, clock, errors };
}

export const heard = (text: string, kind: Transcript['kind'] = 'final'): Transcript => ({
  kind,
  segment: 1,
  text,
  through: 0,
  engine: 'test',
});

/** A run that the test commits or revokes by hand. */
export interface TestRun extends Run {
  readonly marks: Mark[];
  commit(): void;
  revoke(): void;
}

export function testRun(): TestRun {
  const controller = new AbortController();
  const marks: Mark[] = [];
  let commit = (): void => {};
  const committed = new Promise<void>((resolve, reject) => {
    commit = resolve;
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
  });
  committed.catch(() => {});
  return {
    signal: controller.signal,
    committed,
    marks,
    mark: (name) => {
      if (!marks.includes(name)) marks.push(name);
    },
    commit,
    revoke: () => controller.abort(Object.assign(new Error('speech went on'), { name: 'AbortError' })),
  };
}

export const KITCHEN: TurnContext = { language: 'en', area: 'kitchen' };

/** Lets everything run that waits for nothing but itself. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 80; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export interface Exchange {
  readonly understood: Understanding;
  readonly says: readonly Say[];
  readonly text: string;
  readonly result: Result;
  readonly outcomes: readonly Outcome[];
  readonly marks: readonly Mark[];
}

/** Collects what is said, as it comes. */
export function listen(reply: Reply): { readonly says: Say[]; readonly ended: Promise<void> } {
  const says: Say[] = [];
  const ended = (async () => {
    for await (const say of reply.says) says.push(say);
  })();
  return { says, ended };
}

/** A whole exchange that is committed at once. */
export async function exchange(
  respond: Responder,
  text: string,
  { context = KITCHEN, kind = 'final' as Transcript['kind'] } = {},
): Promise<Exchange> {
  const run = testRun();
  run.commit();
  const reply = respond(heard(text, kind), context, run);
  const { says, ended } = listen(reply);
  await ended;
  const result = await reply.result;
  return {
    understood: await reply.understood,
    says,
    text: says.map((say) => say.text).join(' '),
    result,
    outcomes: result.outcomes,
    marks: run.marks,
  };
}
