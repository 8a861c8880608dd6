import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dropRepeat, hideThoughts, speakable, type TextFilter } from '../../src/llm/filters.js';

const through = (filter: TextFilter, pieces: readonly string[]): string =>
  pieces.map((piece) => filter.take(piece)).join('') + filter.end();

/** A text cut anywhere. */
const cut = (text: string, cuts: readonly number[]): string[] => {
  const places = [...new Set([0, ...cuts.map((at) => at % (text.length + 1)), text.length])].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => text.slice(places[index], end));
};
const cuts = fc.array(fc.nat(), { maxLength: 8 });

describe('what a model thinks aloud', () => {
  it('is not spoken, however it is cut', () => {
    fc.assert(
      fc.property(cuts, (at) => {
        const text =
          '<think>They want <b>light</b>. < think? </thin></think>\n\nFool, 3 < 4.<think>More.</think> Begone.';
        expect(through(hideThoughts(), cut(text, at))).toBe('\n\nFool, 3 < 4. Begone.');
      }),
    );
  });

  it('leaves everything else as it is, and holds back only what may become a tag', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('think>')),
        cuts,
        (text, at) => {
          expect(through(hideThoughts(), cut(text, at))).toBe(text);
        },
      ),
    );
    const filter = hideThoughts();
    expect([filter.take('Ha'), filter.take('! <'), filter.take('b')]).toEqual(['Ha', '! ', '<b']);
  });

  it('loses its closing tag where the template has opened it', () => {
    expect(through(hideThoughts(), ['Hm.', '</thi', 'nk>', 'Ha!'])).toBe('Hm.Ha!');
  });

  it('is nothing but a thought where the model was cut in it', () => {
    expect(through(hideThoughts(), ['<think>', 'I wonder', ' whether'])).toBe('');
  });
});

describe('words that were spoken already', () => {
  const said = (begin: string, text: string, at: readonly number[] = []) => through(dropRepeat(begin), cut(text, at));

  it('are left out where the model repeats them, in whatever writing and pieces', () => {
    fc.assert(
      fc.property(cuts, (at) => {
        expect(said('Fool. You dare?', 'FOOL! “You dare”, I say. The lamp burns.', at).trimStart()).toBe(
          '”, I say. The lamp burns.',
        );
      }),
    );
  });

  it('are no beginning of a longer word', () => {
    fc.assert(
      fc.property(cuts, (at) => {
        expect(said('Ha!', 'Happy days, mortal.', at)).toBe('Happy days, mortal.');
      }),
    );
  });

  it('cost no waiting where the answer begins otherwise', () => {
    const filter = dropRepeat('You dare to wake me?');
    expect([filter.take('The'), filter.take(' lamp')]).toEqual(['The', ' lamp']);
  });

  it('give way where only some of them come', () => {
    expect(said('You dare to wake me?', 'You dare')).toBe('You dare');
    expect(said('You dare to wake me?', 'You dare nothing')).toBe('You dare nothing');
    expect(said('Fool.', 'Fool.')).toBe('');
    expect(said('', 'Fool.')).toBe('Fool.');
  });

  it('change nothing in an answer that does not begin with them', () => {
    fc.assert(
      fc.property(fc.string(), cuts, (text, at) => {
        fc.pre(!/^\W*xyzzy/i.test(text));
        expect(said('Xyzzy!', text, at)).toBe(text);
      }),
    );
  });
});

describe('what may be spoken', () => {
  it('is what stands outside of thoughts, without what was spoken already', () => {
    expect(through(speakable('Ha!'), ['<think>x</think>', '\n\nHa! ', 'Begone.'])).toBe('Begone.');
  });

  it('begins with a word, unless it goes on from others', () => {
    expect(through(speakable(), ['<think>x</think>\n', ' ', ' You ', 'dare.'])).toBe('You dare.');
    expect(through(speakable('Paris'), [' is', ' mine.'])).toBe(' is mine.');
  });
});
