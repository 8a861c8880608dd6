import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compiled } from '../engines/compiled.js';
import { Fault } from '../faults.js';
import type { Options } from '../options/schema.js';
import type { Milliseconds } from '../units.js';
import type { ResidentMemory } from './resident-memory.js';
import type { Part, ProbeAnswer, ProbeOrder } from './start-probe.js';

export interface StartFigures {
  /** From the start of a process to everything's being loaded. */
  readonly ready: Milliseconds;
  readonly memory: ResidentMemory | undefined;
}

const LIMIT: Milliseconds = 120_000;

/** Starts the assistant in a process of its own, as a user would, and looks at it after its first turn. */
export const measureStart = async (options: Options, signal: AbortSignal): Promise<StartFigures> => {
  const begin = performance.now();
  let ready: Milliseconds | undefined;
  let memory: ResidentMemory | undefined;
  await probe({ kind: 'whole', options }, signal, (answer) => {
    if (answer.kind === 'ready') ready = performance.now() - begin;
    if (answer.kind === 'memory') memory = answer.memory;
  });
  if (ready === undefined) throw new Fault('engine', 'The assistant ended before it was ready');
  return { ready, memory };
};

/** What each model takes to load, alone, in a process of its own; the first one pays for its native library. */
export const measureLoading = async (
  options: Options,
  signal: AbortSignal,
): Promise<ReadonlyMap<Part, Milliseconds>> => {
  const parts = new Map<Part, Milliseconds>();
  await probe({ kind: 'parts', options }, signal, (answer) => {
    if (answer.kind === 'loaded') parts.set(answer.part, answer.took);
  });
  return parts;
};

const probe = (order: ProbeOrder, signal: AbortSignal, take: (answer: ProbeAnswer) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const module = compiled(new URL('./start-probe.js', import.meta.url));
    const child = fork(fileURLToPath(module), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
    const stop = (): void => {
      child.kill();
    };
    const limit = setTimeout(stop, LIMIT);
    signal.addEventListener('abort', stop, { once: true });
    let failure: string | undefined;
    child.on('message', (answer: ProbeAnswer) => {
      if (answer.kind === 'failed') failure = answer.message;
      else take(answer);
    });
    child.once('error', reject);
    child.once('exit', (code, killed) => {
      clearTimeout(limit);
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(signal.reason);
      else if (failure !== undefined) reject(new Fault('engine', failure));
      else if (code !== 0) reject(new Fault('engine', `The assistant ended with ${killed ?? code}`));
      else resolve();
    });
    child.send(order);
  });
