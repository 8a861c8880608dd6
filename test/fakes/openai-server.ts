import type { Script, Step } from './scripted-server.js';

/** Scripts for `scriptedServer` in the dialect of OpenAI's chat completions. */

const SSE = { 'Content-Type': 'text/event-stream' };

export const event = (value: unknown): Step => ({ send: `data: ${JSON.stringify(value)}\n\n` });
export const delta = (change: unknown, finish: string | null = null): Step =>
  event({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: change, finish_reason: finish }] });
export const word = (content: string): Step => delta({ content });
export const usage = (total_tokens: number): Step => event({ choices: [], usage: { total_tokens } });
export const DONE: Step = { send: 'data: [DONE]\n\n' };

export const streaming = (...steps: readonly Step[]): Script => ({ headers: SSE, steps });
/** A whole answer, word by word. */
export const saying = (...words: readonly string[]): Script =>
  streaming(delta({ role: 'assistant', content: '' }), ...words.map(word), delta({}, 'stop'), DONE);
export const refusing = (
  status: number,
  message: string,
  { code, headers = {} }: { readonly code?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Script => ({
  status,
  headers: { 'Content-Type': 'application/json', ...headers },
  steps: [{ send: JSON.stringify({ error: { message, code } }) }],
});
