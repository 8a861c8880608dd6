import { join, resolve } from 'node:path';
import { readWav } from '../../src/audio/read-wav.js';
import { createRing } from '../../src/audio/ring.js';
import { createLog } from '../../src/log.js';
import { satelliteInfo } from '../../src/satellite/info.js';
import { openSatellite, type SatelliteRequest } from '../../src/satellite/satellite.js';
import type { SatelliteNews } from '../../src/satellite/state.js';
import type { SatelliteView } from '../../src/satellite/view.js';
import type { Audio, Detection, Speaker, WakeDetector } from '../../src/stages.js';

/** A shipped recording, 16 kHz. */
export const recording = async (name: string): Promise<Float32Array> => {
  const file = join(resolve(import.meta.dirname, '../../recordings'), `${name}.wav`);
  const { audio } = await readWav(file, new AbortController().signal);
  return collect(audio);
};

const collect = async (audio: Audio): Promise<Float32Array> => {
  const parts: Float32Array[] = [];
  for await (const { samples } of audio) parts.push(samples);
  return joined(parts);
};

export const joined = (parts: readonly Float32Array[]): Float32Array => {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

/** Sound that is all there. */
export const soundOf = (samples: Float32Array, rate = 16_000): Audio => ({
  rate,
  async *[Symbol.asyncIterator]() {
    yield { samples, from: 0 };
  },
});

export const tone = (seconds: number, rate = 22_050): Float32Array =>
  Float32Array.from({ length: Math.round(seconds * rate) }, (_, i) => 0.5 * Math.sin((i * 2 * Math.PI * 440) / rate));

/** Somebody hears: what, and how far. */
export interface Heard {
  readonly rate: number;
  readonly parts: Float32Array[];
  state: 'playing' | 'complete' | 'cut';
}

/** A loudspeaker whose test decides how long a sound lasts. */
const createRoom = () => {
  const heard: Heard[] = [];
  let waits: 'nowhere' | 'before' | 'after' = 'nowhere';
  let release: (() => void)[] = [];

  const held = (signal: AbortSignal): Promise<void> =>
    new Promise((go) => {
      release.push(go);
      signal.addEventListener('abort', () => go(), { once: true });
    });

  const speaker: Speaker = async (audio, { signal, committed }) => {
    await committed;
    const sound: Heard = { rate: audio.rate, parts: [], state: 'playing' };
    heard.push(sound);
    const blocks = audio[Symbol.asyncIterator]();
    const aborted = new Promise<{ done: true }>((stop) =>
      signal.addEventListener('abort', () => stop({ done: true }), { once: true }),
    );
    if (waits === 'before') await held(signal);
    while (!signal.aborted) {
      const step = await Promise.race([blocks.next(), aborted]);
      if (step.done) break;
      sound.parts.push(step.value.samples);
    }
    if (waits === 'after' && !signal.aborted) await held(signal);
    sound.state = signal.aborted ? 'cut' : 'complete';
    return { heard: 0, complete: !signal.aborted };
  };

  return {
    speaker,
    heard,
    /** Sounds from here on wait, before anything of them is heard or before they are over. */
    hold(where: 'before' | 'after'): void {
      waits = where;
    },
    release(): void {
      waits = 'nowhere';
      for (const go of release) go();
      release = [];
    },
  };
};

/** A wake word detector that hears what it is told. */
const createScript = () => {
  const waiting: Detection[] = [];
  let wake: (() => void) | undefined;
  let listeners = 0;
  const detect: WakeDetector = async function* (_, signal) {
    listeners++;
    const stop = (): void => wake?.();
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (!signal.aborted) {
        const next = waiting.shift();
        if (next) yield next;
        else
          await new Promise<void>((go) => {
            wake = go;
          });
      }
    } finally {
      listeners--;
      signal.removeEventListener('abort', stop);
    }
  };
  return {
    detect,
    say(detection: Detection): void {
      if (listeners === 0) return;
      waiting.push(detection);
      wake?.();
    },
    get listening() {
      return listeners > 0;
    },
  };
};

export const info = satelliteInfo({
  name: 'Throne Room',
  area: 'Bedroom',
  version: '1.0',
  attribution: { name: 'Evil Assistant', url: 'https://example.org' },
  wakeWords: [
    {
      name: 'hey_jarvis',
      phrase: 'hey jarvis',
      languages: ['en'],
      installed: true,
      attribution: { name: 'openWakeWord', url: 'https://github.com/dscripka/openWakeWord' },
    },
  ],
  endpoint: true,
});

/** A satellite on a free port, with a microphone that hears what it is given. */
export const openHouse = async (request: Partial<SatelliteRequest> = {}) => {
  const ring = createRing();
  const script = createScript();
  const room = createRoom();
  const lines: string[] = [];
  const news: SatelliteNews[] = [];
  const views: SatelliteView[] = [];
  const satellite = await openSatellite({
    uri: 'tcp://127.0.0.1:0',
    info,
    wake: script.detect,
    microphone: {
      read: (from, signal) => ring.read({ from, signal }),
      get now() {
        return ring.end;
      },
    },
    speaker: room.speaker,
    onNews: (one) => news.push(one),
    onState: (view) => views.push(view),
    log: createLog({ level: 'debug', format: 'json', write: (line) => lines.push(line) }),
    ...request,
  });
  return {
    satellite,
    ring,
    room,
    script,
    news,
    views,
    /** Lines of the log. */
    lines,
    /** Says the wake word, which ends now. */
    wake: (word = 'hey_jarvis') => script.say({ word, score: 1, at: ring.end }),
    close: async () => {
      await satellite.close();
      ring.close();
    },
  };
};
export type House = Awaited<ReturnType<typeof openHouse>>;
