import type { Clock } from '../../clock.js';
import type { Thinking, ToolCall } from '../../stages.js';
import { saysOf } from '../../text/says.js';
import { unmarked } from '../../text/unmarked.js';
import { readAhead } from './read-ahead.js';

/** What a model says and wants done, in one go. */
export interface AnswerText {
  /** Sentences fit to be spoken, as they come. */
  readonly sentences: AsyncIterable<string>;
  /** What it wants done; complete when the sentences have ended. */
  readonly calls: readonly ToolCall[];
}

interface AnswerOptions {
  readonly speaker: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** A model that goes on in the other's place has ended its own answer. */
const OTHER_ROLE = /^\s*[*_["']*(?:user|human|system|mortal|instruction)s?[*_\]]*\s*:/i;

/**
 * A model's stream as sentences. The model is read to its end as fast as it writes. A sentence that a limit has cut off
 * is left out, unless there is no other.
 */
export function answerText(thinking: AsyncIterable<Thinking>, { speaker, signal, clock }: AnswerOptions): AnswerText {
  const calls: ToolCall[] = [];
  const stream = readAhead(thinking);
  async function* words(): AsyncGenerator<string> {
    for await (const item of stream) {
      if (item.kind === 'text') yield item.text;
      else calls.push(item.call);
    }
  }
  async function* sentences(): AsyncGenerator<string> {
    const clean = unmarked(speaker);
    let held = '';
    let complete = true;
    let some = false;
    for await (const { text } of saysOf(words(), { signal, clock })) {
      if (OTHER_ROLE.test(text)) break;
      const sentence = clean.take(text);
      if (sentence === '') continue;
      if (held !== '') yield held;
      held = '';
      // What goes on from a clause that went ahead is not cut off.
      if (isWhole(sentence) || !complete || !some) yield sentence;
      else held = sentence;
      complete = isWhole(sentence);
      some = true;
    }
    const rest = clean.end();
    if (!some && rest !== '') yield rest;
  }
  return { sentences: sentences(), calls };
}

/** Whether a sentence has an end. */
export const isWhole = (sentence: string): boolean => /[.!?…—]["'”’)]*$/.test(sentence);
