import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeWav } from '../audio/wavs.js';
import { type Ended, type ProgramOptions, runProgram, STACK_TRACE, temporaryFolder } from '../end-to-end/program.js';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const run = (args: readonly string[], options: Partial<ProgramOptions> = {}): Promise<Ended> =>
  runProgram(args, { folder, ...options });

const put = (name: string, content: string | Uint8Array): string => {
  const path = join(folder.path, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
};

/** It ended with this code, said this to a person, and left nothing behind. */
const refused = async (code: number, args: readonly string[], ...said: readonly (string | RegExp)[]) => {
  const before = folder.files();
  const ended = await run(args);
  for (const what of said) expect(ended.stderr).toMatch(what);
  expect(ended.stderr).not.toMatch(STACK_TRACE);
  expect(ended.stderr).not.toContain('a defect of this program');
  expect(ended.stdout).toBe('');
  expect(ended.code).toBe(code);
  expect(folder.files()).toEqual(before);
};

describe('help', () => {
  test('is the answer to --help, on stdout, and says what exit codes mean', async () => {
    const { code, stdout, stderr } = await run(['--help']);
    for (const name of ['start', 'ask', 'say', 'listen', 'models', 'licences', 'options'])
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(stdout).toContain('Exit codes:');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('of a command names its flags', async () => {
    const { code, stdout } = await run(['ask', '--help']);
    for (const flag of ['--out', '--json', '--config', '--set', '--log-level', '--offline'])
      expect(stdout).toContain(flag);
    expect(code).toBe(0);
  });

  test('lists every option with its default', async () => {
    const { code, stdout } = await run(['options']);
    for (const name of ['wake.threshold', 'stt.engine', 'endpoint.max_command', 'folders.models'])
      expect(stdout).toContain(name);
    expect(code).toBe(0);
  });

  test('a version is a version', async () => {
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('what is wrong with the command line is said, with exit code 2', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['a command that does not exist', ['aks'], /unknown command 'aks'/],
    ['a flag that does not exist', ['say', 'x', '--loud'], /unknown option '--loud'/],
    ['no file', ['ask'], /missing required argument 'file'/],
    ['no text', ['say'], /missing required argument 'text'/],
    ['a text without anything in it', ['say', '  '], /nothing to speak/],
    ['a log level that does not exist', ['say', 'x', '--log-level', 'loud'], /Allowed choices are silent, error/],
    ['a persona that does not exist', ['say', 'x', '--persona', 'angel'], /There is no persona "angel"[\s\S]*demon/],
    [
      'a wake word without a model',
      ['models', 'list', '--set', 'wake.words=bob'],
      /no model[\s\S]*"bob"[\s\S]*hey_jarvis/,
    ],
    ['a model that does not exist', ['models', 'verify', 'vosk-huge'], /no model "vosk-huge"[\s\S]*vosk-small-en-us/],
    ['an options file that is not there', ['say', 'x', '--config', 'no.yaml'], /no\.yaml does not exist/],
    ['a misspelt option', ['say', 'x', '--set', 'wake.treshold=1'], /did you mean wake\.threshold/],
    ['an option without a value', ['say', 'x', '--set', 'tone'], /tone/],
    [
      'a place for the sound that is none',
      ['say', 'x', '--out', 'no/such/folder/x.wav'],
      /no folder .*no\/such\/folder/,
    ],
    ['a folder for the sound', ['say', 'x', '--out', '.'], /is a folder/],
  ])('%s', (_, args, said) => refused(2, args, said));

  test('all errors of an options file at once, each with its line', async () => {
    const file = put('wrong.yaml', 'wake:\n  threshold: high\ntone: rude\nvoice:\n  sped: 2\nthreads: 0\n');
    await refused(
      2,
      ['say', 'x', '--config', file],
      /4 options are wrong/,
      /wake\.threshold: .*high.*wrong\.yaml:2/,
      /tone: .*rude.*family.*wrong\.yaml:3/,
      /voice\.sped .*wrong\.yaml:5.*did you mean voice\.speed/,
      /threads: 0 given.*wrong\.yaml:6/,
    );
  });

  test('an options file that is no YAML', async () => {
    await refused(2, ['say', 'x', '--config', put('broken.yaml', 'wake: [hey\n  : {')], /broken\.yaml/);
  });

  test('all errors of a persona file at once', async () => {
    put('data/personas/imp.yaml', 'id: imp\nvoice: { speaker: loud }\nlines: { en: { greeting: [] } }\ncolour: red\n');
    await refused(2, ['say', 'x', '--persona', 'imp'], /imp\.yaml/, /speaker/, /colour/);
  });
});

describe('a recording that cannot be used is refused before anything is loaded, with exit code 2', () => {
  const wav = makeWav(Array.from({ length: 1600 }, (_, i) => [Math.sin(i / 5) / 2]));
  const files: Record<string, string | Uint8Array> = {
    'empty.wav': '',
    'text.wav': 'Turn on the lights, please.\n',
    'music.mp3': Buffer.concat([Buffer.from('ID3'), Buffer.alloc(500, 7)]),
    'music.flac': Buffer.concat([Buffer.from('fLaC'), Buffer.alloc(500, 7)]),
    'head.wav': wav.subarray(0, 30),
    'soundless.wav': makeWav([]),
    'adpcm.wav': makeWav([[0], [0.5], [0]], { tag: 2 }),
  };
  test.each<[string, string, RegExp]>([
    ['a file that is not there', 'no.wav', /no\.wav does not exist/],
    ['a folder', 'data', /is a folder/],
    ['an empty file', 'empty.wav', /empty\.wav.*empty/],
    ['a text', 'text.wav', /text\.wav is not a WAV.*text/],
    ['an MP3', 'music.mp3', /music\.mp3.*MP3/],
    ['a FLAC', 'music.flac', /music\.flac.*FLAC/],
    ['a WAV that breaks off in its head', 'head.wav', /head\.wav/],
    ['a WAV without sound', 'soundless.wav', /soundless\.wav.*without any sound/],
    ['a compressed WAV', 'adpcm.wav', /adpcm\.wav.*ADPCM/],
  ])('%s', async (_, name, said) => {
    const content = files[name];
    const path = content === undefined ? join(folder.path, name) : put(name, content);
    mkdirSync(join(folder.path, 'data'), { recursive: true });
    await refused(2, ['ask', path], said);
    await refused(2, ['listen', path], said);
  });
});
