import { digits, number, ordinal, wholeNumber, year } from './numbers.js';

const MONEY: Readonly<Record<string, readonly [one: string, many: string, cent: string, cents: string]>> = {
  $: ['dollar', 'dollars', 'cent', 'cents'],
  '€': ['euro', 'euros', 'cent', 'cents'],
  '£': ['pound', 'pounds', 'penny', 'pence'],
};
const AMOUNT = String.raw`\d+(?:,\d{3})*(?:\.\d+)?`;
const BEFORE = new RegExp(`([$€£])\\s?(${AMOUNT})(?![\\d.]*\\d)`, 'gu');
const AFTER = new RegExp(`(?<![\\p{L}\\d.,:])(${AMOUNT})\\s?([€£])`, 'gu');
const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DATE = /\b(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\b/g;
const ORDINAL = /\b(\d{1,3})(?:st|nd|rd|th)\b/g;
const YEAR =
  /\b(in|since|until|by|of|from|before|after|year|around)\s(1[1-9]\d\d|20\d\d)(?!\d|[.,:]\d|\s?[%°]|\s?(?:[kMG]?[WVBgl]|k?m|°)\b)/giu;
const TELEPHONE = /(?<![\p{L}\d.,:/–-])\d{2,}(?:-\d{2,}){2,}/gu;
/** Two numbers with a stroke between them, and nothing of a date or a telephone number about them. */
const RANGE = /(?<![\p{L}\d.,:/–-])(\d{1,4}(?:\.\d+)?)\s?[–-]\s?(\d{1,4}(?:\.\d+)?)(?![\d.,:/–-]*\d)/gu;
const FRACTIONS: Readonly<Record<string, string>> = {
  '1/2': 'one half',
  '1/3': 'one third',
  '2/3': 'two thirds',
  '1/4': 'one quarter',
  '3/4': 'three quarters',
  '24/7': 'twenty four seven',
  '½': 'one half',
  '¼': 'one quarter',
  '¾': 'three quarters',
};
const FRACTION = /(?<![\d/.,])(?:[123]\/[234]|24\/7)(?![\d/])|[½¼¾]/g;

/**
 * Numbers that are more than a number, in English words: money, dates, years, ordinals, fractions. Ranges keep their
 * numbers, for a unit may follow.
 */
export const spokenAmounts = (text: string): string =>
  text
    .replace(DATE, (_, y: string, m: string, d: string) => `${MONTHS[+m - 1]} the ${ordinal(+d)}, ${year(+y)}`)
    .replace(TELEPHONE, (written) => written.split('-').map(digits).join(', '))
    .replace(BEFORE, (_, sign: string, amount: string) => money(amount, sign))
    .replace(AFTER, (_, amount: string, sign: string) => money(amount, sign))
    .replace(ORDINAL, (_, value: string) => ordinal(+value))
    .replace(FRACTION, (written) => FRACTIONS[written] ?? written)
    .replace(YEAR, (_, word: string, value: string) => `${word} ${year(+value)}`)
    .replace(RANGE, '$1 to $2')
    .replace(/(?<![\p{L}\d])[~≈]\s?(?=\d)/gu, 'about ')
    .replace(/(?<![\p{L}\d])#(?=\d)/gu, 'number ')
    .replace(/(?<=\d)\s?×\s?(?=\d)/g, ' times ')
    .replace(/(?<=[\d\p{L}]) = (?=[\d\p{L}])/gu, ' equals ');

const money = (amount: string, sign: string): string => {
  const [one, many, cent, cents] = MONEY[sign]!;
  const bare = amount.replaceAll(',', '');
  const [whole = '0', part] = bare.split('.');
  if (part !== undefined && part.length !== 2) return `${number(bare)} ${many}`;
  const large = `${wholeNumber(+whole)} ${+whole === 1 ? one : many}`;
  if (part === undefined || +part === 0) return large;
  const small = `${wholeNumber(+part)} ${+part === 1 ? cent : cents}`;
  return +whole === 0 ? small : `${large} and ${small}`;
};
