import { setTimeout as pause } from 'node:timers/promises';
import { timeLimit } from '../../time-limit.js';
import type { Milliseconds } from '../../units.js';
import { connect } from '../../wyoming/index.js';
import { keepDescribing } from './descriptions.js';
import type { IdleMeasured } from './measurements.js';
import type { ServingProgram } from './program.js';

const ASK_EVERY: Milliseconds = 20;
/** How many connect at a time: as they would after a power cut. */
const TOGETHER = 50;

/** So many connections on which nothing is said: what they cost, and whether others notice. */
export const measureIdle = async (
  { memory, uri }: ServingProgram,
  connections: number,
  duration: Milliseconds,
  signal: AbortSignal,
): Promise<IdleMeasured> => {
  const before = memory();
  const open: Awaited<ReturnType<typeof connect>>[] = [];
  try {
    while (open.length < connections) {
      const some = Math.min(TOGETHER, connections - open.length);
      open.push(...(await Promise.all(Array.from({ length: some }, () => connect(uri, { signal })))));
    }
    await pause(100, undefined, { signal });
    const after = memory();
    using time = timeLimit(duration, signal);
    const { failed, took } = await keepDescribing(uri, ASK_EVERY, time.signal);
    const lost = open.filter((connection) => connection.signal.aborted).length;
    return {
      connections,
      memory: before === undefined || after === undefined ? undefined : after - before,
      described: took,
      failed: failed + lost,
    };
  } finally {
    await Promise.all(open.map((connection) => connection.close()));
  }
};
