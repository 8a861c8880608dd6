import { Fault } from '../../faults.js';
import { type Calls, callsOf, writeCall } from './calls.js';
import type { LlamaModel, Token } from './library.js';
import { firstThatFits, layOut, type Stretch, sidesOf, type Template } from './template.js';
import type { Question } from './wire.js';

export interface PromptTokens {
  readonly all: readonly Token[];
  /** The first so many are the same for each turn. */
  readonly fixed: number;
  /** With tools that can be called. */
  readonly calls: Calls | undefined;
}

/**
 * A question in a model's tokens; old messages are left out where all do not fit.
 *
 * @param context tokens that the model can hold.
 * @param answer tokens to be left for the answer; none for a prompt that is only read ahead, whose own turn is not opened.
 * @throws Fault `input` where even the last message does not fit.
 */
export const tokensOf = (
  model: LlamaModel,
  template: Template,
  question: Question,
  { context, answer }: { readonly context: number; readonly answer: number | undefined },
): PromptTokens => {
  const calls = question.tools && callsOf(question.tools);
  const system = calls ? `${question.system}\n\n${calls.instructions}` : question.system;
  const layout = layOut(template, system, sidesOf(question.messages, writeCall), question.begin);
  const tokens = (stretches: readonly Stretch[]): Token[] =>
    stretches.flatMap(({ kind, text }) =>
      // What people and entities are called must never become one of the model's marks.
      kind === 'mark' ? model.tokenize(text, true) : model.tokenize(text, false, 'trimLeadingSpace'),
    );
  const { bos, shouldPrependBosToken } = model.tokens;
  const fixed = [...(shouldPrependBosToken && bos !== null ? [bos] : []), ...tokens(layout.system)];
  const turns = layout.turns.map(({ stretches }) => tokens(stretches));
  const open = answer === undefined ? [] : tokens(layout.open);
  const from = firstThatFits(
    turns.map(({ length }) => length),
    layout.turns.map(({ role }) => role),
    context - fixed.length - open.length - (answer ?? 0),
  );
  if (from === undefined) {
    const needed = fixed.length + open.length + (answer ?? 0) + (turns.at(-1)?.length ?? 0);
    throw new Fault('input', `Persona, home and question are ${needed} tokens, and the model holds ${context}`, {
      hint: 'Shorten the persona, expose fewer entities, or give the model a larger context.',
    });
  }
  return { all: [...fixed, ...turns.slice(from).flat(), ...open], fixed: fixed.length, calls };
};
