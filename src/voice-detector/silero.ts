import { Tensor } from 'onnxruntime-node';
import { Fault } from '../faults.js';
import { CAPTURE_RATE, type Samples } from '../units.js';
import { openSession, type SessionOptions } from './session.js';

/** Samples of a frame: 32 ms, the only size that silero v5 takes at 16 kHz. */
export const VOICE_FRAME: Samples = 512;
/** Samples of the frame before that the model is shown again (silero-vad's `OnnxWrapper`, v5). */
const CONTEXT: Samples = 64;
/** Two layers of 128 units: the model's memory. */
const STATE_SHAPE = [2, 1, 128];
const STATE_SIZE = 2 * 128;

/** Says whether somebody speaks. The loaded model; as many streams as are wanted share it. */
export interface VoiceDetector {
  stream(): VoiceStream;
  /** Frees the model. Its streams must have come to rest. */
  close(): Promise<void>;
}

/** One stream of sound, heard from its beginning. */
export interface VoiceStream {
  /** How likely the next `VOICE_FRAME` samples hold speech, 0…1. Calls must not overlap. */
  probability(frame: Float32Array): Promise<number>;
  /** Forgets all that was heard, as after a gap. */
  reset(): void;
}

/** Loads silero VAD v5 from the file `model`. About 0.1 ms a frame, on this thread. Throws a `Fault` ('model'). */
export const openVoiceDetector = async (model: string, options: SessionOptions = {}): Promise<VoiceDetector> => {
  const session = await openSession(model, 'the voice detector', options);
  const rate = new Tensor('int64', BigInt64Array.from([BigInt(CAPTURE_RATE)]), []);
  if (!['input', 'state', 'sr'].every((name) => session.inputNames.includes(name))) {
    await session.release();
    throw new Fault('model', `The model of the voice detector (${model}) is not silero VAD, version 5.`, {
      hint: 'Run "evil-assistant models verify", or name another file.',
    });
  }

  const stream = (): VoiceStream => {
    const input = new Float32Array(CONTEXT + VOICE_FRAME);
    const unheard = (): Tensor => new Tensor('float32', new Float32Array(STATE_SIZE), STATE_SHAPE);
    let state = unheard();
    return {
      probability: async (frame) => {
        input.copyWithin(0, VOICE_FRAME);
        input.set(frame, CONTEXT);
        const heard = await session.run({ input: new Tensor('float32', input, [1, input.length]), state, sr: rate });
        state = heard.stateN as Tensor;
        return (heard.output as Tensor).data[0] as number;
      },
      reset: () => {
        input.fill(0);
        state = unheard();
      },
    };
  };
  return { stream, close: () => session.release() };
};
