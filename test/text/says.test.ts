import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Say } from '../../src/stages.js';
import { type SaysOptions, saysOf } from '../../src/text/says.js';
import { toSpeak } from '../../src/text/to-speak.js';
import { testClock } from '../fakes/clock.js';

const forever = new AbortController().signal;

async function* written(...pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}

const all = async (text: AsyncIterable<string>, options: Partial<SaysOptions> = {}): Promise<string[]> => {
  const said: string[] = [];
  for await (const say of saysOf(text, { signal: forever, clock: testClock(), ...options })) said.push(say.text);
  return said;
};

/** A writer that the test holds the pen of. */
const pen = () => {
  const pieces: (string | undefined)[] = [];
  let wake = () => {};
  async function* text(): AsyncGenerator<string> {
    for (;;) {
      while (pieces.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const piece = pieces.shift();
      if (piece === undefined) return;
      yield piece;
    }
  }
  const write = async (piece: string | undefined) => {
    pieces.push(piece);
    wake();
    for (let i = 0; i < 3; i++) await turn();
  };
  return { text: text(), write };
};

/** Says as they come, into a list. */
const listen = (text: AsyncIterable<string>) => {
  const clock = testClock();
  const said: string[] = [];
  const done = (async () => {
    for await (const say of saysOf(text, { signal: forever, clock })) said.push(say.text);
  })();
  return { clock, said, done };
};

/** Words, stops and what makes a stop doubtful, in any order. */
const token = fc.constantFrom(
  ...['The lamp', ' burns', ' and', ', mortal', '.', '. ', '!', '?', '…', '...', ' ', '\n', ' "', '"', ')', ' ('],
  ...[' Dr', ' e.g', ' No', ' 3', '5', ' p.m', ' I', ' J', ' Kneel', ' kneel', '; so', ' 😈', '**', ' etc'],
);
const cutAt = (text: string, places: readonly number[]): string[] => {
  const cuts = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...cuts].map((from, i) => text.slice(from, cuts[i] ?? text.length));
};

