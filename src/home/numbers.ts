import { type Findings, type Found, nothingFound } from './matcher.js';

const SMALL =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

const small = new Map([...SMALL.map((word, value) => [word, value] as const), ['oh', 0], ['a', 1], ['an', 1]]);
const tens = new Map([...TENS.map((word, index) => [word, 20 + 10 * index] as const), ['fourty', 40]]);

/** What recognisers write for a digit after a ten: "twenty for degrees". Only tried when nothing fits as it stands. */
const MISHEARD = new Map([
  ['won', 1],
  ['to', 2],
  ['too', 2],
  ['for', 4],
  ['fore', 4],
  ['ate', 8],
]);

/**
 * Numbers in words or digits, 0 to 999, with "point five" and "and a half". "a" counts as one only before "hundred".
 */
export function findNumber(words: readonly string[], from: number, bySound: boolean): Findings<number> {
  const found: Found<number>[] = [];
  let opens = false;
  const add = (end: number, value: number, cost = 0): void => {
    found.push({ end, value, cost, rank: 0 });
  };
  /** A whole number ends before `end`: a fraction may follow. */
  const whole = (end: number, value: number, cost = 0): void => {
    add(end, value, cost);
    if (end === words.length) opens = true;
    const [next, second, third] = [words[end], words[end + 1], words[end + 2]];
    if (next === 'point') {
      if (second === undefined) opens = true;
      const digit = small.get(second ?? '');
      if (digit !== undefined && digit < 10 && second !== 'a' && second !== 'an')
        add(end + 2, value + digit / 10, cost);
    }
    if (next === 'and' && (second === 'a' || second === undefined) && (third === 'half' || third === undefined)) {
      if (third === undefined) opens = true;
      else add(end + 3, value + 0.5, cost);
    }
  };
  const belowHundred = (at: number, base: number): void => {
    const word = words[at] ?? '';
    const ten = tens.get(word);
    if (ten !== undefined) {
      whole(at + 1, base + ten);
      const digit = small.get(words[at + 1] ?? '');
      if (digit !== undefined && digit > 0 && digit < 10 && !isArticle(words[at + 1]))
        whole(at + 2, base + ten + digit);
      const heard = bySound ? MISHEARD.get(words[at + 1] ?? '') : undefined;
      if (heard !== undefined) whole(at + 2, base + ten + heard, 0.05);
      return;
    }
    const value = small.get(word);
    if (value !== undefined && !isArticle(word)) whole(at + 1, base + value);
  };

  const word = words[from];
  if (word === undefined) return nothingFound;
  if (/^\d{1,6}(?:[.,]\d{1,2})?$/.test(word)) {
    whole(from + 1, Number(word.replace(',', '.')));
    return { found, live: opens, opens };
  }
  belowHundred(from, 0);
  const hundreds = word === 'hundred' ? 1 : small.get(word);
  const at = word === 'hundred' ? from + 1 : words[from + 1] === 'hundred' ? from + 2 : undefined;
  if (hundreds !== undefined && hundreds < 10 && at !== undefined) {
    whole(at, hundreds * 100);
    belowHundred(words[at] === 'and' ? at + 1 : at, hundreds * 100);
  }
  return { found, live: opens, opens };
}

const isArticle = (word: string | undefined): boolean => word === 'a' || word === 'an';

/** A number as it is said: 45 → "forty five", 21.5 → "twenty one and a half", −3 → "minus three". Up to 9,999. */
export function spokenNumber(value: number): string {
  if (value < 0) return `minus ${spokenNumber(-value)}`;
  const rounded = Math.round(value * 10) / 10;
  const whole = Math.floor(rounded);
  const tenth = Math.round((rounded - whole) * 10);
  if (tenth === 5) return whole === 0 ? 'half' : `${spokenWhole(whole)} and a half`;
  return tenth === 0 ? spokenWhole(whole) : `${spokenWhole(whole)} point ${SMALL[tenth]}`;
}

function spokenWhole(value: number): string {
  if (value < 20) return SMALL[value]!;
  if (value < 100)
    return [TENS[Math.floor(value / 10) - 2]!, value % 10 && SMALL[value % 10]].filter(Boolean).join(' ');
  const [size, name] = value < 1000 ? [100, 'hundred'] : [1000, 'thousand'];
  const rest = value % size;
  return `${spokenWhole(Math.floor(value / size))} ${name}${rest ? ` ${spokenWhole(rest)}` : ''}`;
}
