import type { Triggers } from '../persona/load.js';

/** Lower-case words without punctuation, apart by one space: what two recognisers would both write. */
export const wordsOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

/** Takes words that change nothing, such as "please", off both ends. */
export function withoutCourtesy(words: string, courtesies: readonly string[]): string {
  let rest = words;
  for (let before = ''; before !== rest; ) {
    before = rest;
    for (const courtesy of courtesies) {
      if (rest.startsWith(`${courtesy} `)) rest = rest.slice(courtesy.length + 1);
      if (rest.endsWith(` ${courtesy}`)) rest = rest.slice(0, -courtesy.length - 1);
    }
  }
  return rest;
}

/** Whether a text is one of these phrases. */
export const isOneOf = (words: string, phrases: readonly string[]): boolean =>
  phrases.some((phrase) => wordsOf(phrase) === words);

/** Whether words set off the triggers. */
export const triggers = (words: string, { contains, whole }: Triggers): boolean =>
  isOneOf(words, whole) || contains.some((phrase) => ` ${words} `.includes(` ${wordsOf(phrase)} `));

/** Whether words say nothing but what sets off the triggers, and fillers: "tell me a joke", but no joke about somebody. */
export function isAllOf(words: string, { contains, whole }: Triggers, fillers: readonly string[]): boolean {
  return [...contains, ...whole].map(wordsOf).some((phrase) => {
    const at = ` ${words} `.indexOf(` ${phrase} `);
    if (at < 0) return false;
    const rest = `${words.slice(0, at)} ${words.slice(at + phrase.length)}`.split(' ').filter((word) => word !== '');
    return rest.every((word) => fillers.includes(word));
  });
}
