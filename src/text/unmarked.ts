/** Takes the form of written text out of sentences as they come. */
export interface Unmarked {
  /** What is to be spoken of a sentence; empty where that is nothing. */
  take(sentence: string): string;
  /** What was held back: what looked like the number of a list, and nothing followed it. */
  end(): string;
}

/** What an actor does rather than says. */
const ACTED = new RegExp(
  `^(?:${[
    'sigh laugh chuckle cackle grin smirk smile sneer scoff snort snarl growl groan moan hiss whisper mutter mumble',
    'pause yawn cough shrug nod bow wave glare stare lean gesture gasp giggle snicker roar frown wink blink roll raise',
    'clear point look turn tilt shake rub tap drum fold cross inhale exhale hum purr evil dark dramatic sinister',
  ]
    .join(' ')
    .split(' ')
    .map((verb) => `${verb}(?:s|es|ing|ed|ly)?`)
    .join('|')})(?![\\p{L}'’])`,
  'iu',
);
const LONGEST_DIRECTION = 12;
const isDirection = (text: string): boolean =>
  ACTED.test(text.trim()) && text.trim().split(/\s+/).length <= LONGEST_DIRECTION;

const FENCE = /(?:```|~~~)[^\n`]*/;
const RULE = /^\s*(?:[-*_=] ?){3,}\s*$/gm;
const ITEM_NUMBER = /^\s*\(?(\d{1,2})[.)]\s*$/;

/**
 * For text that a language model writes as if it were read: markdown, code, emoji, tags, stage directions, and the name
 * of the speaker at the beginning. Words in emphasis stay. Remembers across sentences only whether code or a direction is open.
 * @param speaker who speaks, as models write it before what is said.
 */
export const unmarked = (speaker = ''): Unmarked => {
  let inCode = false;
  let acting = false;
  let first = true;
  let held = '';
  const names = ['assistant', 'demon', 'ai', 'answer', ...(speaker === '' ? [] : [escaped(speaker)])].join('|');
  const role = new RegExp(`^\\s*[*_["']*(?:${names})[*_\\]]*\\s*:[*_]*\\s*`, 'iu');

  const withoutCode = (text: string): string => {
    const parts = text.split(FENCE);
    const kept = parts.filter((_, at) => inCode === (at % 2 === 1));
    if (parts.length % 2 === 0) inCode = !inCode;
    return kept.join(' ');
  };

  /** A direction that goes on into the next sentences has one star in this one. */
  const withoutActing = (text: string): string => {
    let rest = text;
    if (acting) {
      const end = rest.indexOf('*');
      if (end < 0) return '';
      acting = false;
      rest = rest.slice(end + 1);
    }
    rest = rest
      .replace(/(?<!\*)\*([^*\n]+)\*(?!\*)/g, (_, inside: string) => (isDirection(inside) ? ' ' : inside))
      .replace(/[([]([^()[\]\n]+)[)\]]/g, (whole, inside: string) => (isDirection(inside) ? ' ' : whole));
    const open = rest.indexOf('*');
    if (open >= 0 && isDirection(rest.slice(open + 1))) {
      acting = true;
      rest = rest.slice(0, open);
    }
    return rest;
  };

  return {
    take(sentence) {
      let text = withoutCode(sentence);
      if (first) text = text.replace(role, '');
      text = text
        .replace(RULE, ' ')
        .replace(/!?\[([^\]]*)\]\([^)\s]*\)/g, '$1')
        .replace(/^\s*(?:#{1,6}\s+|>\s+|[-*•–]\s+)/, '')
        .replace(/<\/?[a-z][^<>]*>/gi, ' ')
        .replace(/(\*\*|__|~~)(?=\S)(.*?)\1/g, '$2')
        .replace(/\*\*|__|`/g, '')
        // What a program would read: data, and calls that were written out.
        .replace(/\b[a-z]+(?:_[a-z]+)+\([^)]*\)/g, ' ');
      for (let before = ''; before !== text; ) {
        before = text;
        text = text.replace(/\{[^{}]*\}|\[[^[\]]*["{][^[\]]*\]/g, ' ');
      }
      if (/^\s*[{}[\]]/.test(text)) return '';
      text = withoutActing(text)
        .replace(/[*|{}<>#~[\]\\]|(?<!\p{L})_|_(?!\p{L})/gu, ' ')
        .replace(/_/g, ' ')
        .replace(/\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|[\u200d\uFE0E\uFE0F\u20E3]/gu, '')
        .replace(/\s+/g, ' ')
        .replace(/ (?=[.,!?;:])/g, '')
        .trim();
      if (!/[\p{L}\p{N}]/u.test(text)) return '';
      first = false;
      held = ITEM_NUMBER.test(text) ? text : '';
      return held === '' ? text.replace(/^\(?\d{1,2}[.)]\s+(?=\p{Lu})/u, '') : '';
    },
    end: () => held,
  };
};

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
