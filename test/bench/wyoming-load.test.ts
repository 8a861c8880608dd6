import { describe, expect, test } from 'vitest';
import { cpuTime } from '../../src/bench/cpu-time.js';
import { keepDescribing } from '../../src/bench/wyoming-load/descriptions.js';
import { ask, keepExchanging, ping } from '../../src/bench/wyoming-load/good-client.js';
import { hostileKinds } from '../../src/bench/wyoming-load/hostile-kinds.js';
import { loadRows } from '../../src/bench/wyoming-load/load-rows.js';
import { type LoadMeasurements, noLoadMeasurements } from '../../src/bench/wyoming-load/measurements.js';
import { measureFraming, measureLoopback } from '../../src/bench/wyoming-load/overhead.js';
import { untilQuiet } from '../../src/bench/wyoming-load/program.js';
import { measureSatellite } from '../../src/bench/wyoming-load/satellite-path.js';
import { measureStreamedSpeech, textOf } from '../../src/bench/wyoming-load/streamed-speech.js';
import { answersOf } from '../../src/bench/wyoming-load/under-work.js';
import { wakeFigures } from '../../src/bench/wyoming-load/wake-figures.js';
import { type Heard, playAlone, playAtOnce } from '../../src/bench/wyoming-load/wake-load.js';
import { type WakeStream, wakeStreams } from '../../src/bench/wyoming-load/wake-streams.js';
import { createLog } from '../../src/log.js';
import { timeLimit } from '../../src/time-limit.js';
import { type Connection, message, serve } from '../../src/wyoming/index.js';

const { signal } = new AbortController();

const serveWith = async (onConnection: (connection: Connection) => Promise<void>) => {
  const server = await serve('tcp://127.0.0.1:0', { onConnection });
  return { uri: server.uri, [Symbol.asyncDispose]: () => server.close({ grace: 0 }) };
};

describe('streams of wake words', () => {
  const word = (level: number) => ({ samples: new Float32Array(800).fill(level), end: 600 });

  test('have their words where they say, in every stream other ones', () => {
    const streams = wakeStreams([word(0.25), word(0.5), word(0.75)], 2, 300, 100);
    expect(streams.map(({ words }) => words)).toEqual([
      [37.5, 137.5, 237.5],
      [37.5, 137.5, 237.5],
    ]);
    const levelAt = ({ pcm }: WakeStream, sample: number): number =>
      new DataView(pcm.buffer).getInt16(2 * sample, true);
    expect([0, 799, 800, 1600, 3200].map((sample) => levelAt(streams[0]!, sample) / 32_768)).toEqual(
      [0.25, 0.25, 0, 0.5, 0.75].map((level) => expect.closeTo(level, 3)),
    );
    expect(streams[0]!.pcm).toHaveLength(2 * 4_800);
  });

  const heard = (...at: number[]): { heard: Heard[]; rest: number } => ({
    heard: at.map((one) => ({ at: one, behind: 5 })),
    rest: 1,
  });
  const stream = { pcm: new Uint8Array(0), words: [1_000, 4_000, 7_000] };

  test('are counted against what is heard of them without load', () => {
    const figures = wakeFigures(
      [stream, stream],
      // The third word is heard by nobody; the second stream hears something between.
      [heard(1_040, 4_080), heard(960, 5_500)],
      [heard(1_040), heard(960, 5_500, 6_640)],
    );
    expect(figures).toMatchObject({ spoken: 6, audible: 3, missed: 1, added: 1 });
    expect(figures.behind).toEqual([5, 5, 5, 5]);
    // From the word's end: where it was decided, and how far behind that was.
    expect(figures.afterWord).toEqual([45, -35, -355]);
    expect(figures.rest).toEqual([1, 1]);
  });

  test('are told how far behind their detections and their end are', async () => {
    // Hears a word in the 11th chunk; its sound ends there.
    await using server = await serveWith(async (connection) => {
      let chunks = 0;
      for await (const event of connection.events) {
        if (event.type === 'audio-chunk' && ++chunks === 11) {
          await connection.send(message('detection', { name: 'x', timestamp: event.data.timestamp ?? 0 }));
        }
        if (event.type === 'ping') await connection.send(message('pong', event.data));
      }
    });
    const stream = { pcm: new Uint8Array(2 * 16 * 200), words: [] };
    const [alone] = await playAlone(server.uri, [stream, stream], signal);
    expect(alone!.heard.map(({ at }) => at)).toEqual([100]);
    const program = { uri: server.uri, cpu: () => 500 };
    const { cpu, results, streams } = await playAtOnce(program, [stream, stream, stream], 60, signal);
    expect({ streams, cpu }).toEqual({ streams: 3, cpu: 0 });
    for (const { heard, rest } of results) {
      expect(heard.map(({ at }) => at)).toEqual([100]);
      // The chunk of 10 ms that began at 100 ms was sent when it had been spoken; timers have whole milliseconds.
      expect(heard[0]!.behind).toBeGreaterThanOrEqual(9);
      expect(rest).toBeGreaterThan(0);
    }
  });
});

