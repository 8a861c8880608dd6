import { integer, number, type Optional, optional, type Shape, type Shapes } from '../checks.js';

/** How raw PCM is laid out: little-endian, interleaved; signed, except one byte wide, which is unsigned. */
export interface AudioFormat {
  /** Hertz, 1 to 384000. */
  readonly rate: number;
  /** Bytes a sample, 1 to 4. */
  readonly width: number;
  /** 1 is mono; up to 32. */
  readonly channels: number;
}

/** A stream of audio begins; `audio-chunk`s and one `audio-stop` follow. */
export interface AudioStart extends AudioFormat {
  /** Milliseconds, on the sender's own clock. */
  readonly timestamp?: Optional<number>;
}

/** A piece of raw audio, which is the event's payload. Pieces need not end at a whole sample. */
export interface AudioChunk extends AudioFormat {
  /** Milliseconds, on the sender's own clock. Microphones of the Python library send nanoseconds. */
  readonly timestamp?: Optional<number>;
}

/** A stream of audio is over. */
export interface AudioStop {
  /** Milliseconds, on the sender's own clock. */
  readonly timestamp?: Optional<number>;
}

export interface AudioMessages {
  'audio-start': AudioStart;
  'audio-chunk': AudioChunk;
  'audio-stop': AudioStop;
}

export const audioFormat: Shape<AudioFormat> = {
  rate: integer(1, 384_000),
  width: integer(1, 4),
  channels: integer(1, 32),
};

export const audioShapes: Shapes<AudioMessages> = {
  'audio-start': { ...audioFormat, timestamp: optional(number()) },
  'audio-chunk': { ...audioFormat, timestamp: optional(number()) },
  'audio-stop': { timestamp: optional(number()) },
};
