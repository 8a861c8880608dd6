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
  /** Change nothing at either end of a sentence. */
  readonly courtesies: readonly string[];
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
  courtesies: ['please', 'thank you', 'thanks', 'now', 'okay', 'ok', 'would you', 'will you', 'you demon', 'demon'],
};

const BY_LANGUAGE: Readonly<Record<string, Phrases>> = { en: ENGLISH };

/** The phrases of a language, English where it is not known yet. */
export const phrasesOf = (language: string): Phrases => BY_LANGUAGE[language.toLowerCase().split('-')[0]!] ?? ENGLISH;
