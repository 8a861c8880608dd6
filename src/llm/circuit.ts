import type { Clock } from '../clock.js';
import { messageOf } from '../faults.js';
import type { Log } from '../log.js';
import type { LanguageModel, Prompt, Thinking } from '../stages.js';
import type { Milliseconds } from '../units.js';

interface CircuitSettings {
  readonly clock: Clock;
  readonly log?: Log;
  /** Failures in a row until it is left alone; default 3. */
  readonly failures?: number;
  /** How long at first; doubles with each further failure, up to five minutes. Default 5 s. */
  readonly pause?: Milliseconds;
}

const LONGEST: Milliseconds = 300_000;

/**
 * A model that is left alone for a while when it keeps failing: it then fails at once, with its last fault, so that no
 * turn waits for a server that is down. After the pause one question may try; the others still fail at once.
 */
export const withCircuit = (
  model: LanguageModel,
  { clock, log, failures = 3, pause = 5_000 }: CircuitSettings,
): LanguageModel => {
  let failed = 0;
  let last: unknown;
  let until: Milliseconds = 0;
  let trying = false;

  const fail = (error: unknown) => {
    failed++;
    last = error;
    if (failed < failures) return;
    const rest = Math.min(LONGEST, pause * 2 ** (failed - failures));
    until = clock.now() + rest;
    log?.warn({ stage: 'llm', error }, `${model.name} is left alone for ${rest / 1000} s: ${messageOf(error)}`);
  };

  return {
    name: model.name,
    local: model.local,
    get hands() {
      return model.hands;
    },
    async *ask(prompt: Prompt, signal: AbortSignal, committed?: Promise<void>): AsyncGenerator<Thinking> {
      const open = failed >= failures;
      if (open && (trying || clock.now() < until)) throw last;
      trying = open;
      try {
        for await (const thinking of model.ask(prompt, signal, committed)) {
          if (failed >= failures) log?.info({ stage: 'llm' }, `${model.name} answers again`);
          failed = 0;
          yield thinking;
        }
      } catch (error) {
        if (!signal.aborted) fail(error);
        throw error;
      } finally {
        if (open) trying = false;
      }
    },
    warm: (prompt, signal) => model.warm(prompt, signal),
    close: () => model.close(),
  };
};
