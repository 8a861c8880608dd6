/** A program of its own that does harm to a server, so that nobody who measures is held up by it. */

import { constants, setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Milliseconds } from '../../units.js';
import { hostileKinds } from './hostile-kinds.js';

export interface HostileOrder {
  readonly port: number;
  readonly exchanges: number;
  /** In which they are begun, evenly. */
  readonly within: Milliseconds;
}

/** How many are over; told again and again. */
export interface HostileReport {
  readonly done: number;
  readonly over: boolean;
}

/** Who waits at a time; when all do, the next begins later. */
const MOST_AT_ONCE = 100;
const REPORT_EVERY: Milliseconds = 500;

const tell = (report: HostileReport): void => {
  process.send?.(report);
};

const attack = async ({ exchanges, port, within }: HostileOrder): Promise<void> => {
  const kinds = Object.values(hostileKinds);
  const running = new Set<Promise<void>>();
  let done = 0;
  const reports = setInterval(() => tell({ done, over: false }), REPORT_EVERY);
  const begin = performance.now();
  for (let i = 0; i < exchanges; i++) {
    const early = begin + (i * within) / exchanges - performance.now();
    if (early > 0) await pause(early);
    while (running.size >= MOST_AT_ONCE) await Promise.race(running);
    const exchange = kinds[i % kinds.length]!(port).finally(() => {
      done++;
      running.delete(exchange);
    });
    running.add(exchange);
  }
  await Promise.all(running);
  clearInterval(reports);
  tell({ done, over: true });
};

// Peers have computers of their own: what they cost here is not taken from the program's.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

process.once('message', (order: HostileOrder) => {
  void attack(order).finally(() => process.disconnect());
});
// Who ordered it is gone.
process.once('disconnect', () => process.exit());
