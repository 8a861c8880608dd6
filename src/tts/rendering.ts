/** The sound of one sentence while it is made: written once, read by as many as want it. */
export interface Rendering {
  /** From the beginning, as it comes. Throws what made it fail, or the signal's reason. */
  read(signal: AbortSignal): AsyncIterable<Int16Array>;
  /** Waits for all of it. */
  whole(signal: AbortSignal): Promise<Int16Array>;
}

/** What the one who makes it sees. */
export interface OpenRendering extends Rendering {
  push(chunk: Int16Array): void;
  /** Takes back what was pushed: it is made anew. Only while nobody reads. */
  restart(): void;
  end(): void;
  fail(error: unknown): void;
  /** All of it so far. */
  sound(): Int16Array;
  /** Samples so far. */
  readonly length: number;
}

export const finished = (sound: Int16Array): Rendering => {
  const rendering = openRendering();
  rendering.push(sound);
  rendering.end();
  return rendering;
};

export const openRendering = (): OpenRendering => {
  let chunks: Int16Array[] = [];
  let end: { readonly error?: unknown } | undefined;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const resume of waiting) resume();
    waiting.clear();
  };

  /** Until something happens, or the signal is aborted. */
  const change = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const resume = () => {
        signal.removeEventListener('abort', resume);
        waiting.delete(resume);
        resolve();
      };
      waiting.add(resume);
      signal.addEventListener('abort', resume, { once: true });
    });

  async function* read(signal: AbortSignal): AsyncGenerator<Int16Array> {
    for (let next = 0; ; ) {
      signal.throwIfAborted();
      const chunk = chunks[next];
      if (chunk !== undefined) {
        next += 1;
        yield chunk;
      } else if (end !== undefined) {
        if ('error' in end) throw end.error;
        return;
      } else await change(signal);
    }
  }

  const length = (): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0);

  const sound = (): Int16Array => {
    const whole = new Int16Array(length());
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  };

  return {
    read,
    async whole(signal) {
      while (end === undefined && !signal.aborted) await change(signal);
      signal.throwIfAborted();
      if (end !== undefined && 'error' in end) throw end.error;
      return sound();
    },
    push(chunk) {
      chunks.push(chunk);
      wake();
    },
    restart() {
      chunks = [];
    },
    end() {
      end ??= {};
      wake();
    },
    fail(error) {
      end ??= { error };
      wake();
    },
    sound,
    get length() {
      return length();
    },
  };
};
