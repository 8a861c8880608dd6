import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFeatures } from '../../src/wake/features.js';
import { openWakeWords, type WakeWords } from '../../src/wake/open-wake-word.js';
import {
  all,
  concatenated,
  microphone,
  never,
  sharedRecording,
  sharedSpeech,
  shipped,
} from '../voice-detector/recordings.js';
import { featureFiles, plainPipeline, WORDS, wordFile } from './plain-pipeline.js';
import table from './reference-scores.json' with { type: 'json' };

type Name = keyof typeof table.recordings;

/** The recordings that are shipped, sample for sample. */
const withUs: readonly string[] = ['alexa', 'hey_jarvis', 'turn_on_the_living_room_light'];

const FRAME = table.frame;
/** What the Python library's word would be rounded to. */
const THREE_DECIMALS = 0.000_5;

const recording = (name: Name): Promise<Float32Array> | Float32Array => {
  if (withUs.includes(name)) return shipped(name.replaceAll('_', '-'));
  return sharedRecording(`${name.startsWith('turn_on') ? 'commands' : 'wake'}/${name}`);
};

/** The recording as the table's script lays it out, without the lead-in. */
const laidOut = async (name: Name): Promise<Float32Array> => {
  const sound = await recording(name);
  const whole = Math.ceil(sound.length / FRAME) * FRAME;
  return concatenated(sound, new Float32Array(whole - sound.length + table.tail * FRAME));
};
const leadIn = new Float32Array(table.lead_in * FRAME);

/** The greatest difference to the table. */
const furthest = (name: Name, frames: readonly Readonly<Record<string, number>>[]): number => {
  expect(frames).toHaveLength(table.recordings[name].alexa.length);
  const differences = WORDS.flatMap((word) =>
    table.recordings[name][word].map((score, i) => Math.abs(score - frames[i]![word]!)),
  );
  return Math.max(...differences);
};

describe('scores equal those of the Python library', () => {
  let wake: WakeWords;
  let plain: Awaited<ReturnType<typeof plainPipeline>>;
  beforeAll(async () => {
    const words = Object.fromEntries(WORDS.map((word) => [word, wordFile(word)]));
    wake = await openWakeWords({ models: { ...featureFiles(), words } });
    plain = await plainPipeline();
  });
  afterAll(() => wake.close());

  const compare = (name: Name): void => {
    it(`${name}: after a lead-in, at the beginning of a stream, and computed plainly`, async () => {
      const sound = await laidOut(name);
      const heard = await all(wake.scores(microphone(concatenated(leadIn, sound), [700]), never));
      const streamed = heard.slice(table.lead_in).map((frame) => frame.scores);
      expect(furthest(name, streamed)).toBeLessThan(THREE_DECIMALS);

      const fresh = await all(wake.scores(microphone(sound), never));
      expect(
        furthest(
          name,
          fresh.map((frame) => frame.scores),
        ),
      ).toBeLessThan(THREE_DECIMALS);

      const plainly = await plain(concatenated(leadIn, sound));
      expect(
        furthest(
          name,
          plainly.slice(table.lead_in).map((frame) => frame.scores),
        ),
      ).toBeLessThan(THREE_DECIMALS);
    });
  };
  const names = Object.keys(table.recordings) as Name[];
  for (const name of names.filter((name) => withUs.includes(name))) compare(name);
  describe.skipIf(!sharedSpeech)('recordings that are not shipped', () => {
    for (const name of names.filter((name) => !withUs.includes(name))) compare(name);
  });
});

describe('the streaming graph', () => {
  it('gives the same embeddings as the whole window, to the last bits', async () => {
    const sound = concatenated(shipped('hey-jarvis'), shipped('turn-on-the-living-room-light'), shipped('alexa'));
    const features = await openFeatures(featureFiles(), 1);
    const plain = await (await plainPipeline())(sound);
    const stream = features.stream();
    let compared = 0;
    for (const [i, { embedding }] of plain.entries()) {
      const streamed = await stream.next(sound.slice(i * FRAME, (i + 1) * FRAME));
      if (i < 10) continue; // The plain window still begins with rows of no sound.
      const difference = Math.max(...embedding.map((value, k) => Math.abs(value - streamed[k]!)));
      expect(difference).toBeLessThan(1e-4 * Math.max(...embedding.map(Math.abs)));
      compared++;
    }
    expect(compared).toBeGreaterThan(60);
    await features.close();
  });

  it('refuses models that are not the ones it knows', async () => {
    const { melspectrogram, embedding } = featureFiles();
    const swapped = openFeatures({ melspectrogram: embedding, embedding: melspectrogram }, 16);
    await expect(swapped).rejects.toMatchObject({ name: 'Fault', code: 'model' });
    await expect(openFeatures({ melspectrogram, embedding: '/nowhere.onnx' }, 16)).rejects.toMatchObject({
      name: 'Fault',
      code: 'model',
      message: expect.stringContaining('/nowhere.onnx'),
    });
  });
});
