import { isAbort, messageOf } from '../../faults.js';
import type { LanguageModel, Prompt } from '../../stages.js';

interface WarmthLog {
  debug(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** Has what a prompt begins with read ahead while nobody waits for it. */
export interface Warmth {
  /**
   * Has the latest beginning read, one at a time, in the background. `promptOf` is asked again where the model turns out to
   * have hands. Resolves when nothing is left to be read; never rejects.
   */
  warm(promptOf: () => Pick<Prompt, 'system' | 'messages' | 'tools'>): Promise<void>;
  /** A question goes before. */
  interrupt(): void;
  close(): void;
}

export function keepWarm(model: LanguageModel, log: WarmthLog): Warmth {
  const closed = new AbortController();
  let reading: AbortController | undefined;
  let next: (() => Pick<Prompt, 'system' | 'messages' | 'tools'>) | undefined;
  let work: Promise<void> | undefined;
  let failed = false;

  const readAll = async (): Promise<void> => {
    while (next && !closed.signal.aborted) {
      const promptOf = next;
      next = undefined;
      reading = new AbortController();
      try {
        const hands = model.hands;
        await model.warm(promptOf(), AbortSignal.any([closed.signal, reading.signal]));
        failed = false;
        if (model.hands !== hands) next ??= promptOf;
      } catch (error) {
        if (closed.signal.aborted || reading.signal.aborted || isAbort(error)) continue;
        // Once: a server that is down is down at each change of the house.
        log[failed ? 'debug' : 'warn']({ stage: 'llm' }, `${model.name} cannot read ahead: ${messageOf(error)}`);
        failed = true;
      }
    }
    reading = undefined;
  };
  return {
    warm(promptOf) {
      if (closed.signal.aborted) return Promise.resolve();
      next = promptOf;
      reading?.abort();
      work ??= readAll().finally(() => {
        work = undefined;
      });
      return work;
    },
    interrupt() {
      next = undefined;
      reading?.abort();
    },
    close() {
      closed.abort();
    },
  };
}
