import { cutIn, endsForSure, firstClause, goesOn, hasWords, MAX_SENTENCE } from './split.js';

/**
 * A text that is still being written, taken apart into sentences. What is handed out is the text itself, white space
 * and all: joined, it is what was pushed.
 */
export interface GrowingText {
  push(text: string): void;
  /** Nothing more comes. */
  end(): void;
  /**
   * The next sentence, taken out of the text, as soon as it is certain: a stop is its end only when the next word is known
   * ("Dr." "Frank", "3." "5"). The same ones whatever the pieces in which the text comes, but for guesses. At most 400
   * characters.
   */
  sentence(): string | undefined;
  /**
   * What may be spoken although more may come that belongs to it, where no sentence is certain: one whose stop only the
   * next word could deny; at the very beginning, a clause.
   */
  readonly guess: string | undefined;
  /** Takes the guess out of the text. */
  takeGuess(): void;
}

const LINE_END = '\\n\\r\\v\\f\\u0085\\u2028\\u2029';
const STOP_OR_LINE = new RegExp(String.raw`[.!?…]+["'”)*_]*(?=\s|$)|[${LINE_END}]`, 'gu');
const LINE = new RegExp(`^[^${LINE_END}]*`, 'u');
const GAP = new RegExp(String.raw`[^\S${LINE_END}]*`, 'uy');
/** Characters after the longest sentence that are looked at to tell whether it ends. */
const BEYOND = 100;

export const growingText = (): GrowingText => {
  let rest = '';
  let first = true;
  let ended = false;

  const taken = (length: number): string => {
    const sentence = rest.slice(0, length);
    rest = rest.slice(length);
    first &&= !hasWords(sentence);
    return sentence;
  };

  const guessedEnd = (): number | undefined => {
    if (!hasWords(rest)) return undefined;
    if (endsForSure(rest)) return rest.length;
    return first ? firstClause(rest) : undefined;
  };

  return {
    push(text) {
      rest += text;
    },
    end() {
      ended = true;
    },
    sentence() {
      const end = firstEnd(rest, ended) ?? (ended && rest !== '' ? rest.length : undefined);
      return end === undefined ? undefined : taken(end);
    },
    get guess() {
      const end = guessedEnd();
      return end === undefined ? undefined : rest.slice(0, end);
    },
    takeGuess() {
      taken(guessedEnd() ?? 0);
    },
  };
};

/**
 * Where the first sentence of a text ends, the white space after it included; undefined where that cannot be told yet.
 * Says of a longer text what it says of its beginning.
 */
const firstEnd = (text: string, ended: boolean): number | undefined => {
  const view = text.slice(0, MAX_SENTENCE + BEYOND);
  // What stands beyond the view cannot change the end any more.
  const complete = ended || view.length === MAX_SENTENCE + BEYOND;
  for (const { 0: mark, index } of view.matchAll(STOP_OR_LINE)) {
    const end = index + mark.length;
    if (end > MAX_SENTENCE) break;
    const before = view.slice(0, index);
    if (/\s/.test(mark)) {
      if (hasWords(before)) return end;
      continue;
    }
    GAP.lastIndex = end;
    const next = end + GAP.exec(view)![0].length;
    const after = view.slice(next);
    if (!complete && IN_DOUBT.test(after)) return undefined;
    // The end of the line is the end of the sentence.
    if (!goesOn(before, mark.replace(/[*_]+/g, ''), LINE.exec(after)![0])) return next;
  }
  return view.length > MAX_SENTENCE ? cutIn(view.slice(0, MAX_SENTENCE)) : undefined;
};

/** Too little of the next word to know how it begins: nothing, a quotation mark, half a character. */
const IN_DOUBT = /^["'“(]?[\ud800-\udbff]?$/;
