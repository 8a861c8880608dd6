const SMALL =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const SCALES = [
  [1e9, 'billion'],
  [1e6, 'million'],
  [1e3, 'thousand'],
] as const;
/** Longer numbers are identifiers: read digit by digit. */
const LIMIT = 1e12;

/** A whole number in English words: 21 is "twenty one". Digit by digit from 10¹² on. */
export function wholeNumber(value: number): string {
  if (value < 0) return `minus ${wholeNumber(-value)}`;
  if (!Number.isSafeInteger(value) || value >= LIMIT) return digits(String(value));
  if (value < 20) return SMALL[value]!;
  if (value < 100) return joined(TENS[Math.floor(value / 10)]!, value % 10, ' ');
  if (value < 1000) return joined(`${SMALL[Math.floor(value / 100)]} hundred`, value % 100, ' and ');
  const [size, word] = SCALES.find(([scale]) => value >= scale)!;
  const rest = value % size;
  return joined(`${wholeNumber(Math.floor(value / size))} ${word}`, rest, rest < 100 ? ' and ' : ' ');
}

/** A number as written, "-3.50", in English words: "minus three point five zero". */
export function number(written: string): string {
  const negative = /^[-−]/.test(written) ? 'minus ' : '';
  const [whole = '0', fraction] = written.replace(/^[-−]/, '').split('.');
  const spoken = whole.length > 12 || (whole.length > 1 && whole.startsWith('0')) ? digits(whole) : wholeNumber(+whole);
  return `${negative}${spoken}${fraction ? ` point ${digits(fraction)}` : ''}`;
}

const IRREGULAR: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

/** 21 is "twenty first". */
export function ordinal(value: number): string {
  const words = wholeNumber(value).split(' ');
  const last = words.pop()!;
  return [...words, IRREGULAR[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`)].join(' ');
}

/** 1999 is "nineteen ninety nine", 2026 "twenty twenty six", 2005 "two thousand and five". */
export function year(value: number): string {
  const [century, rest] = [Math.floor(value / 100), value % 100];
  if (value % 1000 < 10 || century < 11) return wholeNumber(value);
  if (rest === 0) return `${wholeNumber(century)} hundred`;
  return `${wholeNumber(century)} ${rest < 10 ? 'oh ' : ''}${wholeNumber(rest)}`;
}

/** Digit by digit. */
export const digits = (written: string): string =>
  Array.from(written.replace(/\D/g, ''), (digit) => SMALL[Number(digit)]).join(' ');

const joined = (head: string, rest: number, by: string): string =>
  rest === 0 ? head : `${head}${by}${wholeNumber(rest)}`;
