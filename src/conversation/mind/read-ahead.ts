/** As many tokens as any answer has; where nobody takes them, the writer waits. */
const MOST = 1_000;

/**
 * Reads a source to its end as fast as it comes, whether somebody takes what it gives or not: a model thinks on while its
 * first words wait for leave to be spoken. For one reader, who gets what the source throws after what came before it.
 */
export function readAhead<Item>(source: AsyncIterable<Item>): AsyncIterable<Item> {
  const waiting: Item[] = [];
  let end: { readonly error?: unknown } | undefined;
  let left = false;
  let wakeReader: () => void = () => {};
  let wakeWriter: () => void = () => {};
  const read = async (): Promise<void> => {
    try {
      for await (const item of source) {
        if (left) return;
        waiting.push(item);
        wakeReader();
        if (waiting.length >= MOST) await new Promise<void>((resolve) => (wakeWriter = resolve));
        if (left) return;
      }
      end = {};
    } catch (error) {
      end = { error };
    }
    wakeReader();
  };
  void read();
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          if (waiting.length > 0) {
            yield waiting.shift()!;
            wakeWriter();
          } else if (end) {
            if ('error' in end) throw end.error;
            return;
          } else await new Promise<void>((resolve) => (wakeReader = resolve));
        }
      } finally {
        left = true;
        wakeWriter();
      }
    },
  };
}
