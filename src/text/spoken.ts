import { spokenAddresses } from './addresses.js';
import { spokenAmounts } from './amounts.js';
import { number, wholeNumber } from './numbers.js';

/** Singular and plural of what follows a number. */
const UNITS: Readonly<Record<string, readonly [string, string]>> = {
  '°C': ['degree', 'degrees'],
  '°F': ['degree', 'degrees'],
  '°': ['degree', 'degrees'],
  K: ['kelvin', 'kelvin'],
  '%': ['percent', 'percent'],
  W: ['watt', 'watts'],
  kW: ['kilowatt', 'kilowatts'],
  Wh: ['watt hour', 'watt hours'],
  kWh: ['kilowatt hour', 'kilowatt hours'],
  V: ['volt', 'volts'],
  A: ['ampere', 'amperes'],
  lx: ['lux', 'lux'],
  hPa: ['hectopascal', 'hectopascals'],
  ppm: ['part per million', 'parts per million'],
  'km/h': ['kilometre an hour', 'kilometres an hour'],
  mph: ['mile an hour', 'miles an hour'],
  'm/s': ['metre a second', 'metres a second'],
  km: ['kilometre', 'kilometres'],
  m: ['metre', 'metres'],
  cm: ['centimetre', 'centimetres'],
  mm: ['millimetre', 'millimetres'],
  'm³': ['cubic metre', 'cubic metres'],
  l: ['litre', 'litres'],
  L: ['litre', 'litres'],
  kg: ['kilogram', 'kilograms'],
  g: ['gram', 'grams'],
  dB: ['decibel', 'decibels'],
  h: ['hour', 'hours'],
  min: ['minute', 'minutes'],
  s: ['second', 'seconds'],
  MB: ['megabyte', 'megabytes'],
  GB: ['gigabyte', 'gigabytes'],
};

// Longest first: "m" begins "mm" too. None has a character that means anything to a RegExp.
const UNIT = Object.keys(UNITS)
  .sort((a, b) => b.length - a.length)
  .join('|');
const AMOUNT = String.raw`(?<![\p{L}\d.,:])[-−]?\d+(?:,\d{3})*(?:\.\d+)?`;
const MEASURED = new RegExp(`(${AMOUNT})\\s?(${UNIT})(?![\\p{L}\\d])`, 'gu');
const BARE = new RegExp(`${AMOUNT}(?![\\d:])`, 'gu');
const TIME = /(?<![\d:.])([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?(?:\s?([ap])\.?m\.?(?![\p{L}]))?(?![\d:])/giu;

/**
 * Text as it is read aloud: numbers, times, dates, money, units and addresses in words. What it does not know stays as it is;
 * so does every text in another language than English.
 */
export function spoken(text: string, language = 'en'): string {
  if (language.toLowerCase().split('-')[0] !== 'en') return text;
  return spokenAmounts(spokenAddresses(text))
    .replace(TIME, (_, hour: string, minute: string, half?: string) => time(+hour, +minute, half))
    .replace(
      MEASURED,
      (_, amount: string, unit: string) => `${number(bare(amount))} ${UNITS[unit]![isOne(amount) ? 0 : 1]}`,
    )
    .replace(BARE, (amount) => number(bare(amount)))
    .replace(/ ?& ?/g, ' and ');
}

const bare = (amount: string): string => amount.replaceAll(',', '');
const isOne = (amount: string): boolean => Math.abs(Number(bare(amount).replace('−', '-'))) === 1;

function time(hour: number, minute: number, half: string | undefined): string {
  const suffix = half === undefined ? '' : ` ${half.toLowerCase()} m`;
  if (minute === 0) {
    if (suffix !== '') return `${wholeNumber(hour)}${suffix}`;
    return hour >= 1 && hour <= 12 ? `${wholeNumber(hour)} o'clock` : `${wholeNumber(hour)} hundred hours`;
  }
  const minutes = minute < 10 ? `oh ${wholeNumber(minute)}` : wholeNumber(minute);
  return `${wholeNumber(hour)} ${minutes}${suffix}`;
}
