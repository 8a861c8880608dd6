import type { Samples } from '../units.js';
import { VOICE_FRAME, type VoiceDetector } from '../voice-detector/silero.js';

/** How far back a voice is looked for: no stock wake word is longer. */
const REACH: Samples = 40 * VOICE_FRAME;
/** 60 dB: below, there is nothing but the noise of 16 bits. */
const MOST_GAIN = 1000;

export interface VoiceGate {
  /** Keeps a piece of the stream for later. */
  hear(samples: Float32Array): void;
  /** Whether a frame of the last 1.28 s held speech with at least the probability `least`. */
  open(least: number): Promise<boolean>;
  reset(): void;
}

/**
 * Asks the voice detector only where a word was probably said, over the sound that is kept for it: 4 ms at a
 * detection, where asking it all the time would double the cost of every frame.
 */
export const voiceGate = (detector: VoiceDetector): VoiceGate => {
  const voice = detector.stream();
  const kept = new Float32Array(REACH);
  let filled = 0;

  return {
    hear: (samples) => {
      kept.copyWithin(0, samples.length);
      kept.set(samples, REACH - samples.length);
      filled = Math.min(REACH, filled + samples.length);
    },
    open: async (least) => {
      voice.reset();
      const frames = Math.floor(filled / VOICE_FRAME);
      const sound = levelled(kept.subarray(REACH - frames * VOICE_FRAME));
      for (let at = 0; at < sound.length; at += VOICE_FRAME) {
        if ((await voice.probability(sound.subarray(at, at + VOICE_FRAME))) >= least) return true;
      }
      return false;
    },
    reset: () => {
      filled = 0;
    },
  };
};

/** `sound` with its peak at half of full scale: the voice detector is deaf to a wake word below −55 dB, openWakeWord is not. */
const levelled = (sound: Float32Array): Float32Array => {
  const peak = sound.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const gain = peak === 0 ? 0 : Math.min(0.5 / peak, MOST_GAIN);
  return sound.map((sample) => sample * gain);
};
