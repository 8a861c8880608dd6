import { setTimeout as pause } from 'node:timers/promises';
import type { Bytes, Milliseconds } from '../../units.js';
import { attack } from './attack.js';
import { keepDescribing } from './descriptions.js';
import { type Exchange, keepExchanging } from './good-client.js';
import type { HostileMeasured } from './measurements.js';
import type { ServingProgram } from './program.js';
import { answersOf } from './under-work.js';

export interface AttackRequest {
  readonly program: ServingProgram;
  readonly exchanges: number;
  readonly within: Milliseconds;
  /** How long memory is waited for. */
  readonly returnsWithin: Milliseconds;
  /** What a good client does meanwhile, one after the other. */
  readonly good: readonly Exchange[];
  readonly show: (done: number) => void;
  readonly signal: AbortSignal;
}

const ASK_EVERY: Milliseconds = 50;
const REST: Milliseconds = 20;
const LOOK_EVERY: Milliseconds = 200;
/** Nearer to its level memory need not come. */
const NEAR: Bytes = 15e6;

/** What hostile peers do to those who mean well, and to the memory of the program. */
export const measureUnderAttack = async (request: AttackRequest): Promise<HostileMeasured> => {
  const { exchanges, good, program, returnsWithin, show, signal, within } = request;
  // What the good exchanges themselves need for the first time is not the hostile peers' doing.
  for (const exchange of good) await exchange.run(program.uri, signal);
  const before = program.memory();
  let peak = before ?? 0;
  const looking = setInterval(() => {
    peak = Math.max(peak, program.memory() ?? 0);
  }, LOOK_EVERY);
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const begin = performance.now();
  const describing = keepDescribing(program.uri, ASK_EVERY, until);
  const exchanging = keepExchanging(program.uri, good, REST, until);
  let done = 0;
  let half: Bytes | undefined;
  try {
    const port = Number(new URL(program.uri).port);
    const onDone = (so: number): void => {
      if (so >= exchanges / 2) half ??= program.memory();
      show(so);
    };
    done = await attack({ port, exchanges, within }, onDone, signal);
  } finally {
    over.abort();
    clearInterval(looking);
  }
  const took = performance.now() - begin;
  const { failed, took: described } = await describing;
  const answers = answersOf(described, failed, [await exchanging]);
  if (before === undefined) return { ...answers, exchanges: done, took, memory: undefined };
  let after = program.memory() ?? 0;
  // Those who mean well go on: a program that nobody asks for anything has no reason to collect its garbage.
  for (let i = 0; after > before + NEAR && performance.now() - begin - took < returnsWithin; i++) {
    await good[i % good.length]!.run(program.uri, signal);
    await pause(LOOK_EVERY, undefined, { signal });
    after = program.memory() ?? after;
  }
  return { ...answers, exchanges: done, took, memory: { before, half: half ?? before, peak, after } };
};
