/** Takes text in pieces and gives out what may be spoken of it, as early as can be known. */
export interface TextFilter {
  take(piece: string): string;
  /** The rest, at the end. */
  end(): string;
}

const OPEN = '<think>';
const CLOSE = '</think>';

/** How much of the end of `text` may be the beginning of `tag`. */
const overlap = (text: string, tag: string): number => {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length--) {
    if (tag.startsWith(text.slice(-length))) return length;
  }
  return 0;
};

/**
 * Leaves out what a reasoning model thinks aloud, `<think>…</think>`. Some templates open the thought themselves, so
 * that only its end arrives: then the tag alone is left out, for the thought has been let through by then.
 */
export const hideThoughts = (): TextFilter => {
  let kept = '';
  let thinking = false;
  const run = (final: boolean): string => {
    let out = '';
    for (;;) {
      const tag = thinking ? CLOSE : kept.includes(CLOSE) && !kept.includes(OPEN) ? CLOSE : OPEN;
      const at = kept.indexOf(tag);
      if (at < 0) break;
      if (!thinking) out += kept.slice(0, at);
      kept = kept.slice(at + tag.length);
      thinking = tag === OPEN;
    }
    const hold = final ? 0 : Math.max(overlap(kept, OPEN), overlap(kept, CLOSE));
    if (!thinking) out += kept.slice(0, kept.length - hold);
    kept = kept.slice(kept.length - hold);
    return out;
  };
  return {
    take(piece) {
      kept += piece;
      return run(false);
    },
    end: () => run(true),
  };
};

const WORD = /[\p{L}\p{N}'’]+/gu;
const wordsOf = (text: string): string[] => text.toLowerCase().match(WORD) ?? [];

/**
 * Leaves out `begin` where the model, asked to go on from it, begins with the same words again. Holds words back only
 * as long as they are the same.
 */
export const dropRepeat = (begin: string): TextFilter => {
  const said = wordsOf(begin);
  let held = '';
  let decided = said.length === 0;
  const give = (text: string): string => {
    decided = true;
    held = '';
    return text;
  };
  const decide = (final: boolean): string => {
    const heard = wordsOf(held);
    // The last word may still grow.
    const growing = !final && /[\p{L}\p{N}'’]$/u.test(held);
    const whole = heard.length - (growing ? 1 : 0);
    const same = heard.every((word, at) => {
      const other = said[at];
      return other === undefined || (at < whole ? word === other : other.startsWith(word));
    });
    if (!same || (final && whole < said.length)) return give(held);
    if (whole < said.length) return '';
    const last = [...held.matchAll(WORD)][said.length - 1]!;
    return give(held.slice(last.index + last[0].length).replace(/^[\s.,!?;:…–—-]+/, ''));
  };
  return {
    take(piece) {
      if (decided) return piece;
      held += piece;
      return decide(false);
    },
    end: () => (decided || held === '' ? '' : decide(true)),
  };
};

/** An answer begins with a word; what goes on from words that were spoken may begin with a blank. */
const fromFirstWord = (): TextFilter => {
  let begun = false;
  return {
    take(piece) {
      const text = begun ? piece : piece.trimStart();
      begun ||= text !== '';
      return text;
    },
    end: () => '',
  };
};

const chain = (filters: readonly TextFilter[]): TextFilter => ({
  take: (piece) => filters.reduce((text, filter) => filter.take(text), piece),
  end: () => filters.reduce((text, filter) => filter.take(text) + filter.end(), ''),
});

/** What may be spoken of a model's text, after `begin` has been spoken already. */
export const speakable = (begin = ''): TextFilter =>
  chain([hideThoughts(), ...(begin === '' ? [fromFirstWord()] : [dropRepeat(begin)])]);
