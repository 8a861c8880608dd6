/** Runs in a process of its own: an assertion of Kaldi ends the process it happens in. */
import { serve } from '../engines/serve.js';
import { Fault } from '../faults.js';
import { CAPTURE_RATE, type Samples, toSamples } from '../units.js';
import type { Spoken } from './hearing.js';
import { openVoskLibrary } from './vosk-library.js';
import { expectedOf, partialOf, spokenOf } from './vosk-result.js';

export interface VoskInit {
  readonly library: string;
  readonly model: string;
  readonly expect?: readonly string[];
  readonly warmUp: readonly Float32Array[];
}

/** Recognitions at once, at most. Each costs memory, and two cores are busy with two of them. */
const MOST_AT_ONCE = 4;
/** Ready for the next: one for a turn, and one more for a second that overlaps. */
const KEPT = 2;
/**
 * The native calls are always of this size, whatever arrives: Kaldi's adaptation depends on where calls begin, and so
 * the text would depend on the sender's blocks (4 of 100 commands differed).
 */
const PIECE: Samples = toSamples(40);
/**
 * A recogniser keeps the part of the search graph that it has visited: the next command costs a fifth of the first,
 * and each minute of different speech about 10 MB. So it is kept, and replaced after this much sound.
 */
const WORN_OUT: Samples = 300 * CAPTURE_RATE;
/**
 * Silence put before each utterance: Kaldi's first frames miss their context else. With a voice that sets in at once
 * the first word was right in 63 of 100 commands without it, in 75 with it, and whole commands in 54 and 63; where there
 * is recorded silence before the voice it changes nothing. (Silence put after the last word does not pay: 61 and 61.)
 */
const LEAD = new Float32Array(toSamples(300));
/** Vosk takes samples on the scale of 16 bits. */
const SCALE = 32_768;

interface Recogniser {
  /** Hears any text. */
  readonly free: unknown;
  /** Hears the same sound, and knows only what is expected. Takes long to make: not while somebody speaks. */
  readonly expecting: unknown;
  readonly piece: Float32Array;
  /** Samples in `piece`. */
  filled: Samples;
  decoded: Samples;
  /** Which list of expected sentences it was made with. */
  readonly edition: number;
  /** Has heard something since it began. */
  begun: boolean;
  /** Settles when the last call made has returned: overlapping calls on one recogniser abort the process. */
  turn: Promise<unknown>;
}

/** Phrases of words that the model knows: Vosk leaves an unknown one out, and would expect its neighbours side by side. */
const withoutUnknown = (phrases: readonly string[], knows: (word: string) => boolean): readonly string[] => {
  const words = new Map<string, boolean>([['[unk]', true]]);
  const isKnown = (word: string): boolean => {
    const known = words.get(word) ?? knows(word);
    words.set(word, known);
    return known;
  };
  return phrases.filter((phrase) => phrase.split(' ').every(isKnown));
};