describe('asking for descriptions', () => {
  const info = { asr: [], tts: [], handle: [], intent: [], wake: [], mic: [], snd: [] };

  test('counts those that are answered, and those that are not', async () => {
    let asked = 0;
    await using server = await serveWith(async (connection) => {
      for await (const event of connection.events) {
        if (event.type !== 'describe') continue;
        asked++;
        if (asked % 2 === 0) return;
        await connection.send(message('info', info));
      }
    });
    using time = timeLimit(100, signal);
    const { failed, took } = await keepDescribing(server.uri, 10, time.signal);
    expect(took.length + failed).toBe(asked);
    expect(Math.abs(took.length - failed)).toBeLessThanOrEqual(1);
    expect(Math.min(...took)).toBeGreaterThan(0);
  });
});

test('a good client counts what it did and what went wrong, and why', async () => {
  await using server = await serveWith(async (connection) => {
    for await (const event of connection.events) {
      if (event.type === 'ping') await connection.send(message('pong', event.data));
      if (event.type === 'transcript') await connection.send(message('not-handled', { text: 'No.' }));
    }
  });
  using time = timeLimit(50, signal);
  const { failures, made } = await keepExchanging(server.uri, [ping, ask('why')], 0, time.signal);
  expect(made).toBeGreaterThanOrEqual(2);
  expect(failures).toHaveLength(Math.floor(made / 2));
  expect(answersOf([1, 2], 1, [{ made, failures }])).toEqual({
    described: [1, 2],
    failed: 1 + failures.length,
    of: 3 + made,
    why: 'a question answered: “why” was not handled.',
  });
});

test('speech of a text that is being written counts from the end of its first sentence', async () => {
  const said: string[] = [];
  await using server = await serveWith(async (connection) => {
    for await (const event of connection.events) {
      if (event.type === 'synthesize-chunk') {
        said.push(event.data.text);
        if (event.data.text.endsWith('.')) {
          await connection.send(message('audio-chunk', { rate: 8_000, width: 2, channels: 1 }, new Uint8Array(2)));
        }
      }
      if (event.type === 'synthesize-stop') await connection.send(message('synthesize-stopped'));
    }
  });
  const took = await measureStreamedSpeech(server.uri, ['It rains.', 'Nobody will ever know about it.'], signal);
  expect(said).toEqual(['It', ' rains.', ' Nobody', ' will', ' ever']);
  expect(took).toBeGreaterThan(0);
});

test('no two texts in a row are the same', () => {
  const texts = Array.from({ length: 2_520 }, (_, i) => textOf(i)[0]);
  expect(new Set(texts).size).toBe(2_520);
});