describe('a text that comes in pieces', () => {
  it('is the same in all, whatever the pieces, and so are its sentences', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(token, { maxLength: 150 }).map((tokens) => tokens.join('')),
        fc.array(fc.nat(), { maxLength: 40 }),
        async (text, places) => {
          const whole = await all(written(text));
          expect(await all(written(...cutAt(text, places)))).toEqual(whole);
          expect(await all(written(...text.split('')))).toEqual(whole);
          expect(whole.join('').trimEnd()).toBe(text.trimEnd());
          for (const say of whole) expect(say.length).toBeLessThanOrEqual(400);
        },
      ),
    );
  });

  it('loses nothing and says nothing twice however long the writer rests between the pieces', async () => {
    const rests = fc.array(fc.constantFrom(0, 20, 150), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(token, { maxLength: 60 }), rests, async (tokens, waits) => {
        const { text, write } = pen();
        const { clock, said, done } = listen(text);
        for (const [i, piece] of tokens.entries()) {
          await write(piece);
          await clock.advance(waits[i % waits.length]!);
        }
        await write(undefined);
        await done;
        expect(said.join('').trimEnd()).toBe(tokens.join('').trimEnd());
      }),
      { numRuns: 30 },
    );
  });

  it('is spoken as the whole text would be', async () => {
    const sentence = fc.constantFrom(
      ...['Dr. Frank waits.', 'Wait... not yet.', 'He said "Kneel." Then he left!', 'At 7 p.m. it ends.', 'Why?'],
      ...[
        'No. Take no. five now.',
        '"Stop!" he cried.',
        'J. Smith is I.',
        'A line\nand another',
        'Dark, e.g. black, etc. and so on.',
      ],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(sentence, { minLength: 1, maxLength: 12 }), async (sentences) => {
        const text = sentences.join(' ');
        const said = await all(written(...text.match(/[\s\S]{1,4}/g)!));
        expect(said.flatMap((say) => toSpeak(say, 'en'))).toEqual(toSpeak(text, 'en'));
      }),
    );
  });

  it('has each sentence as soon as the next one begins, and the last at its end', async () => {
    const { text, write } = pen();
    const { said, done } = listen(text);
    await write('So be it. ');
    expect(said).toEqual([]);
    await write('T');
    expect(said).toEqual(['So be it. ']);
    await write('he lamp burns.');
    await write(undefined);
    await done;
    expect(said).toEqual(['So be it. ', 'The lamp burns.']);
  });

  it('does not wait longer than a moment for the word after a stop', async () => {
    const { text, write } = pen();
    const { clock, said } = listen(text);
    await write('Let me see.');
    await clock.advance(90);
    expect(said).toEqual([]);
    await clock.advance(20);
    expect(said).toEqual(['Let me see.']);
  });

  it.each(['Ask Dr.', 'It has 3.', 'Take no.', 'He is J.', 'It is 7 p.m.', 'Never ends'])(
    'waits for what follows %j',
    async (beginning) => {
      const { text, write } = pen();
      const { clock, said } = listen(text);
      await write(beginning);
      await clock.advance(60_000);
      expect(said).toEqual([]);
    },
  );

  it('lets the first clause go ahead of a sentence that is slow to come, and no later one', async () => {
    const { text, write } = pen();
    const { clock, said, done } = listen(text);
    for (const word of 'Ah, once more you call me, as if I had nothing else to do, mortal. '.split(/(?<= )/)) {
      await write(word);
      await clock.advance(40);
    }
    for (const word of 'And yet I come, as I always do, to you. '.split(/(?<= )/)) {
      await write(word);
      await clock.advance(40);
    }
    await write(undefined);
    await done;
    expect(said.slice(0, 2)).toEqual(['Ah, once more you call me,', ' as if I had nothing else to do, mortal. ']);
    expect(said.slice(2).join('')).toBe('And yet I come, as I always do, to you. ');
    expect(said).toHaveLength(3);
  });

  it('keeps a sentence together that comes at once', async () => {
    expect(await all(written('As you wish, little mortal, the lamp burns.'))).toHaveLength(1);
  });

  it('cuts a sentence without an end, so that it holds no more than that', async () => {
    const said = await all(written(...Array.from({ length: 1000 }, () => 'on and ')));
    expect(said.length).toBeGreaterThan(20);
    for (const say of said) expect(say.length).toBeLessThanOrEqual(300);
  });

  it('does not wait for the end of endless white space', async () => {
    const { text, write } = pen();
    const { said } = listen(text);
    await write(`Done.${' '.repeat(1000)}`);
    expect(said.map((say) => say.trim())).toEqual(['Done.']);
  });

  it('makes says of the kind that is asked for, and none of white space', async () => {
    const says: Say[] = [];
    const options: SaysOptions = { signal: forever, kind: 'claim', plain: true };
    for await (const say of saysOf(written('Done. ', ' \n '), options)) says.push(say);
    expect(says).toEqual([{ text: 'Done.  ', kind: 'claim', plain: true }]);
    expect(await all(written('', ' \n', ''))).toEqual([]);
  });
});

describe('a text that breaks off', () => {
  it('throws the reason at once where it is given up, and lets the writer go', async () => {
    const abort = new AbortController();
    let left = false;
    async function* stuck(): AsyncGenerator<string> {
      try {
        yield 'Half a';
        await new Promise((_, reject) => abort.signal.addEventListener('abort', () => reject(new Error('writer'))));
      } finally {
        left = true;
      }
    }
    const waiting = all(stuck(), { signal: abort.signal });
    await turn();
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await turn();
    expect(left).toBe(true);
  });

  it('says what was whole, then throws what the writer threw', async () => {
    async function* broken(): AsyncGenerator<string> {
      yield 'This is whole. And this';
      throw new Error('unplugged');
    }
    const said: string[] = [];
    const reading = (async () => {
      for await (const say of saysOf(broken(), { signal: forever })) said.push(say.text);
    })();
    await expect(reading).rejects.toThrow('unplugged');
    expect(said).toEqual(['This is whole. ']);
  });

  it('leaves no sleeper behind', async () => {
    const { text, write } = pen();
    const { clock, done } = listen(text);
    for (const piece of ['Done.', ' And', ' done.', ' Again.']) await write(piece);
    await write(undefined);
    await done;
    expect(clock.sleeping).toBe(0);
  });
});
