import type { Clock } from '../clock.js';
import type { LinePicker } from '../persona/picker.js';
import type { Milliseconds } from '../units.js';
import type { HeldPicks } from './held-picks.js';
import { wordsOf } from './words.js';

/**
 * Lines that were prepared for what somebody was about to say, and not said: who hears for others prepares an answer that
 * is asked for only when the words come back as text.
 */
export interface LeftPicks {
  /** `text` is what was taken to be said; `lines` are those of its language, however that is written. */
  leave(lines: LinePicker, text: string, picks: HeldPicks): void;
  /** What was left for one of these texts, once. */
  take(lines: LinePicker, texts: readonly string[]): HeldPicks | undefined;
  /** They are going to be said. */
  withdraw(picks: HeldPicks): void;
}

/** Words that come back do so within a second or two. */
const KEPT_FOR: Milliseconds = 10_000;
/** As many people as talk at once in any house; the oldest give way. */
const MOST = 8;

export function createLeftPicks(clock: Clock): LeftPicks {
  const left = new Map<
    string,
    { readonly lines: LinePicker; readonly picks: HeldPicks; readonly until: Milliseconds }
  >();
  return {
    leave(lines, text, picks) {
      const words = wordsOf(text);
      left.delete(words);
      left.set(words, { lines, picks, until: clock.now() + KEPT_FOR });
      for (const oldest of [...left.keys()].slice(0, Math.max(0, left.size - MOST))) left.delete(oldest);
    },
    take(lines, texts) {
      for (const words of texts.map(wordsOf)) {
        const found = left.get(words);
        if (found?.lines !== lines) continue;
        left.delete(words);
        if (clock.now() <= found.until) return found.picks;
      }
      return undefined;
    },
    withdraw(picks) {
      for (const [words, one] of left) if (one.picks === picks) left.delete(words);
    },
  };
}
