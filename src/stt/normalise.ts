import { numberWords, ordinalWords, timeWords, yearWords } from './number-words.js';

/**
 * Text as every recogniser of this program gives it, so that two can be compared and a grammar needs one spelling:
 * lower case English words of a–z with inner apostrophes, one space between them, numbers in words. This is how Vosk
 * writes by itself; Moonshine writes "Set it to 45%." and becomes "set it to forty five percent".
 */
export const normalise = (text: string): string =>
  text
    .toLowerCase()
    // What a model says about the sound, not what was said.
    .replace(/\[[^\]]*\]|\([^)]*\)|<[^>]*>/g, ' ')
    .replace(/[‘’`]/g, "'")
    .replace(/\$\s?(\d[\d,.]*\d|\d)/g, (_, amount) => `${amount} ${amount === '1' ? 'dollar' : 'dollars'}`)
    .replace(/(\d),(?=\d{3}(?!\d))/g, '$1')
    .replace(/(\d)\s?°\s?([cf])?(?![a-z])/g, (_, digit, scale) => `${digit} degrees${scale ? SCALES[scale] : ''}`)
    .replace(/\b(\d{1,2}):(\d\d)\b/g, (_, hour, minute) => timeWords(hour, minute))
    .replace(
      /(\d)\s?([ap])\.?m\b\.?|\b([ap])\.m\b\.?/g,
      (_, digit = '', one = '', two = '') => `${digit} ${one}${two} m`,
    )
    .replace(/(?<![\w-])-(?=\d)/g, ' minus ')
    .replace(/(\d+)\.(\d+)/g, (_, whole, part) => `${numberWords(whole)} point ${digitWords(part)}`)
    .replace(/\b(\d+)(?:st|nd|rd|th)\b/g, (_, digits) => ` ${ordinalWords(digits)} `)
    .replace(/\b\d{4}\b/g, (digits) => ` ${yearWords(digits)} `)
    .replace(/\d+/g, (digits) => ` ${numberWords(digits)} `)
    .replace(/%/g, ' percent ')
    .replace(/&/g, ' and ')
    .replace(/\+/g, ' plus ')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z']+/g, ' ')
    .replace(/(?<![a-z])'+|'+(?![a-z])/g, '')
    .replace(/\bok\b/g, 'okay')
    .replace(/ +/g, ' ')
    .trim();

const SCALES: Readonly<Record<string, string>> = { c: ' celsius', f: ' fahrenheit' };

const digitWords = (digits: string): string => Array.from(digits, numberWords).join(' ');
