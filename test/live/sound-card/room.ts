import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { toInt16 } from '../../../src/audio/pcm.js';

/** Something that was heard at a loudspeaker, with the moment of each of its samples. */
export interface Listening {
  readonly rate: number;
  /** When the first sample that is louder than `threshold` sounded, on `performance.now()`, and the last one; what came before `reset` does not count. */
  sounding(threshold?: number): { readonly first: number; readonly last: number; readonly samples: Float32Array };
  reset(): void;
  stop(): Promise<void>;
}

const RATE = 48_000;

/** Records the monitor of a sink. Resolves when it hears. */
export const listenTo = async (sink: string): Promise<Listening> => {
  const child = spawn(
    'parec',
    ['--raw', '--format=s16le', `--rate=${RATE}`, '--channels=1', '--latency-msec=5', `--device=${sink}.monitor`],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let pieces: { readonly at: number; readonly samples: Int16Array }[] = [];
  let broken = Buffer.alloc(0);
  child.stdout.on('data', (data: Buffer) => {
    const bytes = Buffer.concat([broken, data]);
    const whole = bytes.length - (bytes.length % 2);
    broken = bytes.subarray(whole);
    const samples = new Int16Array(whole / 2);
    for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(i * 2);
    pieces.push({ at: performance.now() - (samples.length * 1000) / RATE, samples });
  });
  await once(child.stdout, 'data');
  return {
    rate: RATE,
    sounding(threshold = 200) {
      const all: number[] = [];
      let first = Number.NaN;
      let last = Number.NaN;
      let from = 0;
      let until = 0;
      for (const { at, samples } of pieces) {
        for (let i = 0; i < samples.length; i++) {
          if (Math.abs(samples[i]!) >= threshold) {
            const time = at + (i * 1000) / RATE;
            if (Number.isNaN(first)) {
              first = time;
              from = all.length;
            }
            last = time;
            until = all.length + 1;
          }
          all.push(samples[i]! / 32_768);
        }
      }
      return { first, last, samples: Float32Array.from(all.slice(from, until)) };
    },
    reset() {
      pieces = [];
    },
    async stop() {
      // It ends with its server, too.
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
};

/** Plays into a sink and resolves when it has sounded; gives the moment at which it was handed over. */
export const playInto = async (sink: string, samples: Float32Array, rate: number): Promise<number> => {
  const child = spawn(
    'pacat',
    ['--raw', '--format=s16le', `--rate=${rate}`, '--channels=1', '--latency-msec=200', `--device=${sink}`],
    { stdio: ['pipe', 'ignore', 'ignore'] },
  );
  const pcm = toInt16(samples);
  const exit = once(child, 'exit');
  const begun = performance.now();
  child.stdin.end(Buffer.from(pcm.buffer));
  await exit;
  return begun;
};

/** Where `part` is in `whole`, and how like it that is, −1…1. */
export const findIn = (whole: Float32Array, part: Float32Array): { readonly at: number; readonly likeness: number } => {
  let best = { at: 0, likeness: -1 };
  // A coarse search by every eighth sample, then every sample around the best place.
  for (const [step, from, to] of [
    [8, 0, whole.length - part.length],
    [1, -16, 16],
  ] as const) {
    const centre = step === 1 ? best.at : 0;
    const begin = Math.max(0, centre + from);
    const end = Math.min(whole.length - part.length, centre + to);
    for (let at = begin; at <= end; at += step === 1 ? 1 : 4) {
      let product = 0;
      let one = 0;
      let other = 0;
      for (let i = 0; i < part.length; i += step) {
        const a = part[i]!;
        const b = whole[at + i]!;
        product += a * b;
        one += a * a;
        other += b * b;
      }
      const likeness = one === 0 || other === 0 ? 0 : product / Math.sqrt(one * other);
      if (likeness > best.likeness) best = { at, likeness };
    }
  }
  return best;
};

/** Repeats until it holds. */
export const eventually = async (holds: () => boolean | Promise<boolean>, limit = 10_000): Promise<void> => {
  const until = performance.now() + limit;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`It did not come true within ${limit} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

/** Children of this process that have ended and that nobody has asked after. */
export const zombies = async (): Promise<readonly string[]> => {
  const { readdir, readFile } = await import('node:fs/promises');
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const [, name, state, parent] = /\((.*)\) (\S) (\d+)/.exec(stat) ?? [];
    if (state === 'Z' && Number(parent) === process.pid) found.push(name!);
  }
  return found;
};
