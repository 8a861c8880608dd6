import { wordsOf } from '../words.js';
import type { Fact } from './facts.js';

/** What a sentence is held against. */
export interface Known {
  readonly language: string;
  /** What things and rooms are called. */
  readonly names: readonly string[];
  /** What the model was told, from the house itself. */
  readonly facts: readonly Fact[];
}

const DONE =
  'turned|switched|lit|dimmed|brightened|opened|closed|shut|locked|unlocked|unbarred|barred|sealed|unsealed|set|started|stopped|paused|raised|lowered|activated|deactivated|armed|disarmed|added|removed|adjusted|changed|enabled|disabled|silenced|muted|cancelled|canceled|scheduled|warmed|cooled|heated|extinguished|put|powered|ordered|called|sent|awakened|woken|roused|doused';
const DO =
  'turn|switch|light|dim|brighten|open|close|shut|lock|unlock|unbar|seal|unseal|set|start|stop|pause|raise|lower|activate|deactivate|arm|disarm|add|remove|adjust|change|enable|disable|silence|mute|cancel|schedule|warm|cool|heat|extinguish|put|power|order|call|send|rouse|douse';
const DOING =
  'turning|switching|lighting|dimming|brightening|opening|closing|shutting|locking|unlocking|unbarring|sealing|unsealing|setting|starting|stopping|pausing|raising|lowering|activating|deactivating|arming|disarming|adding|removing|adjusting|changing|enabling|disabling|silencing|muting|cancelling|canceling|scheduling|warming|cooling|heating|extinguishing|putting|powering|ordering|calling|sending|rousing|dousing';
const THING =
  'lights?|lamps?|bulbs?|doors?|locks?|gates?|garage|blinds?|curtains?|shutters?|shades?|heating|heater|radiators?|thermostat|temperature|air conditioning|fans?|alarms?|sirens?|timers?|reminders?|music|tv|television|speakers?|volume|switch(?:es)?|plugs?|sockets?|oven|stove|kettle|vacuum|robot|windows?|scenes?|devices?|everything';
const OTHERS = 'songs?|coffee|house|room|list|police|ambulance|doctor|it|that|them|those|these|all';
const STATE =
  'on|off|open|opened|closed|shut|locked|unlocked|bolted|secured?|lit|dimmed|armed|disarmed|set|running|playing|paused|stopped|started|activated|deactivated|muted|unbarred|sealed|unsealed';
const BEING =
  "(?:(?:is|are|was|were|has|have|stands?|remains?|has been|have been|should be|will be|should now be|gets?)\\b|['’]s)(?:\\s(?:now|already|finally|all|still|been|currently|not|being))*";

