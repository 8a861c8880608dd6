import type { Transcript } from '../stages.js';

export type Who = 'first' | 'second';

interface Heard {
  readonly pause: number;
  readonly text: string;
}

/**
 * What two recognisers of the same speech say together. A draft goes out as soon as one has it, and again with
 * `agreed` when the other has. Where they differ the first one's text stands: it is the better one. The final is the
 * first one's; the second is listened to alone only where the first is lost.
 */
export class Agreement {
  readonly #lost = new Set<Who>();
  /** The last draft of each, of the segment `#segment`. */
  readonly #drafts = new Map<Who, Transcript>();
  #segment = Number.NEGATIVE_INFINITY;
  /** The second one's final, of use where the first fails to give one. */
  #spare: Transcript | undefined;
  #finished = Number.NEGATIVE_INFINITY;

  /** @returns what is to be said now. */
  take(who: Who, transcript: Transcript): Transcript[] {
    if (transcript.segment <= this.#finished) return [];
    if (transcript.segment > this.#segment) {
      this.#segment = transcript.segment;
      this.#drafts.clear();
    }
    const leads = who === 'first' || this.#lost.has('first');
    if (transcript.kind === 'partial') return leads ? [transcript] : [];
    if (transcript.kind === 'draft') return this.#draft(who, transcript);
    if (leads) return this.#final(who, transcript);
    this.#spare = transcript;
    return [];
  }

  /** One has failed: the other goes on alone. */
  lose(who: Who): Transcript[] {
    this.#lost.add(who);
    const spare = this.#spare;
    if (who === 'second' || spare === undefined || spare.segment <= this.#finished) return [];
    return this.#final('second', spare);
  }

  #draft(who: Who, draft: Transcript): Transcript[] {
    const other = this.#drafts.get(who === 'first' ? 'second' : 'first');
    // Speech has gone on since, and the other one has noticed first.
    if (other !== undefined && pauseOf(other) > pauseOf(draft)) return [];
    this.#drafts.set(who, draft);
    if (other === undefined || pauseOf(other) !== pauseOf(draft)) return [draft];
    return [{ ...(who === 'first' ? draft : other), agreed: other.text === draft.text }];
  }

  #final(who: Who, final: Transcript): Transcript[] {
    this.#finished = final.segment;
    const other: Who = who === 'first' ? 'second' : 'first';
    const said = this.#otherText(other, this.#drafts.get(who), final);
    return [said === undefined ? final : { ...final, agreed: said === final.text }];
  }

  #otherText(other: Who, draft: Transcript | undefined, final: Transcript): string | undefined {
    if (this.#lost.has(other)) return undefined;
    if (other === 'second' && this.#spare?.segment === final.segment) return this.#spare.text;
    const heard: Heard | undefined = this.#heard(other);
    return heard !== undefined && draft !== undefined && heard.pause === pauseOf(draft) ? heard.text : undefined;
  }

  #heard(who: Who): Heard | undefined {
    const draft = this.#drafts.get(who);
    return draft === undefined ? undefined : { pause: pauseOf(draft), text: draft.text };
  }
}

const pauseOf = (draft: Transcript): number => draft.pause ?? 0;
