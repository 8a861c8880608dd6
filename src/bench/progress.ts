import type { Milliseconds } from '../units.js';

/** A line that tells how far something is, on a terminal always the same line. */
export interface Progress {
  show(text: string): void;
  /** Takes the line away. */
  clear(): void;
}

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Where there is no terminal, a line now and then. */
const LINE_EVERY: Milliseconds = 10_000;

export const progressLine = (stream: Stream, now: () => Milliseconds = () => performance.now()): Progress => {
  let last = Number.NEGATIVE_INFINITY;
  return {
    show(text) {
      if (stream.isTTY === true) {
        stream.write(`\r\x1b[K${text.slice(0, (stream.columns ?? 80) - 1)}`);
      } else if (now() - last >= LINE_EVERY) {
        last = now();
        stream.write(`${text}\n`);
      }
    },
    clear() {
      if (stream.isTTY === true) stream.write('\r\x1b[K');
    },
  };
};
