/** What the conversation knows of a language. The home's own grammar and the persona's words are elsewhere. */
export interface Phrases {
  /** Between two commands in one sentence. Global; the match is what lies between. */
  readonly connector: RegExp;
  /** Words that belong to the verb before them: "turn on", "turn the lamp off". */
  readonly particles: readonly string[];
  readonly yes: readonly string[];
  readonly no: readonly string[];
  /** Takes back what was just done, while the turn is still open. */
  readonly retract: readonly string[];
  /** Asks for the last reply once more. */
  readonly again: readonly string[];
  /** Change nothing at either end of a sentence. */
  readonly courtesies: readonly string[];
  /** How one asks which of several things is meant, and how that may be answered besides with its name. */
  readonly choice: {
    readonly list: (names: readonly string[]) => string;
    /** About such a list, where a persona has no line of its own. */
    readonly question: (names: string) => string;
    readonly ordinals: readonly string[];
    readonly all: readonly string[];
    /** Words that may surround the answer. */
    readonly around: readonly string[];
  };
}

const ENGLISH: Phrases = {
  connector: /\s*,\s*(?:(?:and|then|also)\s+)*|\s+(?:(?:and|then|also|plus)\s+)+/giu,
  particles: ['on', 'off', 'up', 'down'],
  yes: [
    'yes',
    'yeah',
    'yep',
    'yes i do',
    'yes do it',
    'do it',
    'confirm',
    'confirmed',
    'i confirm',
    'yes i confirm',
    'i am sure',
    'im sure',
    'yes im sure',
    'yes i am sure',
    'go ahead',
    'yes go ahead',
  ],
  no: [
    'no',
    'nope',
    'no thanks',
    'dont',
    'do not',
    'no dont',
    'cancel',
    'cancel that',
    'never mind',
    'stop',
    'wait',
    'forget it',
  ],
  retract: [
    'no',
    'no no',
    'no wait',
    'wait',
    'wait no',
    'no stop',
    'stop',
    'no dont',
    'dont',
    'cancel',
    'cancel that',
    'undo',
    'undo that',
    'never mind',
    'forget it',
    'not that',
    'not that one',
    'i changed my mind',
  ],
  again: [
    'what did you say',
    'what did you just say',
    'what was that',
    'repeat that',
    'repeat it',
    'repeat',
    'repeat yourself',
    'can you repeat that',
    'could you repeat that',
    'say that again',
    'say it again',
    'can you say that again',
    'could you say that again',
    'come again',
    'once more',
    'one more time',
    'pardon',
    'pardon me',
    'i beg your pardon',
    'i did not hear you',
    'i didnt hear you',
    'i did not hear that',
    'i didnt hear that',
    'i did not catch that',
    'i didnt catch that',
  ],
  courtesies: ['please', 'thank you', 'thanks', 'now', 'okay', 'ok', 'would you', 'will you', 'you demon', 'demon'],
  choice: {
    list: (names) => {
      const named = names.map((name) => `the ${name}`);
      return `${named.slice(0, -1).join(', ')} or ${named.at(-1)}`;
    },
    question: (names) => `Which one: ${names}?`,
    ordinals: ['first', 'second', 'third', 'fourth'],
    all: ['both', 'both of them', 'all', 'all of them', 'every one', 'every one of them'],
    around: 'a id in i is it its like mean meant my of one ones s that the there want was yes'.split(' '),
  },
};

const BY_LANGUAGE: Readonly<Record<string, Phrases>> = { en: ENGLISH };

/** The phrases of a language, English where it is not known yet. */
export const phrasesOf = (language: string): Phrases => BY_LANGUAGE[language.toLowerCase().split('-')[0]!] ?? ENGLISH;
