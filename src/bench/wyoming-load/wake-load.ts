import { setTimeout as pause } from 'node:timers/promises';
import type { Milliseconds } from '../../units.js';
import { message } from '../../wyoming/index.js';
import { FORMAT, sendSound, talk } from './pace.js';
import type { ServingProgram } from './program.js';
import { lengthOf, type WakeStream } from './wake-streams.js';

/** A detection in one stream. */
export interface Heard {
  /** Where in the stream, by the detection itself: the end of the frame that decided. */
  readonly at: Milliseconds;
  /** From that frame's having been spoken to the detection's being here; of no meaning where nothing was paced. */
  readonly behind: Milliseconds;
}

export interface StreamResult {
  readonly heard: readonly Heard[];
  /** From the last of its sound to the end of all work on it. */
  readonly rest: Milliseconds;
}

/** What came of so many streams at once. */
export interface WakeLoad {
  readonly streams: number;
  readonly results: readonly StreamResult[];
  /** Of the program while all of them sounded, in share of a core. */
  readonly cpu: number | undefined;
}

/** Plays a stream into wake detection, from `begin` on in real time, else as fast as it is taken. */
const playStream = (
  uri: string,
  { pcm }: WakeStream,
  begin: Milliseconds | undefined,
  signal: AbortSignal,
): Promise<StreamResult> =>
  talk(uri, signal, async ({ connection, next }) => {
    const heard: Heard[] = [];
    await connection.send(message('detect', {}));
    if (begin !== undefined) await pause(Math.max(0, begin - performance.now()), undefined, { signal });
    await connection.send(message('audio-start', { ...FORMAT, timestamp: 0 }));
    const listen = async (): Promise<void> => {
      for (;;) {
        const event = await next();
        if (event.type === 'pong') return;
        if (event.type !== 'detection') continue;
        const at = event.data.timestamp ?? 0;
        heard.push({ at, behind: performance.now() - (begin ?? 0) - at });
      }
    };
    const listening = listen();
    // It may fail before it is waited for.
    listening.catch(() => {});
    await sendSound(connection, pcm, begin, signal);
    signal.throwIfAborted();
    const sent = performance.now();
    await connection.send(message('audio-stop', {}));
    // Answered when all sound before it has been listened to.
    await connection.send(message('ping', {}));
    await listening;
    return { heard, rest: performance.now() - sent };
  });

/** What is heard of each stream without any load: one at a time, as fast as it goes. */
export const playAlone = async (
  uri: string,
  streams: readonly WakeStream[],
  signal: AbortSignal,
): Promise<readonly StreamResult[]> => {
  const results: StreamResult[] = [];
  for (const stream of streams) results.push(await playStream(uri, stream, undefined, signal));
  return results;
};

/** Connections are made before the first sound. */
const LEAD: Milliseconds = 300;

/** All streams at once in real time, begun one after the other within `period`, so that words come at all times. */
export const playAtOnce = async (
  program: Pick<ServingProgram, 'uri' | 'cpu'>,
  streams: readonly WakeStream[],
  period: Milliseconds,
  signal: AbortSignal,
): Promise<WakeLoad> => {
  const begin = performance.now() + LEAD;
  const playing = Promise.all(
    streams.map((stream, i) => playStream(program.uri, stream, begin + (i * period) / streams.length, signal)),
  );
  const cpu = measureCpu(program, begin + period, begin + Math.min(...streams.map(lengthOf)), signal).catch(
    () => undefined,
  );
  const results = await playing;
  return { streams: streams.length, results, cpu: await cpu };
};

/** Share of a core between two times of `performance.now`. */
const measureCpu = async (
  { cpu }: Pick<ServingProgram, 'cpu'>,
  from: Milliseconds,
  to: Milliseconds,
  signal: AbortSignal,
): Promise<number | undefined> => {
  await pause(Math.max(0, from - performance.now()), undefined, { signal });
  const [began, before] = [performance.now(), cpu()];
  await pause(Math.max(0, to - began), undefined, { signal });
  const after = cpu();
  return before === undefined || after === undefined ? undefined : (after - before) / (performance.now() - began);
};
