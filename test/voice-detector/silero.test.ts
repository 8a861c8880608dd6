import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openVoiceDetector,
  VOICE_FRAME,
  type VoiceDetector,
  type VoiceStream,
} from '../../src/voice-detector/silero.js';
import { modelFolder } from '../models.js';
import { concatenated, noise, shipped } from './recordings.js';

const model = (): string => join(modelFolder('silero-vad'), 'silero_vad_v5.onnx');

const probabilities = async (stream: VoiceStream, sound: Float32Array): Promise<number[]> => {
  const list: number[] = [];
  for (let at = 0; at + VOICE_FRAME <= sound.length; at += VOICE_FRAME) {
    list.push(await stream.probability(sound.subarray(at, at + VOICE_FRAME)));
  }
  return list;
};

describe('the voice detector', () => {
  let detector: VoiceDetector;
  const speech = shipped('turn-on-the-living-room-light');

  beforeAll(async () => {
    detector = await openVoiceDetector(model());
  });
  afterAll(() => detector.close());

  it('is sure of speech and of the silence after it', async () => {
    const heard = await probabilities(detector.stream(), speech);
    const at = (seconds: number): number => heard[Math.floor((seconds * 16_000) / VOICE_FRAME)]!;
    for (const seconds of [0.4, 0.8, 1.2]) expect(at(seconds)).toBeGreaterThan(0.9);
    for (const seconds of [0.05, 1.8, 2.3]) expect(at(seconds)).toBeLessThan(0.1);
  });

  it('shows the model each frame after the last 64 samples of the one before, as silero v5 wants it', async () => {
    const session = await InferenceSession.create(model());
    const padded = concatenated(new Float32Array(64), speech);
    let state = new Tensor('float32', new Float32Array(256), [2, 1, 128]);
    const sr = new Tensor('int64', BigInt64Array.of(16_000n), []);
    const expected: number[] = [];
    for (let at = 0; at + 512 <= speech.length; at += 512) {
      const input = new Tensor('float32', padded.slice(at, at + 576), [1, 576]);
      const heard = await session.run({ input, state, sr });
      state = heard.stateN as typeof state;
      expected.push((heard.output as Tensor).data[0] as number);
    }
    expect(await probabilities(detector.stream(), speech)).toEqual(expected);
    await session.release();
  });

  it('takes no noise for speech', async () => {
    const heard = await probabilities(detector.stream(), noise(3, 0.3));
    expect(Math.max(...heard)).toBeLessThan(0.35);
  });

  it('hears each stream as if it were alone', async () => {
    const alone = await probabilities(detector.stream(), speech);
    const [first, second] = await Promise.all([
      probabilities(detector.stream(), speech),
      probabilities(detector.stream(), noise(2, 0.5)),
    ]);
    expect(first).toEqual(alone);
    expect(second).not.toEqual(alone.slice(0, second.length));
  });

  it('is as new after a reset', async () => {
    const stream = detector.stream();
    const word = shipped('alexa').subarray(0, 16_000); // Ends in mid-sound.
    const first = await probabilities(stream, word);
    const unreset = await probabilities(stream, word);
    stream.reset();
    expect(await probabilities(stream, word)).toEqual(first);
    expect(unreset).not.toEqual(first);
  });

  it('says which file is missing or another, and what to do', async () => {
    await expect(openVoiceDetector('/nowhere/silero.onnx')).rejects.toMatchObject({
      name: 'Fault',
      code: 'model',
      message: expect.stringContaining('/nowhere/silero.onnx'),
      hint: expect.stringContaining('models verify'),
    });
    const other = join(modelFolder('openwakeword'), 'embedding_model.onnx');
    await expect(openVoiceDetector(other)).rejects.toMatchObject({ name: 'Fault', code: 'model' });
  });
});
