import type { Transcript } from '../stages.js';

export type Who = 'first' | 'second';

/**
 * What two recognisers of the same speech say together. A draft goes out as soon as one has it, and again with
 * `agreed` when the other has. Where they differ the more confident one is believed: with Vosk first and Moonshine
 * second that was right for 29 of 55 commands of synthetic voices (Vosk 17, Moonshine 20) and for 45 of 70 short
 * phrases of real ones (43 and 3). The final comes with the first one's, or with the second's where the first is lost.
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
    return [who === 'first' ? together(draft, other) : together(other, draft)];
  }

  #final(who: Who, final: Transcript): Transcript[] {
    this.#finished = final.segment;
    const other = who === 'first' ? this.#othersText(final) : undefined;
    return [other === undefined ? final : together(final, other)];
  }

  /** What the second has said of the same sound. */
  #othersText(final: Transcript): Transcript | undefined {
    if (this.#lost.has('second')) return undefined;
    if (this.#spare?.segment === final.segment) return this.#spare;
    const [first, second] = [this.#drafts.get('first'), this.#drafts.get('second')];
    const same = first !== undefined && second !== undefined && pauseOf(first) === pauseOf(second);
    return same ? second : undefined;
  }
}

/** The kind, pause, position and reading as a command are the first one's. */
const together = (first: Transcript, second: Transcript): Transcript => {
  if (first.text === second.text) return { ...first, agreed: true };
  const { confidence, engine, text } = second;
  // What the second hears freely and the first as a command is two for one, however sure the first is of its text.
  const agreed = text !== '' && text === first.asCommand;
  if (!agreed && sureness(second) <= sureness(first)) return { ...first, agreed };
  return { ...first, engine, text, agreed, ...(confidence === undefined ? {} : { confidence }) };
};

const sureness = ({ confidence = 0 }: Transcript): number => confidence;

const pauseOf = (draft: Transcript): number => draft.pause ?? 0;
