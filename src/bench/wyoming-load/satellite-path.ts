import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { createRing } from '../../audio/ring.js';
import type { Log } from '../../log.js';
import { satelliteInfo } from '../../satellite/info.js';
import { openSatellite } from '../../satellite/satellite.js';
import type { Speaker, WakeDetector } from '../../stages.js';
import { type Milliseconds, toSamples } from '../../units.js';
import { message } from '../../wyoming/index.js';
import { FORMAT, talk } from './pace.js';

/** What a satellite adds to sound on its way, block by block. */
export interface SatellitePath {
  /** From a block's being captured to its being read from the wire. */
  readonly up: readonly Milliseconds[];
  /** From a chunk's being written to the wire to its being at the loudspeaker. */
  readonly down: readonly Milliseconds[];
}

const BLOCK: Milliseconds = 10;

/** Nobody calls: the turn is begun by a button. */
const silent: WakeDetector = async function* (_, signal) {
  if (!signal.aborted) await once(signal, 'abort');
  yield* [];
};

/**
 * Our own satellite, driven as Home Assistant drives one, with a microphone and a loudspeaker that take no time: so many
 * blocks of 10 ms each way, in real time. Everything is in one process and goes over TCP.
 */
export const measureSatellite = async (blocks: number, log: Log, signal: AbortSignal): Promise<SatellitePath> => {
  const ring = createRing();
  const heard: Milliseconds[] = [];
  const speaker: Speaker = async (audio) => {
    for await (const _ of audio) heard.push(performance.now());
    return { heard: 0, complete: true };
  };
  const satellite = await openSatellite({
    uri: 'tcp://127.0.0.1:0',
    info: satelliteInfo({
      name: 'Bench',
      version: '1',
      attribution: { name: 'Evil Assistant', url: '' },
      wakeWords: [],
      endpoint: false,
    }),
    wake: silent,
    microphone: {
      read: (from, until) => ring.read({ from, signal: until }),
      get now() {
        return ring.end;
      },
    },
    speaker,
    log,
  });
  try {
    return await talk(satellite.uri, signal, async ({ connection, next, nextOf }) => {
      const read: Milliseconds[] = [];
      await connection.send(message('run-satellite'));
      await connection.send(message('ping', {}));
      await nextOf('pong');
      satellite.trigger();
      await nextOf('run-pipeline');
      const reading = (async () => {
        while (read.length < blocks) if ((await next()).type === 'audio-chunk') read.push(performance.now());
      })();
      reading.catch(() => {});
      const captured = await paced(blocks, signal, () => ring.write(new Float32Array(toSamples(BLOCK))));
      await reading;
      await connection.send(message('transcript', { text: 'what time is it' }));
      await connection.send(message('audio-start', { ...FORMAT, timestamp: 0 }));
      const chunk = new Uint8Array(2 * toSamples(BLOCK));
      const sent = await paced(blocks, signal, () => connection.send(message('audio-chunk', FORMAT, chunk)));
      await connection.send(message('audio-stop', { timestamp: blocks * BLOCK }));
      await nextOf('played');
      return { up: differences(captured, read), down: differences(sent, heard) };
    });
  } finally {
    await satellite.close();
  }
};

/** Does something every 10 ms; when it was done. */
const paced = async (
  times: number,
  signal: AbortSignal,
  work: () => Promise<void> | void,
): Promise<readonly Milliseconds[]> => {
  const begin = performance.now();
  const done: Milliseconds[] = [];
  for (let i = 0; i < times; i++) {
    await pause(Math.max(0, begin + i * BLOCK - performance.now()), undefined, { signal });
    done.push(performance.now());
    await work();
  }
  return done;
};

const differences = (from: readonly Milliseconds[], to: readonly Milliseconds[]): readonly Milliseconds[] => {
  if (to.length !== from.length) throw new Error(`Of ${from.length} blocks ${to.length} arrived.`);
  return to.map((at, i) => at - from[i]!);
};
