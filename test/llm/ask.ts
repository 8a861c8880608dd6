import type { LanguageModel, Prompt, Thinking, Tool, ToolCall } from '../../src/stages.js';

export const never = new AbortController().signal;
export const atOnce = Promise.resolve();

export const question = (text: string, more: Partial<Prompt> = {}): Prompt => ({
  system: 'You are a demon.',
  messages: [{ role: 'user', text }],
  ...more,
});

/** What a model answered, its words joined. */
export const answerOf = async (
  thinking: AsyncIterable<Thinking>,
): Promise<{ readonly text: string; readonly calls: readonly ToolCall[] }> => {
  let text = '';
  const calls: ToolCall[] = [];
  for await (const item of thinking) {
    if (item.kind === 'text') text += item.text;
    else calls.push(item.call);
  }
  return { text, calls };
};

export const ask = (model: LanguageModel, prompt: Prompt | string, signal = never) =>
  answerOf(model.ask(typeof prompt === 'string' ? question(prompt) : prompt, signal, atOnce));

/** What a model throws, `undefined` if it answers. */
export const troubleWith = async (thinking: Promise<unknown> | AsyncIterable<Thinking>): Promise<unknown> => {
  const work = Symbol.asyncIterator in thinking ? answerOf(thinking) : thinking;
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
};

export const TURN_ON: Tool = {
  name: 'turn_on',
  description: 'Turns a device on',
  writes: true,
  parameters: {
    type: 'object',
    properties: {
      name: { type: 'string', enum: ['kitchen light', 'hall light'] },
      brightness: { type: 'integer', minimum: 0, maximum: 100 },
    },
    required: ['name'],
    additionalProperties: false,
  },
};
