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

/** Digit by digit. */
const digits = (written: string): string =>
  Array.from(written.replace(/\D/g, ''), (digit) => SMALL[Number(digit)]).join(' ');

const joined = (head: string, rest: number, by: string): string =>
  rest === 0 ? head : `${head}${by}${wholeNumber(rest)}`;
