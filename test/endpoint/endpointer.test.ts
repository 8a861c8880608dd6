import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EndpointOptions, openEndpointer } from '../../src/endpoint/endpointer.js';
import type { Audio, Endpointer, SpeechEvent } from '../../src/stages.js';
import { modelFolder } from '../models.js';
import {
  all,
  blocksOf,
  concatenated,
  microphone,
  microphoneOf,
  never,
  noise,
  sharedRecording,
  sharedSpeech,
  shipped,
  silence,
  silentMicrophone,
} from '../voice-detector/recordings.js';
import { quietest, soundBounds } from './loudness.js';

const MS = 16;
const model = (): string => join(modelFolder('silero-vad'), 'silero_vad_v5.onnx');
/** As quiet a room as the recordings were made in. */
const room = (seconds: number): Float32Array => noise(seconds, 0.002);
const light = shipped('turn-on-the-living-room-light');
const lamp = shipped('turn-on-the-living-room-lamp');

type Of<Kind extends SpeechEvent['kind']> = Extract<SpeechEvent, { kind: Kind }>;
const only = <Kind extends SpeechEvent['kind']>(events: readonly SpeechEvent[], kind: Kind): Of<Kind>[] =>
  events.filter((event): event is Of<Kind> => event.kind === kind);
/** Kinds in order, `audio` and `silence` left out. */
const story = (events: readonly SpeechEvent[]): string =>
  events.flatMap(({ kind }) => (kind === 'audio' || kind === 'silence' ? [] : [kind])).join(' ');
const soundOf = (events: readonly SpeechEvent[], segment = 1): Float32Array =>
  concatenated(...only(events, 'audio').flatMap((event) => (event.segment === segment ? [event.block.samples] : [])));

