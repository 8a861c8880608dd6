import { type Clock, systemClock } from '../clock.js';
import type { Outcome, Reply, Responder, Result, Run, Say, TurnContext, Understanding } from '../stages.js';
import type { Milliseconds } from '../units.js';
import { isOpen } from './late.js';

/** Something that was written to the persona, or heard elsewhere. */
export interface TextRequest {
  readonly text: string;
  readonly context: TurnContext;
  /** Gives the whole exchange up. */
  readonly signal: AbortSignal;
  /** An answer that takes longer ends with what there is of it. */
  readonly timeout: Milliseconds;
  /** What is said where there is nothing else to say: a failure, or a home that took too long. */
  readonly excuse: () => Say;
  readonly clock?: Clock;
}

/** A whole answer. */
export interface TextAnswer {
  readonly text: string;
  readonly kind: Understanding['kind'];
  /** `failed`: nothing that was asked for came to be, or it took too long. A question back is `handled`. */
  readonly end: 'handled' | 'not-understood' | 'failed';
  readonly outcomes: readonly Outcome[];
  readonly expectsAnswer: boolean;
}

/**
 * One text in, one whole answer out, acted on at once: a conversation without sound. Lines that only cover a wait are
 * left out. Made for `respondAtOnce`; any responder will do.
 * Whatever goes wrong becomes words in character.
 *
 * @throws the signal's reason, and nothing else.
 */
export async function converse(respond: Responder, request: TextRequest): Promise<TextAnswer> {
  const { clock = systemClock, context, excuse, signal, text, timeout } = request;
  signal.throwIfAborted();
  const over = new AbortController();
  const run: Run = {
    signal: AbortSignal.any([signal, over.signal]),
    committed: Promise.resolve(),
    mark: () => {},
  };
  const said = { kind: 'final', segment: 1, text: text.trim(), through: 0, engine: 'text' } as const;
  const gathered: Gathered = { says: [] };
  const timer = new AbortController();
  const late = clock.sleep(timeout, AbortSignal.any([signal, timer.signal])).then(
    () => over.abort(),
    () => {},
  );
  await Promise.race([gather(() => respond(said, context, run), gathered), late]);
  timer.abort();
  signal.throwIfAborted();
  const { kind = 'talk', result, says } = gathered;
  const words = says.filter(({ kind }) => kind !== 'taunt');
  if (words.length === 0 && kind !== 'nothing') words.push(excuse());
  return {
    text: words.map((say) => say.text).join(' '),
    kind,
    end: kind === 'nothing' ? 'not-understood' : endOf(result),
    outcomes: result?.outcomes ?? [],
    expectsAnswer: result?.expectsAnswer ?? false,
  };
}

function endOf(result: Result | undefined): TextAnswer['end'] {
  if (result === undefined) return 'failed';
  if (result.trouble) return result.trouble;
  const { expectsAnswer, outcomes } = result;
  const isDone = ({ already, changed, failed, speech }: Outcome): boolean =>
    already.length > 0 || changed.length > 0 || (speech !== undefined && failed.length === 0);
  const isWrong = (outcome: Outcome): boolean => outcome.failed.length > 0 || isOpen(outcome);
  return !expectsAnswer && outcomes.some(isWrong) && !outcomes.some(isDone) ? 'failed' : 'handled';
}

/** What there is of an answer so far. */
interface Gathered {
  readonly says: Say[];
  kind?: Understanding['kind'];
  result?: Result;
}

/** Never rejects: what was gathered before a failure is what there is. */
async function gather(begin: () => Reply, gathered: Gathered): Promise<void> {
  const collect = async (says: AsyncIterable<Say>): Promise<void> => {
    for await (const say of says) gathered.says.push(say);
  };
  try {
    const { result, says, understood } = begin();
    await Promise.all([
      understood.then(({ kind }) => Object.assign(gathered, { kind })),
      collect(says),
      result.then((ended) => Object.assign(gathered, { result: ended })),
    ]);
  } catch {
    // A responder says itself what goes wrong in the home; where it breaks itself, the excuse stands for it.
  }
}
