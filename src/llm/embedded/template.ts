/** How a chat is written down for a model: its own marks between the messages. */
import type { ChatMessage } from '../../stages.js';

/** A stretch of a prompt. In `mark` stretches the model's special tokens are recognised, in `text` never. */
export interface Stretch {
  readonly kind: 'mark' | 'text';
  readonly text: string;
}

/** The kinds of marks that are known, by the models that brought them. */
export type Template = 'chatml' | 'llama3' | 'gemma' | 'zephyr';

/** A prompt in the parts that are cut and kept as wholes. */
export interface Layout {
  /** The same for every turn. */
  readonly system: readonly Stretch[];
  /** Each said by one side. */
  readonly turns: readonly Turn[];
  /** Opens the model's own turn, with the words it begins with. */
  readonly open: readonly Stretch[];
}

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly stretches: readonly Stretch[];
}

/** The template that a GGUF's own Jinja template amounts to, by the marks in it. Undefined for one that is not known. */
export const templateOf = (jinja: string | undefined): Template | undefined => {
  if (jinja === undefined) return undefined;
  if (jinja.includes('<|im_start|>')) return 'chatml';
  if (jinja.includes('<|start_header_id|>')) return 'llama3';
  if (jinja.includes('<start_of_turn>')) return 'gemma';
  if (jinja.includes('<|user|>') && (jinja.includes('</s>') || jinja.includes('eos_token'))) return 'zephyr';
  return undefined;
};

interface Said {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** How a call is written in the model's own turn; see `calls.ts`. */
export type WriteCall = (call: { readonly name: string; readonly arguments: unknown }) => string;

/**
 * The messages as two sides that take turns, as every template can write them: what came of calls is told by the user's
 * side, and neighbours of one side become one.
 */
export const sidesOf = (messages: readonly ChatMessage[], writeCall: WriteCall): readonly Said[] => {
  const sides: Said[] = [];
  for (const message of messages) {
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const lines =
      message.role === 'tool'
        ? [`Result of ${message.name}: ${message.text}`]
        : message.role === 'assistant'
          ? [message.text, ...(message.calls ?? []).map(writeCall)]
          : [message.text];
    const text = lines.filter((line) => line !== '').join('\n');
    const last = sides.at(-1);
    if (last?.role === role) sides[sides.length - 1] = { role, text: `${last.text}\n${text}` };
    else sides.push({ role, text });
  }
  return sides;
};

const mark = (text: string): Stretch => ({ kind: 'mark', text });
const words = (text: string): Stretch => ({ kind: 'text', text });

const chatml = (role: string, text: string) => [
  mark('<|im_start|>'),
  words(`${role}\n${text}`),
  mark('<|im_end|>'),
  words('\n'),
];
const llama3 = (role: string, text: string) => [
  ...[mark('<|start_header_id|>'), words(role), mark('<|end_header_id|>')],
  ...[words(`\n\n${text}`), mark('<|eot_id|>')],
];
const zephyr = (role: string, text: string) => [mark(`<|${role}|>\n`), words(text), mark('</s>'), words('\n')];

/**
 * A prompt in a model's own marks.
 *
 * @param begin with which the model's turn begins; it goes on from there, with a blank of its own.
 */
export const layOut = (template: Template, system: string, sides: readonly Said[], begin = ''): Layout => {
  const own = begin.trimEnd();
  const turnsBy = (write: (role: string, text: string) => readonly Stretch[]): readonly Turn[] =>
    sides.map(({ role, text }) => ({ role, stretches: write(role, text) }));
  switch (template) {
    case 'chatml':
      return {
        system: chatml('system', system),
        turns: turnsBy(chatml),
        open: [mark('<|im_start|>'), words(`assistant\n${own}`)],
      };
    case 'llama3':
      return {
        system: llama3('system', system),
        turns: turnsBy(llama3),
        open: [mark('<|start_header_id|>'), words('assistant'), mark('<|end_header_id|>'), words(`\n\n${own}`)],
      };
    case 'zephyr':
      return {
        system: zephyr('system', system),
        turns: turnsBy(zephyr),
        open: [mark('<|assistant|>\n'), ...(own === '' ? [] : [words(own)])],
      };
    case 'gemma':
      return gemma(system, sides, own);
  }
};

/** Gemma knows no system message: it stands at the head of what the user says first. */
const gemma = (system: string, sides: readonly Said[], begin: string): Layout => {
  const end = [mark('<end_of_turn>'), words('\n')];
  // What was said before the user's first words is lost: Gemma's template refuses it.
  const from = sides.findIndex(({ role }) => role === 'user');
  const turns = (from < 0 ? [] : sides.slice(from)).map(({ role, text }, index): Turn => {
    if (index === 0) return { role, stretches: [words(text), ...end] };
    const name = role === 'assistant' ? 'model' : 'user';
    return { role, stretches: [mark('<start_of_turn>'), words(`${name}\n${text}`), ...end] };
  });
  return {
    system: [mark('<start_of_turn>'), words(`user\n${system}\n\n`)],
    turns,
    open: [mark('<start_of_turn>'), words(`model\n${begin}`)],
  };
};

/** Old turns are dropped this many at a time, so that the rest keeps its place in the model's memory for some turns. */
const DROPPED_AT_ONCE = 4;

/**
 * The first turn that is kept where all do not fit: the newest ones, from one of the user's on. The last turn stays.
 *
 * @param sizes of the turns, in tokens.
 * @returns undefined where not even the last one fits.
 */
export const firstThatFits = (
  sizes: readonly number[],
  roles: readonly ('user' | 'assistant')[],
  room: number,
): number | undefined => {
  const left = (from: number) => sizes.slice(from).reduce((sum, size) => sum + size, 0);
  if (left(0) <= room) return 0;
  const last = Math.max(0, sizes.length - 1);
  for (let from = DROPPED_AT_ONCE; from < last; from += DROPPED_AT_ONCE) {
    const user = roles.indexOf('user', from);
    if (user >= 0 && left(user) <= room) return user;
  }
  return left(last) <= room ? last : undefined;
};
