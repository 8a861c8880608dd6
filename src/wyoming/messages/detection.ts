import { list, name, number, type Optional, optional, type Shapes } from '../checks.js';
import { type Context, context } from './context.js';

/** Asks for wake words in the audio that follows. */
export interface Detect {
  /** Models by their names in `info`; any if it is missing. */
  readonly names?: Optional<readonly string[]>;
  readonly context?: Optional<Context>;
}

/** A wake word was said. */
export interface Detection {
  /** The model that heard it. */
  readonly name?: Optional<string>;
  /** Milliseconds: the timestamp of the audio chunk it was heard in. */
  readonly timestamp?: Optional<number>;
  /** Who said it. */
  readonly speaker?: Optional<string>;
  readonly context?: Optional<Context>;
}

/** The audio is over and no wake word was in it. */
export interface NotDetected {
  readonly context?: Optional<Context>;
}

/** Somebody began to speak. */
export interface VoiceStarted {
  /** Milliseconds: the timestamp of the audio chunk. */
  readonly timestamp?: Optional<number>;
}

/** Somebody stopped speaking. */
export interface VoiceStopped {
  /** Milliseconds: the timestamp of the audio chunk. */
  readonly timestamp?: Optional<number>;
}

export interface DetectionMessages {
  detect: Detect;
  detection: Detection;
  'not-detected': NotDetected;
  'voice-started': VoiceStarted;
  'voice-stopped': VoiceStopped;
}

export const detectionShapes: Shapes<DetectionMessages> = {
  detect: { names: optional(list(name)), context },
  detection: { name: optional(name), timestamp: optional(number()), speaker: optional(name), context },
  'not-detected': { context },
  'voice-started': { timestamp: optional(number()) },
  'voice-stopped': { timestamp: optional(number()) },
};
