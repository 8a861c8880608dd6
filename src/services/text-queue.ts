/** Text on its way from a connection to a voice, piece by piece. */
export interface TextQueue {
  readonly text: AsyncIterable<string>;
  /** Waits while much of it is still unspoken, which holds back the connection. */
  push(piece: string): Promise<void>;
  end(): void;
}

/** Half an hour of speech: whoever writes faster is held back. */
const MOST_UNREAD = 30_000;

export const createTextQueue = (signal: AbortSignal): TextQueue => {
  let unread = '';
  let ended = false;
  let wakeReader = (): void => {};
  let wakeWriter = (): void => {};
  const stop = (): void => {
    ended = true;
    wakeReader();
    wakeWriter();
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });

  async function* read(): AsyncGenerator<string> {
    for (;;) {
      if (unread !== '') {
        const text = unread;
        unread = '';
        wakeWriter();
        yield text;
      } else if (ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
      }
    }
  }

  return {
    text: { [Symbol.asyncIterator]: read },
    async push(piece) {
      while (unread.length > MOST_UNREAD && !ended) {
        await new Promise<void>((resolve) => {
          wakeWriter = resolve;
        });
      }
      if (ended) return;
      unread += piece;
      wakeReader();
    },
    end() {
      signal.removeEventListener('abort', stop);
      stop();
    },
  };
};
