import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compiled } from '../../engines/compiled.js';
import { Fault } from '../../faults.js';
import type { HostileOrder, HostileReport } from './hostile-peers.js';

/** Lets hostile peers at a server, from a process of their own. Gives how many exchanges came to their end. */
export const attack = (order: HostileOrder, onDone: (done: number) => void, signal: AbortSignal): Promise<number> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const module = compiled(new URL('./hostile-peers.js', import.meta.url));
    const child = fork(fileURLToPath(module), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
    const stop = (): void => void child.kill('SIGKILL');
    process.once('exit', stop);
    signal.addEventListener('abort', stop, { once: true });
    let last: HostileReport = { done: 0, over: false };
    child.on('message', (report: HostileReport) => {
      last = report;
      onDone(report.done);
    });
    child.once('error', reject);
    child.once('exit', (code, killed) => {
      process.off('exit', stop);
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(signal.reason);
      else if (!last.over) reject(new Fault('internal', `The hostile peers ended with ${killed ?? code}`));
      else resolve(last.done);
    });
    child.send(order);
  });
