import type { ChatMessage, JsonSchema, Prompt, Thinking, Tool } from '../stages.js';
import { ModelFault } from './trouble.js';

/**
 * Tool calls for a model that knows none: its answer is bound to a JSON grammar that has room for either words or one
 * call, and read as it comes, so that words do not wait for their closing quote.
 */
export interface GrammarPrompt {
  readonly prompt: Prompt;
  readonly format: JsonSchema;
}

export const withGrammar = (prompt: Prompt & { readonly tools: readonly Tool[] }): GrammarPrompt => ({
  prompt: {
    system: `${prompt.system}\n\n${instructions(prompt.tools)}`.trimStart(),
    messages: prompt.messages.map(asJson),
  },
  format: {
    anyOf: [
      form({ say: { type: 'string' } }),
      ...prompt.tools.map(({ name, parameters }) => form({ do: { type: 'string', enum: [name] }, with: parameters })),
    ],
  },
});

const form = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

/** Without example values: small models repeat them. */
const instructions = (tools: readonly Tool[]): string =>
  [
    'Answer with one JSON object and nothing else.',
    'To speak: {"say": words}. To act in the house: {"do": name, "with": arguments}. Act only when it was asked for.',
    'You can do:',
    ...tools.map(({ name, description, parameters }) => `${name}: ${description} ${JSON.stringify(parameters)}`),
  ].join('\n');

/** What was said and done before, in the same form, so that the model goes on in it. */
const asJson = (message: ChatMessage): ChatMessage => {
  switch (message.role) {
    case 'user':
      return message;
    case 'tool':
      return { role: 'user', text: `Result of ${message.name}: ${message.text}` };
    case 'assistant': {
      const said = message.text === '' ? [] : [JSON.stringify({ say: message.text })];
      const done = (message.calls ?? []).map((call) => JSON.stringify({ do: call.name, with: call.arguments }));
      return { role: 'assistant', text: [...said, ...done].join('\n') };
    }
  }
};

export interface GrammarReader {
  /** Words that are new. */
  take(piece: string): string;
  /** The call, if it was one; undefined for words. Throws a `ModelFault` where it is neither. */
  end(): Thinking | undefined;
}

const WORDS = /^\s*\{\s*"say"\s*:\s*"/;

export const readGrammar = (): GrammarReader => {
  let text = '';
  /** Where the words go on, once they have begun. */
  let at: number | undefined;
  let closed = false;
  return {
    take(piece) {
      text += piece;
      at ??= WORDS.exec(text)?.[0].length;
      if (at === undefined || closed) return '';
      const [taken] = /^(?:[^"\\]|\\u[\da-f]{4}|\\[^u])*/i.exec(text.slice(at))!;
      // Half of a character above U+FFFF is no character.
      const whole = taken.replace(/\\ud[89ab][\da-f]{2}$/i, '');
      at += whole.length;
      closed = text[at] === '"';
      return JSON.parse(`"${escapeControls(whole)}"`) as string;
    },
    end() {
      if (at !== undefined) return undefined;
      let value: { readonly do?: unknown; readonly with?: unknown } | null = null;
      try {
        value = JSON.parse(text);
      } catch {
        // Cut by the limit of tokens, as a rule.
      }
      if (typeof value?.do !== 'string') {
        throw new ModelFault('garbage', 'The language model wrote a call that cannot be read.', {
          hint: 'If it happens often: a larger num_predict, or a model that knows tool calls.',
        });
      }
      return { kind: 'call', call: { name: value.do, arguments: value.with ?? {} } };
    },
  };
};

/** Models write line feeds into strings as they are. */
const escapeControls = (text: string): string => text.replaceAll(/\p{Cc}/gu, ' ');