test('CPU time is that of a process and its children, and waiting for quiet ends with it', async () => {
  if (cpuTime(process.pid) === undefined) return;
  const before = cpuTime(process.pid)!;
  for (const begin = process.cpuUsage(); process.cpuUsage(begin).user < 60_000; );
  expect(cpuTime(process.pid)! - before).toBeGreaterThanOrEqual(40);
  const looks = [0, 900, 905];
  await untilQuiet({ cpu: () => looks.shift() ?? 905 }, 10_000, signal);
  expect(looks).toHaveLength(0);
});

test('the protocol costs something, and more of it with a network', async () => {
  const framing = await measureFraming(2_000);
  expect(framing).toBeGreaterThan(0);
  expect(await measureLoopback(40)).toBeGreaterThan(framing);
});

test('a satellite is measured block by block, both ways', async () => {
  const { down, up } = await measureSatellite(5, createLog({ level: 'silent', format: 'plain' }), signal);
  expect(up).toHaveLength(5);
  expect(down).toHaveLength(5);
  expect(Math.min(...up, ...down)).toBeGreaterThan(0);
});

test('every hostile peer leaves a server that says nothing', async () => {
  await using server = await serveWith(async ({ events }) => {
    for await (const _ of events);
  });
  const port = Number(new URL(server.uri).port);
  await Promise.all(Object.values(hostileKinds).map((kind) => kind(port)));
}, 20_000);

describe('the rows', () => {
  const rowOf = (m: Partial<LoadMeasurements>, id: string) =>
    loadRows({ ...noLoadMeasurements(), ...m }).find((row) => row.id === id);

  test('of nothing say why, where there is a target', () => {
    const rows = loadRows({ ...noLoadMeasurements(), missing: new Map([['hostile', 'the sky fell']]) });
    expect(rows.every(({ missing }) => missing !== undefined)).toBe(true);
    expect(rows.find(({ id }) => id === 'hostile_describe')).toMatchObject({ missing: 'the sky fell' });
    expect(rows.filter(({ targets }) => targets.length > 0).length).toBeGreaterThan(8);
  });

  test('of streams tell what was missed because of the load, against what is heard without it', () => {
    const figures = {
      spoken: 10,
      audible: 8,
      missed: 2,
      added: 0,
      behind: [1, 2, 3],
      afterWord: [10, 20],
      rest: [5, 90],
    };
    const wake = [{ streams: 50, figures, cpu: 0.25 }];
    expect(rowOf({ wake }, 'wake_missed_50')).toMatchObject({ value: 25, met: false, n: 8 });
    expect(rowOf({ wake }, 'wake_behind_50')).toMatchObject({ p50: 2, max: 3, met: true });
    expect(rowOf({ wake }, 'wake_rest_50')).toMatchObject({ value: 90, met: false });
    expect(rowOf({ wake }, 'wake_cpu_50')).toMatchObject({ value: 25 });
  });

  test('of an attack tell what did not return, the slowest descriptions, and every failure', () => {
    const hostile = {
      described: Array.from({ length: 101 }, (_, i) => i),
      failed: 1,
      of: 200,
      why: 'closed',
      exchanges: 2_000,
      took: 45_000,
      memory: { before: 500e6, half: 520e6, peak: 560e6, after: 519e6 },
    };
    expect(rowOf({ hostile }, 'hostile_describe')).toMatchObject({ value: 99, met: false });
    expect(rowOf({ hostile }, 'hostile_failed')).toMatchObject({ value: 0.5, met: false, note: '1 of 200: closed' });
    expect(rowOf({ hostile }, 'hostile_memory')).toMatchObject({ value: 19, met: true });
    expect(rowOf({ hostile }, 'hostile_growth')).toMatchObject({ value: -1 });
  });

  test('of recognition leave out what was cut short', () => {
    expect(rowOf({ transcripts: [-500, 100, 200] }, 'transcript')).toMatchObject({
      n: 2,
      p50: 150,
      note: '1 of 3 were cut short',
    });
  });

  test('of a satellite add what both ways take', () => {
    const satellite = { up: [1, 2, 3], down: [10, 10, 10] };
    expect(rowOf({ satellite }, 'satellite')).toMatchObject({ p50: 12, max: 13, met: false });
  });
});
