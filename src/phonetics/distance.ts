import { isNasal, omission, type Phoneme, substitution } from './phonemes.js';
import { soundsOf } from './spelling.js';

/** Before a nasal, American English raises "a" towards "ay": "lamp" and "lane" come near each other (Labov, Ash & Boberg 2006). */
const RAISED = 0.25;
/** "tr" and "dr" are said "chr" and "jr". */
const AFFRICATED = 0.2;

const exchange = (a: readonly Phoneme[], i: number, b: readonly Phoneme[], j: number): number => {
  const [x, y] = [a[i]!, b[j]!];
  if (x === y) return 0;
  const cost = substitution(x, y);
  const raised = (x === 'AE' && y === 'EY') || (x === 'EY' && y === 'AE');
  if (raised && isNasal(a[i + 1]) && isNasal(b[j + 1])) return Math.min(cost, RAISED);
  const chr = (x === 'T' || x === 'D') && a[i + 1] === 'R' && (y === 'CH' || y === 'JH');
  const rhc = (y === 'T' || y === 'D') && b[j + 1] === 'R' && (x === 'CH' || x === 'JH');
  return chr || rhc ? Math.min(cost, AFFRICATED) : cost;
};

const left = (sounds: readonly Phoneme[], i: number): number => omission(sounds[i]!, sounds[i - 1], sounds[i + 1]);

/**
 * How different two rows of sounds are: weighted edit distance (Wagner & Fischer, JACM 21, 1974) over the length of
 * the longer. 0 is the same, 1 has nothing in common. Beyond `limit` it may give up early, and says 1.
 */
export const distanceOfSounds = (a: readonly Phoneme[], b: readonly Phoneme[], limit = 1): number => {
  const longest = Math.max(a.length, b.length);
  if (longest === 0) return 0;
  let row = new Float64Array(b.length + 1);
  let next = new Float64Array(b.length + 1);
  for (let j = 0; j < b.length; j++) row[j + 1] = row[j]! + left(b, j);
  for (let i = 0; i < a.length; i++) {
    const lost = left(a, i);
    next[0] = row[0]! + lost;
    let least = next[0];
    for (let j = 0; j < b.length; j++) {
      const cost = Math.min(row[j + 1]! + lost, next[j]! + left(b, j), row[j]! + exchange(a, i, b, j));
      next[j + 1] = cost;
      if (cost < least) least = cost;
    }
    if (least > limit * longest) return 1;
    [row, next] = [next, row];
  }
  return Math.min(1, row[b.length]! / longest);
};

/**
 * How different two texts sound, 0 (alike) … 1 (nothing in common), whatever their spelling: "living room lane" is
 * 0.05 from "living room lamp". Symmetric. English only.
 */
export const soundDistance = (a: string, b: string): number => distanceOfSounds(soundsOf(a), soundsOf(b));
