import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Audio, Block } from '../../src/stages.js';
import { openWakeWords, type WakeOptions, type WakeWords } from '../../src/wake/open-wake-word.js';
import { modelFolder } from '../models.js';
import {
  all,
  blocksOf,
  concatenated,
  microphone,
  microphoneOf,
  never,
  noise,
  shipped,
  silence,
  silentMicrophone,
} from '../voice-detector/recordings.js';
import { featureFiles, WORDS, wordFile } from './plain-pipeline.js';

const FRAME = 1_280;
const voice = (): string => join(modelFolder('silero-vad'), 'silero_vad_v5.onnx');
const models = () => ({
  ...featureFiles(),
  words: Object.fromEntries(WORDS.map((word) => [word, wordFile(word)])),
  voice: voice(),
});
const jarvis = shipped('hey-jarvis');
const alexa = shipped('alexa');
/** Where the words end, by their energy. */
const END = { hey_jarvis: 1.2 * 16_000, alexa: 1.04 * 16_000 };

const withOptions = async <T>(options: WakeOptions, use: (wake: WakeWords) => Promise<T>): Promise<T> => {
  const wake = await openWakeWords({ models: models(), options });
  try {
    return await use(wake);
  } finally {
    await wake.close();
  }
};

describe('the wake word', () => {
  let wake: WakeWords;
  const detections = (audio: Audio) => all(wake.detect(audio, never));
  beforeAll(async () => {
    wake = await openWakeWords({ models: models() });
  });
  afterAll(() => wake.close());

  it('is heard once, by its name, as it ends', async () => {
    const heard = await detections(microphone(concatenated(jarvis, alexa, silence(1))));
    expect(heard.map(({ word }) => word)).toEqual(['hey_jarvis', 'alexa']);
    expect(Math.abs(heard[0]!.at - END.hey_jarvis)).toBeLessThan(0.2 * 16_000);
    expect(Math.abs(heard[1]!.at - jarvis.length - END.alexa)).toBeLessThan(0.2 * 16_000);
    for (const { score } of heard) expect(score).toBeGreaterThan(0.5);
  });

  it('is heard with a command in one breath', async () => {
    const heard = await detections(microphone(shipped('hey-jarvis-turn-on-the-living-room-lamp')));
    expect(heard.map(({ word }) => word)).toEqual(['hey_jarvis']);
  });

  it('is heard at the same place for any blocks, on the clock of the microphone', async () => {
    const [expected] = await detections(microphone(jarvis));
    for (const lengths of [[1], [160], [1_024], [7, 5_000, 333], [jarvis.length]]) {
      expect(await detections(microphone(jarvis, lengths, 123_456))).toEqual([
        { ...expected, at: expected!.at + 123_456 },
      ]);
    }
    expect((expected!.at % FRAME) + 0).toBe(0);
  });

  it('is not heard in other speech, in noise, or in nothing', async () => {
    const sounds = [
      shipped('turn-on-the-living-room-lamp'),
      shipped('turn-on-the-living-room-light'),
      noise(4, 0.5),
      silence(2),
      silence(2).fill(0.7),
      silence(2).fill(Number.NaN),
    ];
    for (const sound of sounds) expect(await detections(microphone(sound))).toEqual([]);
    expect(await detections(microphone(silence(0)))).toEqual([]);
  });

  it('is heard quietly and clipped', async () => {
    for (const gain of [0.01, 30]) {
      const loud = jarvis.map((sample) => sample * gain);
      expect((await detections(microphone(loud))).map(({ word }) => word)).toEqual(['hey_jarvis']);
    }
  });

  it('is not put together from the two sides of a gap', async () => {
    const half = 0.85 * 16_000;
    const torn: Block[] = [
      ...blocksOf(jarvis.subarray(0, half), [320]),
      ...blocksOf(jarvis.subarray(half), [320], half + 16_000),
    ];
    expect(await detections(microphoneOf(torn))).toEqual([]);
  });

  it('is heard after a gap, and where the clock begins anew', async () => {
    const parts = [...blocksOf(jarvis, [320]), ...blocksOf(alexa, [320], 99_999), ...blocksOf(jarvis, [320])];
    const heard = await detections(microphoneOf(parts));
    expect(heard.map(({ word }) => word)).toEqual(['hey_jarvis', 'alexa', 'hey_jarvis']);
    expect(heard[1]!.at).toBeGreaterThan(99_999);
    expect(heard[2]!.at).toBe(heard[0]!.at);
  });

  it('is the same in many streams at once, and in one after another', async () => {
    const alone = await detections(microphone(jarvis));
    const together = await Promise.all([
      detections(microphone(jarvis)),
      detections(microphone(alexa)),
      detections(microphone(noise(2, 0.3))),
      detections(microphone(jarvis, [1_000])),
    ]);
    expect(together.map((heard) => heard.map(({ word }) => word))).toEqual([
      ['hey_jarvis'],
      ['alexa'],
      [],
      ['hey_jarvis'],
    ]);
    expect(together[0]).toEqual(alone);
    expect(together[3]).toEqual(alone);
    expect(await detections(microphone(jarvis))).toEqual(alone);
  });

  it('stops listening when aborted, though the microphone says nothing', async () => {
    const { audio, left } = silentMicrophone();
    const given = new AbortController();
    const listening = all(wake.detect(audio, given.signal));
    setImmediate(() => given.abort(new Error('enough')));
    await expect(listening).rejects.toThrow('enough');
    expect(left()).toBe(true);
  });
});

