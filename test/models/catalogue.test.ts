import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../src/faults.js';
import { CATALOGUE_FILE, loadCatalogue } from '../../src/models/catalogue.js';
import { licencesOf } from '../../src/models/licences.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catalogue-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const good = `archives:
  box:
    npm: box@1.0.0
    size: 10
    integrity: sha512-${'A'.repeat(86)}==
models:
  - id: one
    title: One
    purpose: Tests
    licences:
      - name: MIT
        attribution: Somebody
        url: https://example.org/
    files:
      - path: a.bin
        size: 3
        sha256: ${'a'.repeat(64)}
        sources:
          - archive: box
            member: a.bin
`;

const loading = (yaml: string, index?: string) => {
  writeFileSync(join(folder, 'catalogue.yaml'), yaml);
  if (index !== undefined) writeFileSync(join(folder, 'more.index'), index);
  return () => loadCatalogue(join(folder, 'catalogue.yaml'));
};
/** The line, counted from 1, that contains a text. */
const lineOf = (yaml: string, text: string) => yaml.split('\n').findIndex((it) => it.includes(text)) + 1;

describe('the catalogue that is shipped', () => {
  const catalogue = loadCatalogue(CATALOGUE_FILE);

  test('has the models that the program knows by name', () => {
    expect(catalogue.entries.map(({ id }) => id)).toEqual([
      'openwakeword',
      'wake-hey_jarvis',
      'wake-alexa',
      'wake-hey_mycroft',
      'silero-vad',
      'moonshine-tiny-en',
      'vosk-small-en-us',
      'libvosk',
      'piper-libritts_r-medium',
    ]);
  });

  test('has for every file a source that was tried', () => {
    const untried = catalogue.entries.flatMap(({ id, files }) =>
      files.filter((it) => it.sources.every((source) => source.unverified)).map((it) => `${id}/${it.path}`),
    );
    expect(untried).toEqual([]);
  });

  test('gives each kind of machine its own library', () => {
    const libraries = ['linux-x64', 'linux-arm64', 'darwin-arm64'].map((it) =>
      catalogue.forPlatform('libvosk', it).map(({ path, size }) => `${path} ${size}`),
    );
    expect(libraries).toEqual([['libvosk.so 25994752'], ['libvosk.so 7496288'], ['libvosk.dylib 12533472']]);
  });

  test('says plainly where there is no library for a machine', () => {
    expect(() => catalogue.forPlatform('libvosk', 'sunos-sparc')).toThrow(/Vosk library.*not available.*sunos-sparc/);
    expect(catalogue.forPlatform('silero-vad', 'sunos-sparc')).toHaveLength(1);
  });

  test("holds all of espeak-ng's data, without gaps, between the readme and the voice", () => {
    const pieces = catalogue
      .entry('piper-libritts_r-medium')
      .files.flatMap(({ sources }) => sources.flatMap((it) => (it.kind === 'member' && it.range ? [it.range] : [])))
      .sort((a, b) => a.from - b.from);
    expect(pieces).toHaveLength(357);
    expect(pieces[0]?.from).toBe(892);
    expect(pieces.at(-1)?.to).toBe(96_574_544);
    for (const [index, piece] of pieces.entries()) expect(piece.from).toBe(pieces[index - 1]?.to ?? 892);
  });

  test('names the licences, and which of them are not for commercial use', () => {
    expect(licencesOf(catalogue, ['wake-alexa', 'piper-libritts_r-medium'])).toMatchObject([
      { id: 'wake-alexa', name: 'CC-BY-NC-SA-4.0', nonCommercial: true },
      { name: 'CC-BY-4.0', nonCommercial: false, covers: 'the voice' },
      { name: 'GPL-3.0-or-later', covers: 'espeak-ng-data' },
    ]);
    expect(licencesOf(catalogue).filter((it) => it.nonCommercial)).toHaveLength(3);
  });
});

test('an unknown model is a fault that names the known ones', () => {
  const catalogue = loading(good)();
  expect(() => catalogue.entry('two')).toThrow(Fault);
  try {
    catalogue.entry('two');
  } catch (error) {
    expect(error).toMatchObject({ code: 'model', message: 'There is no model "two".', hint: 'The models are: one.' });
  }
});

describe('a catalogue with errors is refused with file and line', () => {
  const cases: readonly [string, string, string, string][] = [
    ['a hash that is too short', 'a'.repeat(64), 'abc', 'expected a sha256'],
    ['a path that leads out of the folder', 'path: a.bin', 'path: ../a.bin', 'expected a relative path'],
    ['an absolute member', 'member: a.bin', 'member: /etc/passwd', 'member: expected a relative path'],
    ['an archive that is not there', 'archive: box', 'archive: bag', 'there is no archive "bag"'],
    [
      'a range of another length',
      'member: a.bin',
      'member: a.bin\n            from: 0\n            to: 9',
      '9 bytes apart',
    ],
    ['an unknown key', 'size: 3', 'size: 3\n        sise: 4', 'sise'],
    ['broken YAML', 'title: One', 'title: "One', 'Missing closing'],
  ];
  test.each(cases)('%s', (_, from, to, message) => {
    const yaml = good.replace(from, to);
    const load = loading(yaml);
    expect(load).toThrow(Fault);
    expect(load).toThrow(message);
    expect(load).toThrow(/catalogue\.yaml:\d+: /);
  });

  test('the line is that of the value', () => {
    const yaml = good.replace('a'.repeat(64), 'abc');
    expect(loading(yaml)).toThrow(`catalogue.yaml:${lineOf(yaml, 'sha256: abc')}: models.0.files.0.sha256`);
  });

  test('all errors come in one report', () => {
    const yaml = good.replace('a'.repeat(64), 'abc').replace('title: One', 'title: ""');
    expect(loading(yaml)).toThrow(/title.*\n.*sha256/);
  });

  test('an index file too', () => {
    const yaml = `${good}    bundles:\n      - index: more.index\n        folder: more\n        archive: box\n        member: all\n`;
    expect(loading(yaml, `# files\n${'a'.repeat(64)} 4 8 a b/c\n`)().entry('one').files[1]).toMatchObject({
      path: 'more/a b/c',
      size: 4,
      sources: [{ member: 'all', range: { from: 8, to: 12 } }],
    });
    expect(loading(yaml, '# files\noops\n')).toThrow('more.index:2: expected "sha256 size first-byte path"');
    expect(loading(yaml, `${'a'.repeat(64)} 4 8 ../up\n`)).toThrow('more.index:1: expected a relative path');
  });
});
