const SMALL =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = '_ _ twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const ORDINALS: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};
const LARGE: readonly [number, string][] = [
  [1e6, 'million'],
  [1000, 'thousand'],
  [100, 'hundred'],
];
/** More digits are a number of a thing, such as a telephone, and are read one by one. */
const LONGEST = 9;

/** A whole number in words without hyphens or "and": `forty five`, `two hundred six`. */
const cardinal = (value: number): string => {
  for (const [unit, name] of LARGE) {
    if (value < unit) continue;
    const rest = value % unit;
    return `${cardinal(Math.floor(value / unit))} ${name}${rest === 0 ? '' : ` ${cardinal(rest)}`}`;
  }
  if (value < 20) return SMALL[value] as string;
  const ones = value % 10;
  return `${TENS[Math.floor(value / 10)]}${ones === 0 ? '' : ` ${SMALL[ones]}`}`;
};

/** @param digits decimal digits as written: `45`, `007`. */
export const numberWords = (digits: string): string => {
  const single = digits.length > LONGEST || (digits.length > 1 && digits.startsWith('0'));
  return single ? Array.from(digits, (digit) => SMALL[Number(digit)]).join(' ') : cardinal(Number(digits));
};

/** `21` → `twenty first`. */
export const ordinalWords = (digits: string): string => {
  const words = numberWords(digits).split(' ');
  const last = words.pop() as string;
  return [...words, ORDINALS[last] ?? `${last.replace(/y$/, 'ie')}th`].join(' ');
};

/** A year or the like that is read in pairs: `1999` → `nineteen ninety nine`. Others as a plain number. */
export const yearWords = (digits: string): string => {
  const [century, years] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  if (century < 11 || century > 20 || years < 10) return numberWords(digits);
  return `${cardinal(century)} ${cardinal(years)}`;
};

/** `7`, `30` → `seven thirty`; `7`, `05` → `seven oh five`; `7`, `00` → `seven o'clock`. */
export const timeWords = (hour: string, minute: string): string => {
  const minutes = Number(minute);
  const spoken = minutes === 0 ? "o'clock" : `${minutes < 10 ? 'oh ' : ''}${cardinal(minutes)}`;
  return `${cardinal(Number(hour))} ${spoken}`;
};
