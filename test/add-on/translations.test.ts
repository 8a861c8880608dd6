import { describe, expect, test } from 'vitest';
import { addOn, yaml } from './files.js';

interface Entry {
  readonly name: string;
  readonly description: string;
  readonly fields?: Readonly<Record<string, Entry>>;
}

interface Translation {
  readonly configuration: Readonly<Record<string, Entry>>;
  readonly network: Readonly<Record<string, string>>;
}

const LANGUAGES = ['en', 'de', 'es', 'fr', 'nl', 'pl'];

/** Every option as a path, groups and the parts of lists included. */
const paths = (schema: unknown, path: readonly string[] = []): readonly string[] => {
  const inner = Array.isArray(schema) ? schema[0] : schema;
  if (typeof inner !== 'object' || inner === null) return [];
  return Object.entries(inner).flatMap(([key, type]) => [[...path, key].join('.'), ...paths(type, [...path, key])]);
};

const entries = (fields: Translation['configuration'], path: readonly string[] = []): readonly [string, Entry][] =>
  Object.entries(fields).flatMap(([key, entry]) => [
    [[...path, key].join('.'), entry] as [string, Entry],
    ...entries(entry.fields ?? {}, [...path, key]),
  ]);

describe.each(LANGUAGES)('translations/%s.yaml', (language) => {
  const translation = yaml<Translation>(`translations/${language}.yaml`);
  const all = entries(translation.configuration);

  test('names and explains every option and nothing else', () => {
    expect(all.map(([path]) => path).sort()).toEqual([...paths(addOn.schema)].sort());
    for (const [path, { name, description }] of all) {
      expect(name.trim(), path).not.toBe('');
      expect(description.trim(), path).not.toBe('');
    }
  });

  test('names every port', () => {
    expect(Object.keys(translation.network)).toEqual(Object.keys(addOn.ports));
    for (const said of Object.values(translation.network)) expect(said.trim()).not.toBe('');
  });

  if (language !== 'en') {
    test('is in a language of its own', () => {
      const english = new Map(entries(yaml<Translation>('translations/en.yaml').configuration));
      const same = all.filter(([path, { description }]) => english.get(path)?.description === description);
      expect(same.map(([path]) => path)).toEqual([]);
    });
  }
});
