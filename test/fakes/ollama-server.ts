import type { Script, Step } from './scripted-server.js';

/** Scripts for `scriptedServer` in Ollama's dialect, for faults that a real one does not show when it is asked to. */

const NDJSON = { 'Content-Type': 'application/x-ndjson' };

export const line = (value: unknown): Step => ({ send: `${JSON.stringify(value)}\n` });
export const chunk = (content: string): Step => line({ message: { role: 'assistant', content }, done: false });
export const done = (extra: object = {}): Step =>
  line({ message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', ...extra });

export const streaming = (...steps: readonly Step[]): Script => ({ headers: NDJSON, steps });
export const saying = (...words: readonly string[]): Script => streaming(...words.map(chunk), done());
export const answering = (value: unknown): Script => ({
  headers: { 'Content-Type': 'application/json' },
  steps: [{ send: JSON.stringify(value) }],
});
export const refusing = (status: number, error: string): Script => ({ ...answering({ error }), status });
