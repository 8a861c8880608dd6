/** What a recogniser does with one segment of speech; `transcribeWith` (segments.ts) asks it. */
import type { Samples } from '../units.js';

export interface Spoken {
  /** Lower case, words only. */
  readonly text: string;
  /** 0…1 where the engine has one. */
  readonly confidence?: number;
  /** See `Transcript`. */
  readonly asCommand?: string;
  readonly agreed?: boolean;
}

/** Where speech is within the sound heard of the segment. */
export interface Extent {
  readonly first: Samples;
  readonly last: Samples;
}

export interface Hearing {
  /** Sound without gaps, in the order in which it was recorded. Kept by reference: it is never changed. */
  hear(samples: Float32Array): void;
  /** Text of all that has been heard. Aborted when speech goes on before it is there. */
  draft(extent: Extent, signal: AbortSignal): Promise<Spoken>;
  /** Speech goes on after a draft was asked for. `silence` lay between. */
  resume(silence: Samples): void;
  close(): void;
}

export interface HearingEvents {
  /** Text while one speaks. */
  partial(text: string): void;
  /** The recogniser has failed between drafts. */
  fail(error: unknown): void;
}

/** The use of a loaded recogniser for one stream of speech. */
export interface Ears {
  begin(events: HearingEvents): Hearing;
  close(): void;
}

/** Texts of pieces that follow each other, as one; the confidence is the mean over the words. Only where all have a reading as a command there is a joined one. */
export const joined = (pieces: readonly Spoken[]): Spoken => {
  let words = 0;
  let sum = 0;
  for (const { text, confidence } of pieces) {
    if (confidence === undefined || text === '') continue;
    const count = text.split(' ').length;
    words += count;
    sum += confidence * count;
  }
  const readings = pieces.flatMap(({ asCommand }) => (asCommand === undefined ? [] : [asCommand]));
  return {
    text: inOneRow(pieces.map((piece) => piece.text)),
    ...(words === 0 ? {} : { confidence: sum / words }),
    ...(readings.length < pieces.length ? {} : { asCommand: inOneRow(readings) }),
  };
};

const inOneRow = (texts: readonly string[]): string => texts.filter((text) => text !== '').join(' ');
