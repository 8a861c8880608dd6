import type { Calls } from './calls.js';
import { CALL } from './calls.js';
import { type Ending, trimmer } from './trim.js';
import type { AnswerItem } from './wire.js';

/** Parts a model's words into talk and calls as they come. */
export interface Spoken {
  push(piece: string): { readonly items: readonly AnswerItem[]; readonly done?: Ending };
  /** The model has ended. */
  end(): readonly AnswerItem[];
  /** Whether what was given out so far ends with a sentence. */
  readonly atSentenceEnd: boolean;
}

/** @param begun the answer goes on from given words. */
export const spoken = (calls: Calls | undefined, sentences: number, begun: boolean): Spoken => {
  const trim = trimmer(sentences, begun);
  /** Its first mark tells; the grammar admits nothing but blanks before it. */
  let kind: 'talk' | 'calls' | undefined = calls ? undefined : 'talk';
  /** What has not been parted yet. */
  let rest = '';
  let last = '';
  const talk = (text: string): readonly AnswerItem[] => {
    if (text !== '') last = text;
    return text === '' ? [] : [{ kind: 'text', text }];
  };
  const callIn = (line: string): readonly AnswerItem[] => {
    const written = line.trim();
    return calls && written.startsWith(CALL) ? [{ kind: 'call', call: calls.read(written.slice(CALL.length)) }] : [];
  };
  return {
    push(piece) {
      rest += piece;
      if (kind === undefined && rest.trim() !== '') kind = rest.trimStart().startsWith(CALL) ? 'calls' : 'talk';
      if (kind === undefined) return { items: [] };
      if (kind === 'calls') {
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        return { items: lines.flatMap(callIn) };
      }
      const { done, text } = trim.push(rest);
      rest = '';
      return done === undefined ? { items: talk(text) } : { items: talk(text), done };
    },
    end: () => (kind === 'calls' ? callIn(rest) : talk(trim.end())),
    get atSentenceEnd() {
      return /[.!?…]["'”’)]*\s*$/.test(last);
    },
  };
};
