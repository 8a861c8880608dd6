import { distanceOfSounds } from './distance.js';
import { soundsOf } from './spelling.js';

/** The whole phrase may be this far off: "hey travis" is 0.2 from "hey jarvis". */
const WHOLE = 0.24;
/** Its last word alone has to be nearer, as a command's first words are as short. */
const LAST = 0.14;

/**
 * Takes the wake word off the front of a transcript: "a jarvis turn on the lamp" → "turn on the lamp". `phrase` is the
 * word as it is spoken, `hey jarvis` (an underscore counts as a space). Its beginning may have been cut off, as
 * detectors of wake words begin late. A transcript that does not begin with it comes back as it is; one that has
 * nothing else comes back empty.
 */
export const stripWakeWord = (text: string, phrase: string): string => {
  const words = text.trim().split(/\s+/).filter(Boolean);
  const spoken = phrase
    .toLowerCase()
    .split(/[\s_]+/)
    .filter(Boolean);
  const whole = soundsOf(spoken.join(' '));
  if (whole.length === 0) return text;
  const last = spoken.length > 1 ? soundsOf(spoken.at(-1)!) : undefined;
  let best = { margin: 0, taken: 0 };
  for (let taken = 1; taken <= Math.min(words.length, spoken.length + 2); taken++) {
    const heard = soundsOf(words.slice(0, taken).join(' '));
    const margin = Math.max(
      WHOLE - distanceOfSounds(heard, whole),
      last === undefined ? -1 : LAST - distanceOfSounds(heard, last),
    );
    if (margin > best.margin) best = { margin, taken };
  }
  return best.taken === 0 ? text : words.slice(best.taken).join(' ');
};
