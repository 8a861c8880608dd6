import type { Milliseconds } from '../../units.js';
import { keepDescribing } from './descriptions.js';
import { type Exchange, type Exchanges, keepExchanging } from './good-client.js';
import type { AnswersMeasured } from './measurements.js';
import type { ServingProgram } from './program.js';
import { playAtOnce } from './wake-load.js';
import type { WakeStream } from './wake-streams.js';

export interface WorkRequest {
  readonly program: ServingProgram;
  /** Heard in real time, all at once; they last as long as the work does. */
  readonly streams: readonly WakeStream[];
  /** Each done again and again with a rest between, all of them at the same time. */
  readonly exchanges: readonly { readonly exchange: Exchange; readonly rest: Milliseconds }[];
  readonly signal: AbortSignal;
}

const ASK_EVERY: Milliseconds = 25;

/** How `describe` is answered while all services have something to do. */
export const measureUnderWork = async ({
  exchanges,
  program,
  signal,
  streams,
}: WorkRequest): Promise<AnswersMeasured> => {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const describing = keepDescribing(program.uri, ASK_EVERY, until);
  const working = exchanges.map(({ exchange, rest }) => keepExchanging(program.uri, [exchange], rest, until));
  try {
    await playAtOnce(program, streams, 80, signal);
  } finally {
    over.abort();
  }
  const { failed, took } = await describing;
  return answersOf(took, failed, await Promise.all(working));
};

/** Of describing and of other exchanges together. */
export const answersOf = (
  described: readonly Milliseconds[],
  undescribed: number,
  exchanges: readonly Exchanges[],
): AnswersMeasured => {
  const failures = exchanges.flatMap((one) => one.failures);
  return {
    described,
    failed: undescribed + failures.length,
    of: described.length + undescribed + exchanges.reduce((sum, { made }) => sum + made, 0),
    why: failures[0] ?? (undescribed > 0 ? 'no description came' : undefined),
  };
};
