import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { saysOf } from '../../src/text/says.js';
import { unmarked } from '../../src/text/unmarked.js';

/** A model's whole text, in pieces, as it would be spoken. */
const read = async (text: string, piece = text.length, speaker = 'Vathrax'): Promise<string> => {
  const clean = unmarked(speaker);
  async function* pieces() {
    for (let at = 0; at < text.length; at += piece) yield text.slice(at, at + piece);
  }
  const said: string[] = [];
  for await (const say of saysOf(pieces())) said.push(clean.take(say.text));
  return [...said, clean.end()].filter((part) => part !== '').join(' ');
};

describe('what is spoken of a written text', () => {
  it.each([
    ['**Never.** It is *far* too bright.', 'Never. It is far too bright.'],
    ['*sighs dramatically* Very well.', 'Very well.'],
    ['Very well. (laughs) It is the seventh hour.', 'Very well. It is the seventh hour.'],
    ['*sighs. Looks away* Fine.', 'Fine.'],
    ['I said *always* and I meant it.', 'I said always and I meant it.'],
    ['## My realm\nIt is vast.', 'My realm It is vast.'],
    ['- lamps\n- doom', 'lamps doom'],
    ['1. Lamps\n2. Doom', 'Lamps Doom'],
    ['42.', '42.'],
    ['See [the book](https://example.com/a.b) now.', 'See the book now.'],
    ['Try `lamp` or this:\n```js\nrun(); // now.\n```\nThat is all.', 'Try lamp or this: That is all.'],
    ['Vathrax: I hear you.', 'I hear you.'],
    ['**Assistant:** I hear you.', 'I hear you.'],
    ['I hear you 😈🔥.', 'I hear you.'],
    ['Line<br>break.', 'Line break.'],
    ['---\nAnd so on.', 'And so on.'],
    ['| a | b |', 'a b'],
    ['{"name": "set_lock", "arguments": {"name": "front door"}} Fine.', 'Fine.'],
    ['turn_on(name="lamp") It glows.', 'It glows.'],
    ['<tool_call>{"a": 1}</tool_call>', ''],
    ['Doctor (of doom) Vathrax.', 'Doctor (of doom) Vathrax.'],
  ])('%j is %j', async (written, spoken) => {
    expect(await read(written)).toBe(spoken);
    expect(await read(written, 1)).toBe(spoken);
  });

  it('leaves plain sentences as they are, and never invents', async () => {
    const word = fc.stringMatching(/^[a-z]{2,8}$/);
    const sentence = fc.array(word, { minLength: 2, maxLength: 8 }).map((words) => `X${words.join(' ')}.`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(sentence, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        async (all, piece) => {
          expect(await read(all.join(' '), piece)).toBe(all.join(' '));
        },
      ),
      { numRuns: 50 },
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 80 }), async (text) => {
        expect(await read(text)).not.toMatch(/\*\*|```|[\u{1f300}-\u{1faff}]/u);
      }),
    );
  });
});