describe('the end of speech', () => {
  let endpoint: Endpointer;
  let close: () => Promise<void>;
  const eventsOf = (audio: Audio) => all(endpoint(audio, never));
  const withOptions = async (options: EndpointOptions, audio: Audio): Promise<SpeechEvent[]> => {
    const other = await openEndpointer({ model: model(), options });
    try {
      return await all(other.endpoint(audio, never));
    } finally {
      await other.close();
    }
  };
  beforeAll(async () => {
    ({ endpoint, close } = await openEndpointer({ model: model() }));
  });
  afterAll(() => close());

  const isFound = (name: string, sound: Float32Array): void => {
    const { from, to } = soundBounds(sound);
    it(`is found in ${name}`, async () => {
      const events = await eventsOf(microphone(concatenated(room(0.5), sound.subarray(0, to + 100 * MS), room(1.5))));
      const offset = 8_000;
      const [started] = only(events, 'started');
      const [ended] = only(events, 'ended');
      expect(Math.abs(started!.at - offset - from)).toBeLessThan(100 * MS);
      expect(ended).toMatchObject({ segment: 1, reason: 'silence' });
      expect(Math.abs(ended!.lastSound - offset - to)).toBeLessThan(120 * MS);

      // The last pause is told of as soon as the detector falls, from sound that ends at most 200 ms after the word.
      const at = events.findLastIndex((event) => event.kind === 'paused');
      const { block } = only(events.slice(0, at), 'audio').at(-1)!;
      expect(block.from + block.samples.length - offset - to).toBeLessThan(200 * MS);
      expect((events[at] as Of<'paused'>).lastSound).toBe(ended!.lastSound);
    });
  };
  isFound('a command', light);
  isFound('a wake word', shipped('alexa'));
  it.skipIf(!sharedSpeech)('is found in other wake words', async () => {
    for (const name of ['wake/computer', 'wake/hey_rhasspy', 'wake/okay_nabu', 'wake/snowboy']) {
      const sound = await sharedRecording(name);
      const { from } = soundBounds(sound);
      const events = await eventsOf(microphone(concatenated(sound, room(1.2))));
      const [started] = only(events, 'started');
      expect(Math.abs(started!.at - from), name).toBeLessThan(100 * MS);
      expect(
        only(events, 'ended').map(({ reason }) => reason),
        name,
      ).toEqual(['silence']);
    }
  });

  it('gives all sound of the segment, 300 ms from before it included, without gaps and unchanged', async () => {
    const sound = concatenated(room(2), light, room(2));
    const events = await eventsOf(microphone(sound, [320], 5_000));
    const [started] = only(events, 'started');
    const blocks = only(events, 'audio').map((event) => event.block);
    const from = blocks[0]!.from;
    expect(started!.at - from).toBeGreaterThanOrEqual(300 * MS);
    expect(started!.at - from).toBeLessThan((300 + 32) * MS);
    let next = from;
    for (const block of blocks) {
      expect(block.from).toBe(next);
      next += block.samples.length;
    }
    expect(soundOf(events)).toEqual(sound.slice(from - 5_000, next - 5_000));
    // The story's first words are these, and the end comes with the sound that causes it.
    expect(events.findIndex((event) => event.kind === 'started')).toBe(
      events.findIndex((event) => event.kind === 'audio') - 1,
    );
    const [ended] = only(events, 'ended');
    expect(next - ended!.lastSound).toBeGreaterThanOrEqual(1_000 * MS);
    expect(next - ended!.lastSound).toBeLessThan(1_000 * MS + 512);
  });

  it('gives no look-back that the stream does not have', async () => {
    const { from } = soundBounds(light);
    const events = await eventsOf(microphone(light.subarray(from)));
    expect(only(events, 'audio')[0]!.block.from).toBe(0);
    expect(only(events, 'started')[0]!.at).toBeLessThan(100 * MS);
  });

  it('says the same for any blocks', async () => {
    const sound = concatenated(light, room(1.3), lamp);
    const expected = await eventsOf(microphone(sound));
    expect(story(expected)).toContain('started paused ended started');
    for (const lengths of [[1], [512], [160, 3, 1_024], [sound.length]]) {
      expect(await eventsOf(microphone(sound, lengths))).toEqual(expected);
    }
  });

  it('ticks in a silence at least every 40 ms', async () => {
    const ticks = only(await eventsOf(microphone(room(1))), 'silence').map(({ at }) => at);
    for (const [i, at] of ticks.entries()) expect(at - (ticks[i - 1] ?? 0)).toBeLessThanOrEqual(40 * MS);
    expect(16_000 - ticks.at(-1)!).toBeLessThanOrEqual(40 * MS);
  });

  it.each([100, 200, 300, 400, 500, 600, 700])('a pause of %i ms in mid-sentence does not end it', async (pause) => {
    const { from, to } = soundBounds(light);
    const middle = quietest(light, from + (to - from) / 3, to - (to - from) / 4);
    const parts = [light.subarray(0, middle), room(pause / 1_000), light.subarray(middle), room(1.5)];
    const events = await eventsOf(microphone(concatenated(...parts)));
    expect(story(events)).toMatch(/^started (paused resumed )*paused ended$/);
    if (pause >= 200) {
      const first = only(events, 'paused')[0]!;
      expect(first).toMatchObject({ segment: 1, pause: 1 });
      expect(only(events, 'resumed')[0]).toMatchObject({ segment: 1, pause: 1 });
      expect(Math.abs(first.lastSound - middle)).toBeLessThan(120 * MS);
      expect(Math.abs(only(events, 'resumed')[0]!.at - middle - pause * MS)).toBeLessThan(120 * MS);
    }
    const heard = soundOf(events);
    const begin = only(events, 'audio')[0]!.block.from;
    expect(heard).toEqual(concatenated(...parts).slice(begin, begin + heard.length));
  });

  it('tells two commands from each other, and keeps their sound apart', async () => {
    const sound = concatenated(light, room(1), lamp, room(1.5));
    const events = await eventsOf(microphone(sound));
    const [first, second] = only(events, 'started');
    expect(only(events, 'ended').map(({ segment, reason }) => [segment, reason])).toEqual([
      [1, 'silence'],
      [2, 'silence'],
    ]);
    expect(second!.segment).toBe(2);
    expect(second!.at).toBeGreaterThan(only(events, 'ended')[0]!.lastSound + 1_000 * MS);
    expect(first!.segment).toBe(1);
  });

  it('gives no sound to two segments, however close they are', async () => {
    const { from, to } = soundBounds(light);
    const words = light.subarray(from, to);
    const sound = concatenated(words, room(0.4), words, room(0.5));
    const events = await withOptions({ finalSilence: 150 }, microphone(sound));
    expect(only(events, 'started').length).toBeGreaterThan(1);
    let end = 0;
    for (const { block } of only(events, 'audio')) {
      expect(block.from).toBeGreaterThanOrEqual(end);
      end = block.from + block.samples.length;
    }
  });

  it('cuts a segment at max_command, never after it', async () => {
    const { from, to } = soundBounds(light);
    const talk = concatenated(...Array<Float32Array>(4).fill(light.subarray(from, to)), room(2));
    const events = await withOptions({ maxCommand: 2 }, microphone(talk));
    const [started] = only(events, 'started');
    const [ended] = only(events, 'ended');
    expect(ended!.reason).toBe('max_command');
    const last = only(events, 'audio').findLast((event) => event.segment === 1)!.block;
    const length = last.from + last.samples.length - started!.at;
    expect(length).toBeLessThanOrEqual(2_000 * MS);
    expect(length).toBeGreaterThan(2_000 * MS - 2 * 512);
  });

  it('ends with the stream and gives its sound to the last sample', async () => {
    const { to } = soundBounds(light);
    const sound = light.subarray(0, to - 200 * MS);
    const events = await eventsOf(microphone(sound));
    expect(story(events)).toBe('started ended');
    expect(events.at(-1)).toMatchObject({ kind: 'ended', reason: 'closed', lastSound: sound.length });
    expect(soundOf(events)).toEqual(sound.slice(sound.length - soundOf(events).length));
  });

  it('waits as long as it is told to', async () => {
    const events = await withOptions({ finalSilence: 400 }, microphone(concatenated(light, room(1))));
    const last = only(events, 'audio').findLast((event) => event.segment === 1)!.block;
    const waited = last.from + last.samples.length - only(events, 'ended')[0]!.lastSound;
    expect(waited).toBeGreaterThanOrEqual(400 * MS);
    expect(waited).toBeLessThan(400 * MS + 512);
  });

  it('is not troubled by what is no speech', async () => {
    const clicks = silence(3).map((_, i) => (i % 8_000 < 40 ? 0.9 : 0));
    const hum = silence(3).map((_, i) => 0.3 * Math.sin((2 * Math.PI * 50 * i) / 16_000));
    const square = silence(3).map((_, i) => (i % 160 < 80 ? 1 : -1));
    const sounds = [
      silence(3),
      noise(3, 0.002),
      noise(3, 0.9),
      clicks,
      hum,
      square,
      silence(3).fill(0.7),
      silence(3).fill(Number.NaN),
    ];
    for (const sound of sounds) expect(story(await eventsOf(microphone(sound)))).toBe('');
    expect(await eventsOf(microphone(silence(0)))).toEqual([]);
  });

  it('hears speech that is clipped, off centre, or follows broken samples', async () => {
    const broken = silence(1).map((_, i) => (i % 2 ? Number.NaN : Number.POSITIVE_INFINITY));
    const sounds = [
      light.map((sample) => sample * 30),
      light.map((sample) => sample * 0.5 + 0.3),
      concatenated(broken, room(0.5), light),
    ];
    for (const sound of sounds) {
      const events = await eventsOf(microphone(concatenated(sound, silence(1.5))));
      expect(only(events, 'started').length).toBeGreaterThan(0);
      for (const { block } of only(events, 'audio')) expect(block.samples.every(Number.isFinite)).toBe(true);
    }
  });

  it('ends a segment at a long gap', async () => {
    const { from, to } = soundBounds(light);
    const words = light.subarray(from, to);
    const far = words.length + 60_000;
    const events = await eventsOf(
      microphoneOf([...blocksOf(words, [320]), ...blocksOf(concatenated(words, room(1.5)), [320], far)]),
    );
    expect(story(events)).toMatch(/^started (paused resumed )*ended started (paused resumed )*paused ended$/);
    expect(only(events, 'audio').find((event) => event.segment === 2)!.block.from).toBe(far);
  });

  it('listens with fresh ears after a gap', async () => {
    const { from, to } = soundBounds(light);
    const far = 200_000;
    const moments = (events: readonly SpeechEvent[]) =>
      events.flatMap((event) => {
        if (event.kind === 'audio') return [];
        const at = 'at' in event ? event.at : event.lastSound;
        return at < far ? [] : [`${event.kind} ${at}`];
      });
    for (const start of [0, 0.1, 0.2, 0.3, 0.4, 0.5]) {
      const rest = concatenated(light.subarray(from + (to - from) * start), room(1.2)).map((sample) => sample * 0.05);
      const alone = await eventsOf(microphone(rest, [320], far));
      const afterwards = await eventsOf(
        microphoneOf([...blocksOf(noise(2, 0.9), [320]), ...blocksOf(rest, [320], far)]),
      );
      expect(moments(afterwards)).toEqual(moments(alone));
    }
  });

  it('looks back no further than to a gap', async () => {
    const { from } = soundBounds(light);
    const after = 20_000;
    const events = await eventsOf(
      microphoneOf([...blocksOf(room(1), [512]), ...blocksOf(light.subarray(from), [320], after)]),
    );
    expect(only(events, 'audio')[0]!.block.from).toBe(after);
    expect(only(events, 'started')[0]!.at).toBeGreaterThanOrEqual(after);
  });

  it('hears many streams at once as if each were alone', async () => {
    const sounds = [concatenated(light, room(1.5)), concatenated(lamp, room(1.5)), noise(3, 0.3)];
    const alone: SpeechEvent[][] = [];
    for (const sound of sounds) alone.push(await eventsOf(microphone(sound)));
    expect(await Promise.all(sounds.map((sound) => eventsOf(microphone(sound))))).toEqual(alone);
  });

  it('stops when aborted, though the microphone says nothing', async () => {
    const { audio, left } = silentMicrophone();
    const given = new AbortController();
    const listening = all(endpoint(audio, given.signal));
    setImmediate(() => given.abort(new Error('enough')));
    await expect(listening).rejects.toThrow('enough');
    expect(left()).toBe(true);
  });

  it.each([
    [{ finalSilence: -1 }, 'finalSilence'],
    [{ minSpeech: Number.NaN }, 'minSpeech'],
    [{ maxCommand: 0 }, 'max_command'],
    [{ enter: 0.3, leave: 0.5 }, 'leave'],
  ] satisfies [EndpointOptions, string][])('refuses the options %j by name', async (options, named) => {
    await expect(openEndpointer({ model: model(), options })).rejects.toMatchObject({
      name: 'Fault',
      code: 'usage',
      message: expect.stringContaining(named),
    });
  });
});
