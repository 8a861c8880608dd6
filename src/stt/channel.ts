import { Fault } from '../faults.js';

/** A bounded queue between one writer and one reader. */
export class Channel<T> {
  readonly #items: T[] = [];
  readonly #limit: number;
  #end: { readonly error?: unknown } | undefined;
  #wake = () => {};

  /** @param limit on unread items; one more ends the channel with a `Fault('busy')`: its reader has stopped reading. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @param replaces whether the item before, still unread, has become pointless. */
  push(item: T, replaces: (last: T) => boolean = () => false): void {
    if (this.#end !== undefined) return;
    const last = this.#items.at(-1);
    if (last !== undefined && replaces(last)) this.#items.pop();
    if (this.#items.length >= this.#limit) {
      this.fail(new Fault('busy', 'Speech recognition cannot keep up'));
      return;
    }
    this.#items.push(item);
    this.#wake();
  }

  /** What was pushed before is still read. */
  end(): void {
    this.#end ??= {};
    this.#wake();
  }

  /** What was pushed before and not read is lost. */
  fail(error: unknown): void {
    if (this.#end !== undefined && 'error' in this.#end) return;
    this.#end = { error };
    this.#items.length = 0;
    this.#wake();
  }

  async *read(): AsyncGenerator<T> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) yield item;
      else if (this.#end === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else if ('error' in this.#end) throw this.#end.error;
      else return;
    }
  }
}

/** Reads `source` until the signal is aborted, even while the source has nothing to give; throws the signal's reason. */
export async function* readUntil<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  signal.throwIfAborted();
  const items = source[Symbol.asyncIterator]();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  aborted.catch(() => {});
  let ended = false;
  try {
    for (;;) {
      const item = await Promise.race([items.next(), aborted]);
      if (item.done === true) {
        ended = true;
        return;
      }
      yield item.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    // Not awaited: a source that is waiting for sound would answer only after the next.
    if (!ended) items.return?.().catch(() => {});
  }
}
