import type { Risk } from '../../stages.js';
import { endsIn } from './open-slots.js';
import type { Told } from './told.js';

/** Things that let somebody in, flood, burn or howl. All that is known of them here is what they are called. */
const GUARDED =
  /\b(?:un)?lock(?:s|ed)?\b|\bdoors?\b|\bgates?\b|\bgarage\b|\balarms?\b|\bsirens?\b|\bsecurity\b|\bsafe\b|\bvault\b|\bvalves?\b|\bboiler\b|\bgas\b|\bwater\b|\bsprinklers?\b|\bhatch\b|\boven\b|\bstove\b|\bcooker\b|\bhob\b|\bmower\b|\bheater\b|\bfireplace\b/;
/** "The garage light". */
const HARMLESS = new Set('light lights lamp lamps bulb lantern fan fans speaker tv television radio'.split(' '));
/** What can let somebody in, or switch something: a brightness cannot, and closing and locking make a house safer. */
const MOVES = new Set(['on', 'off', 'toggle', 'open', 'unlock', 'position']);

/** By words alone, so rather too often than too seldom. */
export function riskOf({ deed, targets }: Pick<Told, 'deed' | 'targets'>): Risk {
  if (deed === 'unlock') return 'guarded';
  if (!MOVES.has(deed)) return 'harmless';
  const isGuarded = targets.some(
    ({ name }) => name !== undefined && GUARDED.test(name.toLowerCase()) && !endsIn(name, HARMLESS),
  );
  if (isGuarded) return 'guarded';
  return targets.length > 1 || targets.some(({ floor }) => floor !== undefined) ? 'wide' : 'harmless';
}
