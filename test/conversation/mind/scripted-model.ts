import type { LanguageModel, Prompt, Thinking, ToolCall } from '../../../src/stages.js';

/** A step of a scripted answer: words, a call, a wait for something, or what is thrown. */
export type Step =
  | string
  | { readonly call: ToolCall }
  | { readonly until: Promise<unknown> }
  | { readonly fail: unknown };

export interface ScriptedModel extends LanguageModel {
  readonly asked: Prompt[];
  readonly warmed: Pick<Prompt, 'system' | 'messages' | 'tools'>[];
  /** Questions that were given up before their end. */
  readonly aborted: number;
  /** Pieces of answers that were taken. */
  readonly given: string[];
}

interface ScriptSettings {
  readonly hands?: boolean;
  readonly local?: boolean;
  /** The script begins anew with each question of a person. */
  readonly anew?: boolean;
  /** The answer to a message, whatever the script says. */
  readonly of?: (text: string) => readonly Step[] | undefined;
}

/** A model that says what is in the script, one answer after the other; the last one again and again. */
export function scriptedModel(
  answers: readonly (readonly Step[])[],
  { hands = false, local = true, anew = false, of }: ScriptSettings = {},
): ScriptedModel {
  const asked: Prompt[] = [];
  const warmed: ScriptedModel['warmed'] = [];
  const given: string[] = [];
  let aborted = 0;
  let answered = 0;
  return {
    name: 'scripted',
    local,
    hands,
    asked,
    warmed,
    given,
    get aborted() {
      return aborted;
    },
    async *ask(prompt, signal, committed): AsyncGenerator<Thinking> {
      const last = prompt.messages.at(-1);
      if (anew && last?.role === 'user') answered = 0;
      const steps = of?.(last?.text ?? '') ?? answers[Math.min(answered, answers.length - 1)] ?? [];
      answered += 1;
      asked.push(prompt);
      let ended = false;
      try {
        if (!local) await committed;
        for (const step of steps) {
          await new Promise((resolve) => setImmediate(resolve));
          signal.throwIfAborted();
          if (typeof step === 'string') {
            given.push(step);
            yield { kind: 'text', text: step };
          } else if ('call' in step) yield { kind: 'call', call: step.call };
          else if ('fail' in step) throw step.fail;
          else {
            await Promise.race([
              step.until,
              new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
            ]);
          }
        }
        ended = true;
      } finally {
        if (!ended) aborted += 1;
      }
    },
    async warm(prompt, signal) {
      signal.throwIfAborted();
      warmed.push(prompt);
    },
    async close() {},
  };
}
