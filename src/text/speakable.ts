/** Longest text of one `Say` that is spoken, about ten minutes; the rest is left out. */
const MAX_CHARACTERS = 10_000;

/**
 * Text without what a voice would stumble over or read aloud by name: emoji ("smiling face with horns"), control
 * characters, markup, letters of other scripts ("chinese letter"), and espeak's own `[[phonemes]]`. Line ends are
 * kept as such, since they end a sentence. Empty where nothing is left to be spoken.
 */
export const speakable = (text: string): string => {
  const clean = text
    .slice(0, MAX_CHARACTERS)
    .normalize('NFC')
    .replace(/\r\n?|[\u2028\u2029\u0085\v\f]/g, '\n')
    .replace(/\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|[\uFE0E\uFE0F\u20E3]/gu, ' ')
    // Formats first (soft hyphens, joiners, direction marks): they may stand inside a word.
    .replace(/\p{Cf}|\p{Cs}|\p{Co}|\p{Cn}/gu, '')
    .replace(/(?!\n)\p{Cc}/gu, ' ')
    .replace(/[‘’‛ʼ]/g, "'")
    .replace(/[[\]{}<>*_`~^|\\#=]/g, ' ')
    .replace(/(?=\p{L})\P{Script=Latin}/gu, ' ')
    // "nooooo" and "!!!!!" say no more than three of them.
    .replace(/([^\d\s])\1{3,}/gu, '$1$1$1')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
    .trim();
  return /[\p{L}\p{N}]/u.test(clean) ? clean : '';
};
