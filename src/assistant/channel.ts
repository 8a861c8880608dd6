/**
 * A bounded queue between two loops. `push` waits while the queue is full, so a slow reader holds its writer back
 * and nothing is lost or piled up.
 */
export interface Channel<T> extends AsyncIterable<T> {
  push(value: T, signal: AbortSignal): Promise<void>;
  /** What was pushed is still read; then the reader's loop ends. */
  close(): void;
}

export const createChannel = <T>(limit: number): Channel<T> => {
  const waiting: T[] = [];
  let closed = false;
  let wakeReader: (() => void) | undefined;
  let wakeWriter: (() => void) | undefined;

  return {
    async push(value, signal) {
      while (waiting.length >= limit && !closed) {
        signal.throwIfAborted();
        await new Promise<void>((resolve, reject) => {
          const abort = () => reject(signal.reason);
          signal.addEventListener('abort', abort, { once: true });
          wakeWriter = () => {
            signal.removeEventListener('abort', abort);
            resolve();
          };
        });
      }
      if (closed) return;
      waiting.push(value);
      wakeReader?.();
    },

    close() {
      closed = true;
      wakeReader?.();
      wakeWriter?.();
    },

    async *[Symbol.asyncIterator]() {
      while (true) {
        while (waiting.length > 0) {
          const value = waiting.shift() as T;
          wakeWriter?.();
          yield value;
        }
        if (closed) return;
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
      }
    },
  };
};
