import type { ChatMessage, LanguageModel } from '../stages.js';
import { mayLeave } from './leaving.js';
import { ModelFault } from './trouble.js';

interface Agent {
  /** For logs: `conversation.home_assistant`. */
  readonly name: string;
  /** Asks it a sentence; resolves with its answer. */
  readonly ask: (text: string, signal: AbortSignal) => Promise<string>;
}

/**
 * Somebody else's conversation agent in the place of a language model, Home Assistant's for example. It is asked what
 * was said last, answers as a whole, and acts with hands of its own: so it waits for the turn to be committed, wherever
 * it runs.
 */
export const modelOfAgent = ({ name, ask }: Agent): LanguageModel => ({
  name,
  local: false,
  hands: false,
  async *ask({ messages }, signal, committed) {
    await mayLeave(committed, signal);
    const last = messages.findLast((message): message is ChatMessage & { role: 'user' } => message.role === 'user');
    const text = last ? (await ask(last.text, signal)).trim() : '';
    signal.throwIfAborted();
    if (text === '') throw new ModelFault('empty', `${name} answered with nothing.`);
    yield { kind: 'text', text };
  },
  async warm() {},
  async close() {},
});
