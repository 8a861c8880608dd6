import { createRequire } from 'node:module';
import type { Clock } from '../clock.js';
import { compiled } from '../engines/compiled.js';
import { openHost } from '../engines/host.js';
import { messageOf } from '../faults.js';
import type { Hertz, Milliseconds } from '../units.js';
import { timeMeter } from './meters.js';
import { PLAYED, type Player } from './player.js';

/** Whether the optional package `speaker` is there. It is never loaded here: without a sound server it ends the process. */
export const speakerIsInstalled = (): boolean => {
  try {
    createRequire(import.meta.url).resolve('speaker');
    return true;
  } catch {
    return false;
  }
};

const START_LIMIT: Milliseconds = 10_000;
/** Its first write is heard at once: it never waits for more. */
const BEGIN: Milliseconds = 0;

/** The package `speaker` in a process of its own, which may block and abort as it likes, and is killed for silence. */
export const openSpeakerLibrary = async (rate: Hertz, device: string | undefined, clock: Clock): Promise<Player> => {
  const host = await openHost({
    name: 'speaker',
    carrier: 'process',
    module: compiled(new URL('./speaker.host.ts', import.meta.url)),
    init: { rate, device: device ?? null },
    startTimeout: START_LIMIT,
  });
  const meter = timeMeter(rate, BEGIN);
  const gone = new AbortController();
  let total: number | undefined;
  const leave = (reason: string): void => {
    if (gone.signal.aborted) return;
    total ??= meter.heard(clock.now());
    gone.abort(reason);
  };
  host.onExit((fault) => leave(fault?.message ?? 'it was closed'));
  const call = (method: string, params?: unknown): Promise<unknown> =>
    host.call(method, params).catch((error: unknown) => leave(messageOf(error)));
  return {
    pid: host.pid,
    rate,
    write(samples) {
      if (gone.signal.aborted) return;
      meter.wrote(samples.length, clock.now());
      void call('write', samples);
    },
    end() {
      meter.ended(clock.now());
      void call('end').then(() => {
        if (gone.signal.aborted) return;
        meter.drained();
        leave(PLAYED);
        void host.close();
      });
    },
    kill() {
      total ??= meter.heard(clock.now());
      // To ask it would take as long as the library blocks.
      if (host.pid !== undefined && host.alive) process.kill(host.pid, 'SIGKILL');
    },
    heard: () => total ?? meter.heard(clock.now()),
    cushion: meter.cushion,
    moved: false,
    gone: gone.signal,
  };
};
