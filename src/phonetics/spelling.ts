import { LETTER_TO_SOUND } from './letter-to-sound.js';
import type { Phoneme } from './phonemes.js';

interface Rule {
  readonly letters: string;
  readonly before: RegExp | undefined;
  readonly after: RegExp | undefined;
  readonly sounds: readonly Phoneme[];
}

const SILENT_E = '[bcdfgjklmnpqrstvwxz]e(s|d|r)?$';

const ruleOf = (line: string): Rule => {
  const [before = '-', letters = '', after = '-', ...sounds] = line.split(' ');
  return {
    letters,
    before: before === '-' ? undefined : new RegExp(`(?:${before})$`),
    after: after === '-' ? undefined : new RegExp(`^(?:${after === '+' ? SILENT_E : after})`),
    sounds: sounds as Phoneme[],
  };
};

const rulesByLetter = new Map<string, Rule[]>();
for (const line of LETTER_TO_SOUND.trim().split('\n')) {
  const rule = ruleOf(line);
  const letter = rule.letters.charAt(0);
  rulesByLetter.set(letter, [...(rulesByLetter.get(letter) ?? []), rule]);
}

/** Common words that the rules get wrong. */
const IRREGULAR: Readonly<Record<string, string>> = {
  a: 'AX',
  alexa: 'AX L EH K S AX',
  an: 'AX N',
  and: 'AX N D',
  are: 'AA R',
  area: 'EH R IY AX',
  as: 'AE Z',
  coffee: 'K AO F IY',
  closet: 'K L AA Z AX T',
  curtain: 'K ER T AX N',
  do: 'D UW',
  does: 'D AH Z',
  eye: 'AY',
  front: 'F R AH N T',
  garage: 'G AX R AA ZH',
  give: 'G IH V',
  has: 'HH AE Z',
  have: 'HH AE V',
  he: 'HH IY',
  heart: 'HH AA R T',
  his: 'HH IH Z',
  is: 'IH Z',
  live: 'L IH V',
  living: 'L IH V IH NG',
  machine: 'M AX SH IY N',
  mycroft: 'M AY K R AO F T',
  of: 'AH V',
  office: 'AO F AX S',
  one: 'W AH N',
  put: 'P UH T',
  radio: 'R EY D IY OW',
  said: 'S EH D',
  says: 'S EH Z',
  she: 'SH IY',
  some: 'S AH M',
  television: 'T EH L AX V IH ZH AX N',
  the: 'DH AX',
  thermostat: 'TH ER M AX S T AE T',
  to: 'T UW',
  two: 'T UW',
  was: 'W AH Z',
  what: 'W AH T',
  who: 'HH UW',
};

const translate = (word: string): Phoneme[] => {
  if (Object.hasOwn(IRREGULAR, word)) return IRREGULAR[word]!.split(' ') as Phoneme[];
  const sounds: Phoneme[] = [];
  let at = 0;
  while (at < word.length) {
    const before = word.slice(0, at);
    const rule = rulesByLetter
      .get(word.charAt(at))
      ?.find(
        (candidate) =>
          word.startsWith(candidate.letters, at) &&
          (candidate.before?.test(before) ?? true) &&
          (candidate.after?.test(word.slice(at + candidate.letters.length)) ?? true),
      );
    if (rule) sounds.push(...rule.sounds);
    at += rule?.letters.length ?? 1;
  }
  return sounds;
};

/** Far more than a house's names and an evening's talk have words; at the bound everything is forgotten and learnt again. */
const REMEMBERED = 4096;
const remembered = new Map<string, readonly Phoneme[]>();
/** No English word is longer: bounds the work for a hostile text. */
const LONGEST_WORD = 48;

/** About how a word of lower-case letters is pronounced. Letters it does not know are silent; never throws. */
export const soundsOfWord = (word: string): readonly Phoneme[] => {
  const known = remembered.get(word);
  if (known !== undefined) return known;
  const sounds = translate(word.slice(0, LONGEST_WORD));
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(word, sounds);
  return sounds;
};

/** The words of a text in lower case, without punctuation. */
const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .replace(/['’]/g, '')
    .match(/[\p{L}\p{N}]+/gu) ?? [];

/** About how a text is pronounced. */
export const soundsOf = (text: string): readonly Phoneme[] => wordsOf(text).flatMap((word) => soundsOfWord(word));
