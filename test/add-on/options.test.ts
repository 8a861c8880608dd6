/** The add-on's options: what the Supervisor lets through, the program takes. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoadedOptions, loadOptions } from '../../src/options/load.js';
import type { Machine } from '../../src/options/machine.js';
import { ours } from '../end-to-end/program.js';
import { addOn } from './files.js';
import { isOptional, isScalarType, merged, validated } from './supervisor.js';

type Schema = Parameters<typeof validated>[0];
const schema = addOn.schema as Schema & Readonly<Record<string, Schema>>;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evil-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The program in an add-on whose user has saved this. */
const started = (saved: object): LoadedOptions => {
  const file = join(folder, 'options.json');
  writeFileSync(file, JSON.stringify(validated(schema, merged(addOn.options, saved))));
  const machine: Machine = {
    cores: 4,
    home: folder,
    folder,
    environment: { SUPERVISOR_TOKEN: 'a token' },
    addOnOptions: file,
    addOn: true,
  };
  return loadOptions({ machine });
};

interface Leaf {
  readonly path: readonly string[];
  readonly type: Schema;
}

const leaves = (type: Schema, path: readonly string[] = []): readonly Leaf[] =>
  typeof type === 'string' || Array.isArray(type)
    ? [{ path, type }]
    : Object.entries(type).flatMap(([key, inner]) => leaves(inner, [...path, key]));

const nested = (path: readonly string[], value: unknown): object =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;

test("config.yaml and the translations are what the program's own options make of them", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [ours('scripts/make-add-on.mjs'), '--check']);
  expect(stdout).toContain('those of the program');
});

describe("the Supervisor's schema", () => {
  test('knows every type', () => {
    const check = (type: Schema): void => {
      if (typeof type === 'string') expect(isScalarType(type), type).toBe(true);
      else for (const inner of Object.values(type)) check(inner as Schema);
    };
    check(schema);
    expect(isScalarType('int(1, 2)'), 'a blank in a range').toBe(false);
  });

  test('has a default for every group, since a group is never optional', () => {
    for (const [name, type] of Object.entries(schema)) {
      if (typeof type === 'object' && !Array.isArray(type)) expect(addOn.options).toHaveProperty(name);
    }
  });

  test('asks for nothing that an older options file could lack', () => {
    const required = leaves(schema).filter(({ type }) => !isOptional(type));
    expect(required.map(({ path }) => path.join('.'))).toEqual(['wake.words']);
    expect(addOn.options).toHaveProperty('wake.words');
  });

  test('takes the defaults as they are', () => {
    expect(validated(schema, addOn.options)).toEqual(addOn.options);
  });
});

describe('the program', () => {
  test('has the same options with the defaults of the add-on as with none at all', () => {
    const { options } = started({});
    const file = join(folder, 'empty.json');
    writeFileSync(file, '{}');
    const environment = { SUPERVISOR_TOKEN: 'a token' };
    const machine: Machine = { cores: 4, home: folder, folder, environment, addOnOptions: file, addOn: true };
    expect(options).toEqual(loadOptions({ machine }).options);
  });

  test('keeps everything in /data', () => {
    const { folders } = started({}).options;
    expect(folders).toEqual({ models: '/data/models', data: '/data' });
  });

  const WAITS = /^endpoint\.(wait|final_silence)/;
  const extremes = leaves(schema).flatMap(({ path, type }) => {
    const name = path.join('.');
    // Waits depend on one another; the program says so in its report.
    if (typeof type !== 'string' || WAITS.test(name)) return [];
    const range = /^(?:int|float)\((.*),(.*)\)/.exec(type);
    if (range) return range.slice(1).flatMap((it) => (it === '' ? [] : [{ name, path, value: Number(it) as unknown }]));
    const [, list] = /^list\((.*)\)/.exec(type) ?? [];
    if (list) return list.split('|').map((value) => ({ name, path, value: value as unknown }));
    return type.startsWith('bool') ? [true, false].map((value) => ({ name, path, value: value as unknown })) : [];
  });

  test.each(extremes)('takes $name: $value', ({ path, value }) => {
    const { options } = started(nested(path, value));
    expect(path.reduce<unknown>((it, key) => (it as Record<string, unknown>)[key], options)).toEqual(value);
  });

  test('takes every wake word that can be chosen, with a persona and a threshold', () => {
    const [word] = (schema.wake as { words: [{ word: string }] }).words;
    const words = /^list\((.*)\)$/.exec(word.word)![1]!.split('|');
    const given = words.map((name) => ({ word: name, persona: 'demon', threshold: 0.4 }));
    expect(started({ wake: { words: given } }).options.wake.words).toEqual(given);
    expect(() => started({ wake: { words: [{ word: 'hey_nobody' }] } })).toThrow('hey_nobody');
  });

  test('starts with what an older version has saved: options missing, others gone', () => {
    const saved = { wake: { threshold: 0.4, sensitivity: 3 }, voice: {}, retired: { option: true } };
    const { options, warnings } = started(saved);
    expect(options.wake.threshold).toBe(0.4);
    expect(options.wake.words).toEqual([{ word: 'hey_jarvis' }]);
    expect(warnings).toEqual([]);
  });
});
