import type { Clock } from '../clock.js';
import { isAbort, messageOf } from '../faults.js';
import type { Log } from '../log.js';
import type { LanguageModel, Prompt, Thinking } from '../stages.js';
import type { Milliseconds } from '../units.js';

interface FallbackSettings {
  /** How long the local model may take to begin before the other is asked too; default 250 ms. */
  readonly after?: Milliseconds;
  readonly clock: Clock;
  readonly log?: Log;
}

/** One of the two, up to its first word. */
interface Runner {
  readonly model: LanguageModel;
  readonly controller: AbortController;
  readonly answer: AsyncIterator<Thinking>;
  /** Never rejects. */
  readonly first: Promise<Start>;
}
type Start =
  | { readonly kind: 'began'; readonly runner: Runner; readonly thinking: Thinking | undefined }
  | { readonly kind: 'failed'; readonly runner: Runner; readonly error: unknown };

/** Tools are for the one that may use them. */
const fitting = <Asked extends Pick<Prompt, 'tools'>>(model: LanguageModel, prompt: Asked): Asked =>
  model.hands ? prompt : { ...prompt, tools: [] };

/** Ends an answer, and has it clean up after itself. */
const drop = ({ controller, answer }: Runner): void => {
  controller.abort();
  answer.return?.()?.catch(() => {});
};

/**
 * The local model, and where it fails or has not begun in time, the other one too: whose first word comes first goes on,
 * and the loser is aborted. The other one is asked only once the turn has decided to act, for speech leaves the house.
 * A failure after the first word is the caller's: what was spoken cannot be taken back. Without `committed`, the local
 * model is alone.
 */
export const withFallback = (
  local: LanguageModel,
  cloud: LanguageModel,
  { after = 250, clock, log }: FallbackSettings,
): LanguageModel => {
  const start = (model: LanguageModel, prompt: Prompt, committed: Promise<void> | undefined): Runner => {
    const controller = new AbortController();
    const answer = model.ask(fitting(model, prompt), controller.signal, committed)[Symbol.asyncIterator]();
    const first = answer.next().then(
      ({ done, value }): Start => ({ kind: 'began', runner, thinking: done ? undefined : value }),
      (error: unknown): Start => ({ kind: 'failed', runner, error }),
    );
    const runner: Runner = { model, controller, answer, first };
    return runner;
  };

  const ask = async function* (
    prompt: Prompt,
    signal: AbortSignal,
    committed?: Promise<void>,
  ): AsyncGenerator<Thinking> {
    signal.throwIfAborted();
    const runners: Runner[] = [start(local, prompt, committed)];
    const stop = () => {
      for (const { controller } of runners) controller.abort(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      let begun = await firstOrTimeout(runners[0]!.first);
      if (begun?.kind !== 'began' && committed) {
        signal.throwIfAborted();
        const reason = begun ? messageOf(begun.error) : `it has not begun in ${after} ms`;
        log?.info({ stage: 'llm' }, `${local.name} is helped out by ${cloud.name}: ${reason}`);
        runners.push(start(cloud, prompt, committed));
      }
      begun = await winner(runners, signal);
      signal.throwIfAborted();
      if (begun.kind === 'failed') throw begun.error;
      for (const runner of runners) if (runner !== begun.runner) drop(runner);
      log?.debug({ stage: 'llm' }, `${begun.runner.model.name} answers`);
      if (begun.thinking) yield begun.thinking;
      yield* { [Symbol.asyncIterator]: () => begun.runner.answer };
    } finally {
      signal.removeEventListener('abort', stop);
      for (const runner of runners) drop(runner);
    }
  };

  const firstOrTimeout = async (first: Promise<Start>): Promise<Start | undefined> => {
    const patience = new AbortController();
    const timeout = clock.sleep(after, patience.signal).then(
      () => undefined,
      () => undefined,
    );
    try {
      return await Promise.race([first, timeout]);
    } finally {
      patience.abort();
    }
  };

  /** The first that begins; if none does, the failure of the local one, with what the other one says noted. */
  const winner = async (runners: readonly Runner[], signal: AbortSignal): Promise<Start> => {
    const failures: Extract<Start, { kind: 'failed' }>[] = [];
    let left = [...runners];
    while (left.length > 0) {
      const begun = await Promise.race(left.map(({ first }) => first));
      if (begun.kind === 'began') return begun;
      failures.push(begun);
      left = left.filter((runner) => runner !== begun.runner);
      if (!signal.aborted && !isAbort(begun.error)) {
        log?.warn({ stage: 'llm', error: begun.error }, `${begun.runner.model.name} failed: ${messageOf(begun.error)}`);
      }
    }
    return failures.find(({ runner }) => runner === runners[0])!;
  };

  return {
    name: `${local.name}, helped out by ${cloud.name}`,
    local: local.local,
    get hands() {
      return local.hands || cloud.hands;
    },
    ask,
    warm: (prompt, signal) => local.warm(fitting(local, prompt), signal),
    async close() {
      await Promise.allSettled([local.close(), cloud.close()]);
    },
  };
};