const MENTIONED = new RegExp(`\\b(?:${THING}|${OTHERS})\\b`, 'i');
const ACTIVE = [
  `\\b(?:I|we)(?:['’]ve| have| had| did)?(?: just| already| now| gladly| hereby)* (?:${DONE})\\b`,
  `\\b(?:I|we)(?:['’]ll| will| shall| am going to| now| hereby)+(?: now| gladly)? (?:${DO})\\b`,
  `(?:\\b(?:I|we)(?: am| are|['’]m|['’]re)(?: now)?|^(?:now|very well|fine|yes|certainly)?,?) ?\\b(?:${DOING})\\b`,
].map((pattern) => new RegExp(pattern, 'i'));
const PASSIVE = [
  `\\b(?:${THING}) ${BEING}\\s(?:${DONE}|${STATE})\\b`,
  // "It is on the moon" is no state.
  `\\b(?:it|that|they|all)(?: |(?=['’]s))${BEING}\\s(?:${DONE}|${STATE})(?= now\\b|[.,;!]|$)`,
].map((pattern) => new RegExp(pattern, 'i'));
const CLIPPED = new RegExp(
  `^(?:the |your )?(?:[\\p{L}' ]{0,30}\\b)?(?:${THING})\\b[\\p{L} ]{0,20}\\b(?:${STATE}|${DONE})(?: (?:for|to|at|in|until) [^.?!]*)?[.!]?$`,
  'iu',
);
const BARE =
  /^(?:(?:it|that|this|all)(?: is|['’]s| has been)? (?:now )?|consider it |there,? |very well,? |and )?(?:done|granted|accomplished|fulfilled|completed)\b|\byour (?:will|wish|bidding|command) (?:is|has been) \w+|\bas you (?:command|wish|ordered|asked)\b|^so be it\b|\blet there be (?:light|dark)|^(?:open|click|unlock(?:ed)?|access granted)[.!]?$/i;
/** Before the verb, in its own clause. */
const UNREAL = /\b(?:never|not|nothing|cannot|\w+n['’]t|would|could|might|may|if|when|whether|neither|nor)\b/i;
const LONG_AGO = /\b(?:once|centur\w+|years? ago|long ago|ages ago|in my youth)\b/i;
const CONDITION = /\b(?:if|when|whether|unless|until|would|could|might|may)\b/i;
const MEASURED = /(\d+(?:\.\d+)?)\s?(?:°|%|degrees\b|percent\b)/gi;
const READINGS = /\b(?:temperature|humidity|battery|inside|outside|in here|indoors|outdoors)\b/i;

/**
 * Whether a sentence claims that something in the house was done, is being done or is so, where nobody has told the model
 * that. A model that has done nothing says that it has, more often than not; what is claimed has to come from an outcome.
 * Errs on the side of silence. Of a language whose words for deeds it does not know, every sentence that names something
 * of the house is taken for a claim.
 */
export function isUnfounded(sentence: string, { facts, language, names }: Known): boolean {
  const text = sentence.replace(/\s+/g, ' ').trim();
  const words = ` ${wordsOf(text)} `;
  const named = names.some((name) => name.length > 2 && words.includes(` ${wordsOf(name)} `));
  if (language.toLowerCase().split('-')[0] !== 'en') return named;
  if (BARE.test(text)) return true;
  if (
    (named || MENTIONED.test(text)) &&
    !LONG_AGO.test(text) &&
    ACTIVE.some((pattern) => isMeant(text, pattern, UNREAL))
  ) {
    return true;
  }
  if ((named || READINGS.test(text)) && [...text.matchAll(MEASURED)].some(([, value]) => !isRead(value!, facts))) {
    return true;
  }
  const about = withNamesAsThings(text, names);
  const isState = CLIPPED.test(about) || PASSIVE.some((pattern) => isMeant(about, pattern, CONDITION));
  return isState && !isKnown(text, facts);
}

/** Whether the pattern is in the text, and nothing in its clause before it takes it back. */
const isMeant = (text: string, pattern: RegExp, unreal: RegExp): boolean => {
  const found = pattern.exec(text);
  if (found === null) return false;
  const clause = text
    .slice(0, found.index + found[0].length)
    .split(/[,;:–—]\s|\s-\s/)
    .at(-1)!;
  return !unreal.test(clause);
};

const isRead = (value: string, facts: readonly Fact[]): boolean =>
  facts.some(({ state }) => [...state.matchAll(/\d+(?:\.\d+)?/g)].some(([read]) => Number(read) === Number(value)));

/** A house's own names in the place of its things, so that "Hauptlicht is on" is one more sentence about a lamp. */
const withNamesAsThings = (text: string, names: readonly string[]): string => {
  let result = text;
  for (const name of names) {
    const at = name.length > 2 ? result.toLowerCase().indexOf(name.toLowerCase()) : -1;
    if (at >= 0) result = `${result.slice(0, at)}lamp${result.slice(at + name.length)}`;
  }
  return result;
};

/** Whether the sentence says of a thing what the house says of it. */
const isKnown = (text: string, facts: readonly Fact[]): boolean => {
  const words = wordsOf(text).split(' ');
  const negated = words.some((word) => /^(?:not|isnt|arent|never|no)$/.test(word));
  const spokenOf = facts.filter(({ names }) =>
    names.some((name) =>
      wordsOf(name)
        .split(' ')
        .every((word) => words.includes(word)),
    ),
  );
  // "It is open", of the one thing that was spoken of.
  const isPronoun = facts.length === 1 && /^(?:it|that)(?:s|$)/.test(words[0] ?? '');
  const about = spokenOf.length > 0 ? spokenOf : isPronoun ? facts : [];
  if (about.length === 0 || negated) return false;
  const states = new Set(about.map(({ state }) => /^\w+/.exec(state)?.[0]?.toLowerCase() ?? ''));
  const claimed = words.filter((word) => OPPOSITES.includes(word));
  return claimed.length > 0 && claimed.every((word) => states.has(word));
};

const OPPOSITES = ['on', 'off', 'open', 'closed', 'locked', 'unlocked', 'playing', 'paused', 'armed', 'disarmed'];