describe('the options of wake words', () => {
  it('hold back a word that does not reach its own threshold or patience', async () => {
    const both = concatenated(jarvis, alexa);
    const words = async (options: WakeOptions) =>
      withOptions(options, async (wake) => (await all(wake.detect(microphone(both), never))).map(({ word }) => word));
    expect(await words({ words: { hey_jarvis: { threshold: 0.999 } } })).toEqual(['alexa']);
    expect(await words({ patience: 3 })).toEqual(['hey_jarvis', 'alexa']);
    expect(await words({ words: { hey_jarvis: { patience: 30 } } })).toEqual(['alexa']);
    expect(await words({ refractory: 60 })).toEqual(['hey_jarvis']);
    expect(await words({ voice: 0 })).toEqual(['hey_jarvis', 'alexa']);
  });

  it('close the voice gate to what the voice detector does not take for speech', async () => {
    // No voice is this sure: what is heard without the gate is not heard with it.
    await withOptions({ voice: 1 }, async (wake) => {
      expect(await all(wake.detect(microphone(jarvis), never))).toEqual([]);
    });
  });

  it.each([
    [{ threshold: 0 }, 'threshold'],
    [{ words: { alexa: { threshold: 1.5 } } }, '"alexa"'],
    [{ patience: 1.5 }, 'patience'],
    [{ refractory: -1 }, 'refractory'],
    [{ voice: 2 }, 'voice gate'],
    [{ words: { computer: { threshold: 0.4 } } }, '"computer"'],
  ] satisfies [WakeOptions, string][])('refuse %j by name', async (options, named) => {
    await expect(openWakeWords({ models: models(), options })).rejects.toMatchObject({
      name: 'Fault',
      code: 'usage',
      message: expect.stringContaining(named),
    });
  });

  it('refuse a list without words', async () => {
    await expect(openWakeWords({ models: { ...models(), words: {} } })).rejects.toMatchObject({ code: 'usage' });
  });

  it('name the word whose model is missing or is no wake word', async () => {
    for (const file of ['/nowhere/demon.onnx', voice(), join(modelFolder('openwakeword'), 'melspectrogram.onnx')]) {
      await expect(openWakeWords({ models: { ...models(), words: { demon: file } } })).rejects.toMatchObject({
        name: 'Fault',
        code: 'model',
        message: expect.stringMatching(/"demon".*onnx/),
      });
    }
  });
});
