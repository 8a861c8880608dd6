import type { Milliseconds } from '../units.js';

/** What is synthesized at once, and the silence that a speaker would leave after it inside the sentence. */
export interface Piece {
  readonly text: string;
  /** 0 after the last piece of a sentence. */
  readonly pause: Milliseconds;
}

/** A longer "sentence" is cut: about 18 s, so that a rendering in memory has a bound. */
export const MAX_SENTENCE = 300;
/**
 * A longer piece is cut: about 5 s of speech. A synthesizer cannot be stopped in the middle of one, and its memory grows
 * with the longest (by 80 MB from 100 to 140 characters).
 */
const MAX_PIECE = 100;
/** A shorter sentence is said in one go: cutting it gains less than it costs in melody. */
const SHORT_SENTENCE = 50;
const LONGEST_WORD = 40;

/** A stop after one of these ends no sentence. */
const ABBREVIATION = /(?:^|[\s("'])(?:mr|mrs|ms|dr|prof|st|sr|jr|vs|approx|e\.g|i\.e|gen|col|capt|lt|sgt|rev|hon)$/i;
/** May end one: only where a capital follows. */
const ABBREVIATION_AT_END = /(?:^|\s)(?:etc|[ap]\.m|inc|ltd|co|ave|rd|\p{L}(?:\.\p{L})+)$/iu;
const INITIAL = /(?:^|[\s.])(?!I$)\p{Lu}$/u;
const NUMBER_SIGN = /(?:^|\s)(?:no|fig|vol|ch|p|pp)$/i;

/** The sentences of a text that `speakable` has cleaned, in order. */
export const sentences = (text: string): readonly string[] =>
  text
    .split('\n')
    .flatMap(splitLine)
    .flatMap((sentence) => (sentence.length > MAX_SENTENCE ? cut(sentence, MAX_SENTENCE) : [sentence]))
    .filter(hasWords);

export const hasWords = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);

const splitLine = (line: string): string[] => {
  const found: string[] = [];
  let from = 0;
  for (const { 0: stop, index } of line.matchAll(/[.!?…]+["'”)]*(?=\s|$)/g)) {
    const end = index + stop.length;
    if (goesOn(line.slice(from, index), stop, line.slice(end).trimStart())) continue;
    found.push(line.slice(from, end).trim());
    from = end;
  }
  return [...found, line.slice(from).trim()];
};

/** Whether the stop belongs to a word or a number, or a pause in mid-sentence, rather than to the end of a sentence. */
export const goesOn = (before: string, stop: string, after: string): boolean => {
  if (after === '') return false;
  if (/[!?]/.test(stop)) return /["'”)]$/.test(stop) && /^\p{Ll}/u.test(after);
  if (/^\p{Ll}/u.test(after)) return true;
  if (stop !== '.') return false;
  if (NUMBER_SIGN.test(before)) return /^\d/.test(after);
  if (ABBREVIATION_AT_END.test(before)) return !/^["'“(]?\p{Lu}/u.test(after);
  return ABBREVIATION.test(before) || INITIAL.test(before);
};

/**
 * The pieces in which a sentence is synthesized. With `early`, the first is a clause of its own where the sentence has
 * one, so that the first sound does not wait for all of it; commas stay, since they carry the melody of a sentence
 * that goes on.
 */
export const pieces = (sentence: string, early: boolean): readonly Piece[] => {
  const [head, rest] = early ? splitFirstClause(sentence) : ['', sentence];
  const texts = [...(head === '' ? [] : [head]), ...cut(rest, MAX_PIECE)];
  return texts.map((text, index) => {
    if (index === texts.length - 1) return { text, pause: 0 };
    const pause = pauseAfter(text);
    // Without a mark the voice would fall as at the end of a sentence.
    return { text: pause === NO_MARK ? `${text},` : text, pause };
  });
};

const NO_MARK: Milliseconds = 0;

/** With the ~40 ms that stay at the ends of a piece, about what libritts_r leaves in mid-sentence (medians 50 and 75 ms). */
const pauseAfter = (text: string): Milliseconds => {
  if (/[;:.!?…]["'”)]*$/.test(text)) return 40;
  if (/[,–—)-]["'”)]*$/.test(text)) return 15;
  return NO_MARK;
};

/** Words before which a reader may breathe. */
const CONJUNCTION = /\s(?=(?:because|but|while|until|unless|when|whenever|where|which|although|though)\s)/gi;
const ANY_CONJUNCTION =
  /\s(?=(?:because|but|while|until|unless|when|where|which|although|though|and|or|so|that|if|with|before|after)\s)/gi;
const CLAUSE = /(?:[,;:–—]["'”)]*|\s[-–—])(?=\s)/g;

const splitFirstClause = (sentence: string): readonly [string, string] => {
  if (sentence.length <= SHORT_SENTENCE) return ['', sentence];
  const clauses = [...sentence.matchAll(CLAUSE)].map(({ 0: mark, index }) => ({ at: index + mark.length, least: 3 }));
  const breaths = [...sentence.matchAll(CONJUNCTION)].map(({ index }) => ({ at: index, least: 5 }));
  for (const { at, least } of [...clauses, ...breaths].sort((a, b) => a.at - b.at)) {
    if (at > MAX_PIECE) break;
    const [head, rest] = [sentence.slice(0, at), sentence.slice(at).trim()];
    if (words(head) >= least && words(rest) >= 3) return [head, rest];
  }
  return ['', sentence];
};

const words = (text: string): number => text.split(/\s+/).filter(hasWords).length;

/** Pieces of at most `limit` characters. */
const cut = (text: string, limit: number): string[] => {
  const found: string[] = [];
  let rest = breakLongWords(text).trim();
  while (rest.length > limit) {
    const at = cutIn(rest.slice(0, limit));
    found.push(rest.slice(0, at).trim());
    rest = rest.slice(at).trim();
  }
  return [...found, rest].filter(hasWords);
};

/** Where to cut what is too long, at the latest at its end: after a clause, else before a conjunction, else at a space. */
export const cutIn = (text: string): number =>
  lastOf(text, CLAUSE, text.length / 3) ??
  lastOf(text, ANY_CONJUNCTION, text.length / 3) ??
  lastOf(text, /\s/g, 1) ??
  text.length;

/** The end of the last match that is not before `least`. */
const lastOf = (text: string, mark: RegExp, least: number): number | undefined =>
  [...text.matchAll(mark)].map(({ 0: found, index }) => index + found.length).findLast((end) => end >= least);

const breakLongWords = (text: string): string => text.replace(new RegExp(`\\S{${LONGEST_WORD}}(?=\\S)`, 'g'), '$& ');

/** The end of the first clause of at least three words, with its mark; undefined where there is none yet. */
export const firstClause = (text: string): number | undefined =>
  [...text.matchAll(CLAUSE)]
    .map(({ 0: mark, index }) => index + mark.length)
    .find((end) => end >= SHORTEST_CLAUSE && words(text.slice(0, end)) >= 3);

/** About a second: a shorter one is over before more of the text is there. */
const SHORTEST_CLAUSE = 15;

/** Whether the stop at the end of a text, which nothing follows yet, hardly belongs to a word or a number. */
export const endsForSure = (text: string): boolean => {
  const stop = /[.!?…]+["'”)*_]*$/.exec(text.trimEnd());
  if (stop === null) return false;
  if (!stop[0].startsWith('.')) return true;
  const before = text.slice(0, stop.index);
  return ![/\d$/, NUMBER_SIGN, ABBREVIATION, ABBREVIATION_AT_END, INITIAL].some((unsure) => unsure.test(before));
};
