import { describe, expect, it } from 'vitest';
import { fill } from '../../src/persona/fill.js';
import { fixedLines, forLanguage, linePickers, linesFor } from '../../src/persona/lines.js';
import { loadPersona } from '../../src/persona/load.js';
import { sentences } from '../../src/text/split.js';

const demon = await loadPersona(new URL('../../personas/demon.yaml', import.meta.url).pathname);

describe('a language', () => {
  const table = { en: 1, 'pt-BR': 2, de: 3 };
  it.each([
    ['de', 3],
    ['de-AT', 3],
    ['pt-br', 2],
    ['pt', 2],
    ['en-GB', 1],
    ['fr', 1],
  ])('%s finds the nearest', (language, expected) => {
    expect(forLanguage(table, language)).toBe(expected);
  });
});

describe('the tone', () => {
  it('adult adds to the family’s lines', () => {
    const family = linesFor(demon, 'en', 'family');
    const adult = linesFor(demon, 'en', 'adult');
    expect(adult.done).toEqual([...family.done!, ...demon.adult.en!.done!]);
    expect(adult.taunt!.length).toBeGreaterThan(family.taunt!.length);
    expect(adult.loading).toEqual(family.loading);
  });

  it('is the persona’s own unless told otherwise', () => {
    expect(linesFor(demon, 'en')).toEqual(linesFor(demon, 'en', 'family'));
  });
});

describe('pickers', () => {
  it('are shared by the languages that share lines', () => {
    const pickers = linePickers(demon, { random: () => 0 });
    expect(pickers('en')).toBe(pickers('en-GB'));
  });
});

describe('fixed lines', () => {
  it('are every sentence that a filled line brings without a slot', () => {
    const fixed = new Set(fixedLines(demon).map(({ text }) => text));
    const slots = {
      name: 'lamp',
      names: 'the lamp',
      area: 'attic',
      value: 'red',
      failed: 'the fan',
      reason: 'x',
      said: 'y',
    };
    for (const template of Object.values(demon.lines.en!).flat()) {
      const parts = sentences(template);
      sentences(fill(template, slots)).forEach((sentence, index) => {
        if (!parts[index]!.includes('{')) expect(fixed).toContain(sentence);
      });
    }
  });

  it('have no slots and no repeats, and the warnings are among them', () => {
    const fixed = fixedLines(demon).map(({ text }) => text);
    expect(fixed.filter((line) => line.includes('{'))).toEqual([]);
    const told = fixedLines(demon).map((line) => JSON.stringify(line));
    expect(new Set(told).size).toBe(told.length);
    expect(fixed).toContain(sentences(demon.safety.en!.gas.say)[0]);
  });

  it('begin with what is heard every day', () => {
    const fixed = fixedLines(demon).map(({ text }) => text);
    expect(fixed.indexOf('Yes, mortal?')).toBeLessThan(10);
  });
});
