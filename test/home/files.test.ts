import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDemoHouse } from '../../src/home/demo-house.js';

describe('a file that is wrong', () => {
  const withFile = async (content: string, open: (file: string) => void): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'house-'));
    try {
      const file = join(folder, 'my-house.yaml');
      writeFileSync(file, content);
      open(file);
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  test.each([
    ['areas: {}\nentities: { light.a: { name: a, area: attic, state: on } }', /my-house.yaml.*attic/s],
    ['here: attic\nareas: {}\nentities: {}', /my-house.yaml.*attic/s],
    ['areas: 3\nentities: {}', /my-house.yaml.*areas/s],
    ['areas: [', /my-house.yaml cannot be read/],
  ])('is named, and what is wrong with it', async (content, message) => {
    await withFile(content, (file) => expect(() => openDemoHouse({ house: file })).toThrow(message));
  });

  const grammar = (say: string): string =>
    `{ language: en, ignored: [], certain: [], rules: {}, lists: {}, phrases: { sentence: [{ say: '{command}' }] }, commands: [{ intent: A, do: undo, say: ['${say}'] }] }`;

  test.each([
    ['turn (on', /"\)" is missing/],
    ['turn on]', /"]" was not opened/],
    ['turn <this> on', /rule <this>/],
    ['turn $ on', /"\$ on" is not understood/],
  ])('the template "%s" is refused', async (say, message) => {
    await withFile(grammar(say), (file) => expect(() => openDemoHouse({ grammar: file })).toThrow(message));
  });

  test('a missing one is named', () => {
    expect(() => openDemoHouse({ house: '/nowhere/house.yaml' })).toThrow(/\/nowhere\/house\.yaml cannot be read/);
  });
});
