import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linePicker } from '../../src/persona/picker.js';
import { seededRandom } from '../../src/random.js';

const letters = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index}`);

describe('the line picker', () => {
  it('says nothing again before half of the variants have been said', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), fc.integer(), (count, seed) => {
        const picker = linePicker({ done: letters(count) }, { random: seededRandom(seed) });
        const said: string[] = [];
        for (let turn = 0; turn < 400; turn++) {
          const picked = picker.pick('done')!;
          picked.use();
          expect(said.slice(-Math.floor(count / 2) || said.length)).not.toContain(count > 1 ? picked.text : '');
          said.push(picked.text);
        }
        expect(new Set(said).size).toBe(count);
      }),
      { numRuns: 50 },
    );
  });

  it('hands out the same line until it is used', () => {
    const picker = linePicker({ done: letters(10) }, { random: seededRandom(1) });
    const first = picker.pick('done')!;
    expect(picker.pick('done')!.text).toBe(first.text);
    first.use();
    expect(picker.pick('done')!.text).not.toBe(first.text);
  });

  it('follows the seed', () => {
    const talk = (seed: number): string[] => {
      const picker = linePicker({ done: letters(12) }, { random: seededRandom(seed) });
      return Array.from({ length: 20 }, () => {
        const picked = picker.pick('done')!;
        picked.use();
        return picked.text;
      });
    };
    expect(talk(7)).toEqual(talk(7));
    expect(talk(7)).not.toEqual(talk(8));
  });

  it('remembers each situation for itself', () => {
    const picker = linePicker({ done: ['a', 'b'], failed: ['a', 'b'] }, { random: () => 0 });
    picker.pick('done')!.use();
    expect(picker.pick('done')!.text).toBe('b');
    expect(picker.pick('failed')!.text).toBe('a');
  });

  it('borrows from the parent where a situation has no line', () => {
    const picker = linePicker({ done: ['done'], 'done.turn_on': ['on'] }, { random: () => 0 });
    expect(picker.pick('done.turn_on.light')!.text).toBe('on');
    expect(picker.pick('done.turn_off.light')!.text).toBe('done');
    expect(picker.pick('taunt')).toBeUndefined();
  });

  it('takes only lines whose slots have a value, the parent’s if need be', () => {
    const picker = linePicker(
      { done: ['done'], 'done.turn_on': ['the {name} wakes in the {area}'] },
      { random: () => 0 },
    );
    expect(picker.pick('done.turn_on', { name: 'lamp' })!.text).toBe('done');
    expect(picker.pick('done.turn_on', { name: 'lamp', area: 'attic' })!.text).toBe('the lamp wakes in the attic');
  });

  it('never repeats at once, even where few lines can be filled', () => {
    const lines = ['a', 'b', ...letters(8).map((line) => `${line} {name}`)];
    const picker = linePicker({ done: lines }, { random: seededRandom(3) });
    let last = '';
    for (let turn = 0; turn < 20; turn++) {
      const picked = picker.pick('done')!;
      picked.use();
      expect(picked.text).not.toBe(last);
      last = picked.text;
    }
  });

  it('knows which lines are plain', () => {
    const picker = linePicker({ confirm: ['Do it: {said}?'], done: ['done'] }, { random: () => 0 });
    expect(picker.pick('confirm', { said: 'unlock' })).toMatchObject({ text: 'Do it: unlock?', plain: true });
    expect(picker.pick('done')!.plain).toBe(false);
  });
});

describe('slots', () => {
  const fill = (line: string, name: string): string =>
    linePicker({ done: [line] }, { random: () => 0 }).pick('done', { name })!.text;

  it('get a capital where the line asks for one', () => {
    expect(fill('{Name} burns.', 'living room lamp')).toBe('Living room lamp burns.');
  });

  it('lose the article where the name has its own', () => {
    expect(fill('I lit the {name}.', "Anna's lamp")).toBe("I lit Anna's lamp.");
    expect(fill('The {name} obeyed.', 'the beast')).toBe('The beast obeyed.');
    expect(fill('The {name} obeyed.', 'theatre lamp')).toBe('The theatre lamp obeyed.');
  });

  it('are not read again inside a value', () => {
    expect(fill('I lit the {name}.', '{area} lamp')).toBe('I lit the {area} lamp.');
  });
});
