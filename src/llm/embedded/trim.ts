/** What of a model's words is an answer: no marks of roles, no talking to itself, no more sentences than wanted. */

export interface Trimmer {
  /** The next words; `text` is what can be spoken for certain by now. After `done` there is nothing more to come. */
  push(piece: string): { readonly text: string; readonly done?: Ending };
  /** What was held back, once the model has ended by itself. */
  end(): string;
}

/** `mark`: the model began to speak for somebody else. */
export type Ending = 'sentences' | 'mark';

/** Anywhere in a text, in lower case. Models that were trained on many formats fall into others than their own. */
const MARKS = ['<|', '<start_of_turn>', '<end_of_turn>', '</s>', '[inst]', '[/inst]', '<think', '```'];
/** At the beginning of a line. */
const ROLES = ['user', 'human', 'assistant', 'system', 'model', 'mortal'];
const LINE_MARKS = [...ROLES.flatMap((it) => [`${it}:`, `**${it}:`, `**${it}**:`, `[${it}]`]), '###', '---', '==='];
/** Of a written-out blank line: an answer to be spoken is one paragraph. */
const PARAGRAPH = /\n\s*\n/;
/** Words whose full stop ends no sentence. */
const ABBREVIATIONS = new Set([
  'mr',
  'mrs',
  'ms',
  'dr',
  'st',
  'prof',
  'sr',
  'jr',
  'vs',
  'etc',
  'e.g',
  'i.e',
  'no',
  'ca',
]);
const SENTENCE_END = /([\p{L}\p{N}.]*)[.!?…]+["'”’)*]*(?=\s)/gu;

/** Whether a word before a full stop makes it one of an abbreviation, an initial ("I" is none) or a list's number. */
const goesOn = (word: string, startsLine: boolean): boolean =>
  ABBREVIATIONS.has(word.toLowerCase().replace(/\.$/, '')) ||
  /^[A-HJ-Z]$/.test(word) ||
  (startsLine && /^\d{1,2}$/.test(word));

/** Where the `count`th sentence of a text ends, if a word follows or could. */
const endOfSentence = (text: string, count: number): number | undefined => {
  let ended = 0;
  for (const match of text.matchAll(SENTENCE_END)) {
    const startsLine = match.index === 0 || text[match.index - 1] === '\n';
    if (/[!?…]/.test(match[0]) || !goesOn(match[1] ?? '', startsLine)) ended += 1;
    if (ended === count) return match.index + match[0].length;
  }
  return undefined;
};

/** Letters of other alphabets may change their length with their case. */
const lowered = (text: string): string => text.replace(/[A-Z]/g, (it) => it.toLowerCase());

/** Where the lines of a text begin. @param begun its first line began before it. */
const lineStarts = (text: string, begun: boolean): readonly number[] => [
  ...(begun ? [] : [0]),
  ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1),
];

/** Where a text stops being the answer. */
const firstMark = (text: string, begun: boolean): number => {
  const places = MARKS.map((it) => text.indexOf(it));
  for (const start of lineStarts(text, begun)) {
    const line = text.slice(start).trimStart();
    if (LINE_MARKS.some((it) => line.startsWith(it))) places.push(start);
  }
  places.push(text.search(PARAGRAPH));
  return Math.min(Infinity, ...places.filter((at) => at >= 0));
};

/** From where on a text may yet become a mark. */
const uncertainFrom = (text: string, begun: boolean): number => {
  const lastLine = lineStarts(text, begun).at(-1);
  const line = lastLine === undefined ? undefined : text.slice(lastLine).trimStart();
  if (line !== undefined && LINE_MARKS.some((it) => it.startsWith(line))) return lastLine!;
  for (const mark of MARKS) {
    for (let length = Math.min(mark.length - 1, text.length); length > 0; length -= 1) {
      if (text.endsWith(mark.slice(0, length))) return text.length - length;
    }
  }
  return text.length;
};

/**
 * @param sentences after which the answer is complete.
 * @param begun the answer goes on from words that were there already: it does not start a line.
 */
export const trimmer = (sentences: number, begun = false): Trimmer => {
  let all = '';
  let given = 0;
  /** Blanks before the end go with the word after them, or not at all. */
  const giveOut = (end: number): string => {
    const text = all.slice(given, Math.max(given, all.slice(0, end).trimEnd().length));
    given += text.length;
    return text;
  };
  return {
    push(piece) {
      all += piece;
      // Before the first word, blanks are the template's own business.
      if (!begun && given === 0) all = all.trimStart();
      const plain = lowered(all);
      const mark = firstMark(plain, begun);
      const sentence = endOfSentence(all, sentences) ?? Infinity;
      const end = Math.min(mark, sentence);
      if (end !== Infinity) {
        const text = giveOut(end);
        all = all.slice(0, given);
        return { text, done: sentence < mark ? 'sentences' : 'mark' };
      }
      return { text: giveOut(uncertainFrom(plain, begun)) };
    },
    end: () => giveOut(all.length),
  };
};
