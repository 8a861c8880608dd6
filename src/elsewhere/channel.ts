/** Things on their way from who has them to the one who reads them, in their order. */
export interface Channel<T> extends AsyncIterable<T> {
  /** Resolves when another may follow: while `limit` are unread it waits, unless nobody reads any more. */
  push(item: T): Promise<void>;
  /** What was pushed is still read. */
  end(): void;
  /** What was pushed and not read is lost. */
  fail(error: unknown): void;
}

/** At most `limit` unread, and one more for each writer that waits. Read once; who leaves the loop ends it. */
export const createChannel = <T>(limit: number): Channel<T> => {
  const items: T[] = [];
  let over: { readonly error?: unknown } | undefined;
  let wakeReader = (): void => {};
  let writers: (() => void)[] = [];

  const room = (): void => {
    if (items.length >= limit && over === undefined) return;
    const waiting = writers;
    writers = [];
    for (const wake of waiting) wake();
  };
  const close = (how: { readonly error?: unknown }): void => {
    over ??= how;
    wakeReader();
    room();
  };

  async function* read(): AsyncGenerator<T, undefined> {
    try {
      for (;;) {
        if (over !== undefined && 'error' in over) throw over.error;
        if (items.length > 0) {
          const [item] = items.splice(0, 1);
          room();
          yield item!;
        } else if (over !== undefined) {
          return undefined;
        } else {
          await new Promise<void>((resolve) => {
            wakeReader = resolve;
          });
        }
      }
    } finally {
      items.length = 0;
      close({});
    }
  }

  return {
    async push(item) {
      if (over !== undefined) return;
      items.push(item);
      wakeReader();
      while (items.length >= limit && over === undefined) await new Promise<void>((resolve) => writers.push(resolve));
    },
    end: () => close({}),
    fail: (error) => close({ error }),
    [Symbol.asyncIterator]: read,
  };
};