serve(async ({ expect: wanted, library: path, model: folder, warmUp }: VoskInit) => {
  const library = openVoskLibrary(path);
  const model = await library.loadModel(folder);
  const known = (phrases: readonly string[]): readonly string[] =>
    withoutUnknown(phrases, (word) => library.knows(model, word));
  let expect = wanted && known(wanted);
  /** Counts the lists of expected sentences. */
  let edition = 0;
  const idle: Recogniser[] = [];
  const open = new Map<number, Recogniser>();
  let lastId = 0;

  const create = async (expected: readonly string[] | undefined): Promise<Recogniser> => ({
    free: await library.newRecogniser(model),
    expecting: expected && (await library.newRecogniser(model, expected)),
    edition,
    piece: new Float32Array(PIECE),
    filled: 0,
    decoded: 0,
    begun: false,
    turn: Promise.resolve(),
  });

  /** Both at once, each on a thread of its own. */
  const decode = async ({ expecting, free }: Recogniser, samples: Float32Array, count: number): Promise<void> => {
    const both = [library.accept(free, samples, count)];
    if (expecting) both.push(library.accept(expecting, samples, count));
    // Both have to have returned before either is called again.
    for (const result of await Promise.allSettled(both)) if (result.status === 'rejected') throw result.reason;
  };

  const accept = async (recogniser: Recogniser, samples: Float32Array): Promise<void> => {
    for (const sample of samples) {
      recogniser.piece[recogniser.filled] = sample * SCALE;
      recogniser.filled += 1;
      if (recogniser.filled === PIECE) await flush(recogniser);
    }
  };

  const flush = async (recogniser: Recogniser): Promise<void> => {
    if (recogniser.filled === 0) return;
    if (!recogniser.begun) await decode(recogniser, LEAD, LEAD.length);
    recogniser.begun = true;
    recogniser.decoded += recogniser.filled;
    const count = recogniser.filled;
    recogniser.filled = 0;
    await decode(recogniser, recogniser.piece, count);
  };

  const finish = async (recogniser: Recogniser): Promise<Spoken> => {
    await flush(recogniser);
    const { begun, expecting, free } = recogniser;
    if (!begun) return { text: '', ...(expecting ? { asCommand: '' } : {}) };
    recogniser.begun = false;
    const [heard, expected] = await Promise.all([
      library.finish(free),
      expecting ? library.finish(expecting) : undefined,
    ]);
    return { ...spokenOf(heard), ...(expected === undefined ? {} : { asCommand: expectedOf(expected) }) };
  };

  const warm = async (recogniser: Recogniser): Promise<Recogniser> => {
    for (const samples of warmUp) {
      await accept(recogniser, samples);
      await finish(recogniser);
    }
    return recogniser;
  };

  /** Runs `work` after what was asked of this recogniser before. */
  const inTurn = <T>(id: number, work: (recogniser: Recogniser) => Promise<T>): Promise<T> => {
    const recogniser = open.get(id);
    if (recogniser === undefined) throw new Fault('internal', 'This recognition has ended');
    const result = recogniser.turn.then(() => work(recogniser));
    recogniser.turn = result.catch(() => {});
    return result;
  };

  const putBack = async (recogniser: Recogniser): Promise<void> => {
    recogniser.filled = 0;
    if (recogniser.begun) await finish(recogniser);
    const complete = (recogniser.expecting === undefined) === (expect === undefined) && recogniser.edition === edition;
    if (complete && recogniser.decoded < WORN_OUT && idle.length < KEPT) {
      idle.push(recogniser);
      return;
    }
    discard(recogniser);
    if (idle.length === 0) void replace();
  };

  const discard = ({ expecting, free }: Recogniser): void => {
    library.free(free);
    if (expecting) library.free(expecting);
  };

  /** Makes a new one for the next speaker. If it fails, the next speaker's own attempt says why. */
  const replace = async (): Promise<void> => {
    try {
      idle.push(await create(expect).then(warm));
    } catch {
      // Told when somebody speaks.
    }
  };

  /** Recognisers on their way back: ready in a moment, unlike a new one. */
  const returning = new Set<Promise<void>>();

  const first = await create(expect);
  // Whoever asks for it meanwhile waits for its turn.
  first.turn = warm(first).catch(() => {});
  idle.push(first);
  return {
    methods: {
      open: async (): Promise<number> => {
        if (open.size >= MOST_AT_ONCE) {
          throw new Fault('busy', `${MOST_AT_ONCE} people are being listened to already`, { retry: true });
        }
        lastId += 1;
        const id = lastId;
        if (idle.length === 0) await Promise.allSettled(returning);
        const waiting = idle.pop();
        // One more who speaks at the same time does not wait for what takes long to make.
        open.set(id, waiting ?? (await create(undefined)));
        return id;
      },
      /** Returns the text so far. */
      accept: ({ id, samples }: { id: number; samples: Float32Array }): Promise<string> =>
        inTurn(id, async (recogniser) => {
          await accept(recogniser, samples);
          return recogniser.begun ? partialOf(await library.partial(recogniser.free)) : '';
        }),
      /** Takes the last samples, returns the whole text, and begins anew. */
      finish: ({ id, samples }: { id: number; samples: Float32Array }): Promise<Spoken> =>
        inTurn(id, async (recogniser) => {
          await accept(recogniser, samples);
          return finish(recogniser);
        }),
      /** Other sentences are expected from now on. Who is being listened to is heard with the old ones to the end. */
      expect: async (phrases: readonly string[]): Promise<void> => {
        edition += 1;
        expect = phrases.length === 0 ? undefined : known(phrases);
        const now = edition;
        const next = await create(expect).then(warm);
        if (now !== edition) return discard(next);
        for (const old of idle.splice(0)) discard(old);
        idle.push(next);
      },
      release: (id: number): Promise<void> => {
        const released = inTurn(id, async (recogniser) => {
          open.delete(id);
          await putBack(recogniser);
        });
        returning.add(released);
        return released.finally(() => returning.delete(released));
      },
    },
  };
});
