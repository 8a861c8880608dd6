/** Folders, disks and models that are not as they should be. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeWav } from '../audio/wavs.js';
import { modelsFolder } from '../models.js';
import {
  type Ended,
  type Folder,
  type ProgramOptions,
  runProgram,
  STACK_TRACE,
  startProgram,
  temporaryFolder,
} from './program.js';
import { RECORDINGS } from './sound.js';

const run = async (args: readonly string[], options: ProgramOptions): Promise<Ended> => {
  const ended = await runProgram(args, options);
  expect(ended.stderr).not.toMatch(STACK_TRACE);
  expect(ended.stderr).not.toContain('a defect of this program');
  return ended;
};

const root = process.getuid?.() === 0;

const asRoot = (tool: 'mount' | 'umount', ...args: readonly string[]): void =>
  void execFileSync(tool, args, { stdio: 'pipe' });

/** Mounts need root; a test that cannot have one says so. */
const mounted = (path: string, ...how: readonly string[]): Disposable | undefined => {
  mkdirSync(path, { recursive: true });
  try {
    asRoot('mount', ...how, path);
  } catch {
    process.stderr.write(
      `SKIPPED: nothing can be mounted here (root may), so a full or read-only disk is not tested\n`,
    );
    return undefined;
  }
  return { [Symbol.dispose]: () => asRoot('umount', path) };
};

/** A models folder in which one entry is a copy that may be spoilt, the others are the shared ones. */
const modelsWith = (folder: Folder, id: string): string => {
  const models = join(folder.path, 'models');
  mkdirSync(join(models, id), { recursive: true });
  for (const name of readdirSync(modelsFolder)) {
    if (name === '.store') continue;
    if (name !== id) symlinkSync(join(modelsFolder, name), join(models, name));
  }
  for (const file of readdirSync(join(modelsFolder, id), { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const target = join(models, id, join(file.parentPath, file.name).slice(join(modelsFolder, id).length + 1));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(file.parentPath, file.name), target);
  }
  return models;
};

const flipOneByte = (path: string): void => {
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle] = bytes[middle]! ^ 0x10;
  writeFileSync(path, bytes);
};

const SILERO = join('silero-vad', 'silero_vad_v5.onnx');

describe('models', () => {
  test('that are not there, offline: it says which, where, and what to do', async () => {
    using folder = temporaryFolder();
    const models = join(folder.path, 'none');
    const ended = await run(['ask', RECORDINGS.command, '--offline'], { folder, models });
    expect(ended.stderr).toMatch(new RegExp(`missing or damaged in ${models}.*offline: .*vosk-small-en-us`));
    expect(ended.stderr).toContain('evil-assistant models fetch');
    expect(ended.code).toBe(1);
    expect(folder.files()).toEqual([]);
  });

  test('that are damaged are never loaded: offline it says which', async () => {
    using folder = temporaryFolder();
    const models = modelsWith(folder, 'silero-vad');
    flipOneByte(join(models, SILERO));
    const ended = await run(['listen', RECORDINGS.command, '--offline'], { folder, models });
    expect(ended.stderr).toMatch(/silero-vad/);
    expect(ended.stderr).not.toMatch(/vosk-small-en-us/);
    expect(ended.stdout).toBe('');
    expect(ended.code).toBe(1);

    const verified = await run(['models', 'verify', 'silero-vad', 'wake-hey_jarvis'], { folder, models });
    expect(verified.stdout).toMatch(/silero_vad_v5\.onnx: wrong[\s\S]*models fetch/);
    expect(verified.stdout).toMatch(/wake-hey_jarvis: 1 files?, all as they should be/);
    expect(verified.code).toBe(1);
  });

  test('that are damaged are fetched again where there is a network', async () => {
    using folder = temporaryFolder();
    const models = modelsWith(folder, 'silero-vad');
    flipOneByte(join(models, SILERO));
    const ended = await run(['models', 'fetch', 'silero-vad'], { folder, models });
    if (ended.code !== 0) {
      expect(ended.stderr).toMatch(/Some model files could not be fetched:[\s\S]*silero/);
      process.stderr.write('SKIPPED: no registry can be reached, so fetching a damaged model again is not tested\n');
      return;
    }
    expect(readFileSync(join(models, SILERO)).equals(readFileSync(join(modelsFolder, SILERO)))).toBe(true);
    expect(folder.leftovers()).toEqual([]);
  }, 60_000);
});

describe('folders', () => {
  test('a models folder that may be read only is read', async () => {
    using folder = temporaryFolder();
    const models = join(folder.path, 'read-only');
    const voice = 'piper-libritts_r-medium';
    using mount = root ? mounted(models, '-t', 'tmpfs', '-o', 'size=200m', 'none') : undefined;
    if (root && !mount) return;
    cpSync(join(modelsFolder, voice), join(models, voice), { recursive: true });
    if (root) asRoot('mount', '-o', 'remount,ro', models);
    else chmodSync(models, 0o555);
    const ended = await run(['say', 'Begone.', '--out', 'said.wav'], { folder, models });
    expect(ended.stderr).not.toMatch(/WARN|ERROR/);
    expect(ended.code, ended.stderr).toBe(0);
  });

  test('a models folder that cannot be written, where something is to be fetched: it says so and fetches nothing', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    const ended = await run(['models', 'fetch'], { folder, models: join(file, 'models') });
    expect(ended.stderr).toMatch(/model folder .*file\/models cannot be used/);
    expect(ended.code).toBe(1);

    const empty = join(folder.path, 'empty');
    using mount = mounted(empty, '-t', 'tmpfs', '-o', 'ro', 'none');
    if (!mount) return;
    const readOnly = await run(['models', 'fetch'], { folder, models: empty });
    expect(readOnly.stderr).toMatch(/model folder .*empty (is read-only|cannot be used)/);
    expect(readOnly.code).toBe(1);
  });

  test('a disk without room for the models: it says so before it fetches', async () => {
    using folder = temporaryFolder();
    const models = join(folder.path, 'small');
    using mount = mounted(models, '-t', 'tmpfs', '-o', 'size=1m', 'none');
    if (!mount) return;
    const ended = await run(['models', 'fetch', 'wake-alexa'], { folder, models });
    expect(ended.stderr).toMatch(/small/);
    expect(ended.stderr).toMatch(/room|space|free/i);
    expect(ended.stderr).not.toMatch(/Not from|Fetched/);
    expect(ended.code).toBe(1);
  });

  test('a disk that fills up while it speaks: it says so, and no half of a WAV is left', async () => {
    using folder = temporaryFolder();
    const small = join(folder.path, 'small');
    using mount = mounted(small, '-t', 'tmpfs', '-o', 'size=128k', 'none');
    if (!mount) return;
    const speech = 'I am older than your bones and patient as the grave. '.repeat(4);
    const ended = await run(['say', speech, '--out', join(small, 'said.wav')], { folder });
    expect(ended.stderr).toMatch(/said\.wav cannot be written: the disk is full/);
    expect(ended.code).toBe(1);
    expect(readdirSync(small)).toEqual([]);
  });

  test('a data folder that cannot be used: the turn is answered all the same, and a start gets ready', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    const program = startProgram(['start'], { folder, env: { EVIL_ASSISTANT_FOLDERS_DATA: join(file, 'data') } });
    await program.until(/Ready\./);
    program.terminate();
    const ended = await program.ended;
    expect(ended.stdout).toMatch(/^did +living room lamp: off → on/m);
    expect(ended.stderr).toMatch(/WARN .*file\/data/);
    expect(ended.stderr).not.toMatch(STACK_TRACE);
    expect(ended.code).toBe(0);
  });
});

test('a recording of an hour is listened to in bounded memory', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'hour.wav');
  const HOUR = 3600;
  const rate = 48_000;
  const bytes = HOUR * rate * 2 * 2;
  // A hole, so that it takes no room on the disk: 691 MB, and 1.4 GB as samples.
  writeSync(openSync(path, 'w'), makeWav([[0, 0]], { rate, channels: 2, dataSize: bytes, riffSize: bytes + 36 }));
  truncateSync(path, bytes + 44);
  const program = startProgram(['listen', path], { folder });
  await program.until(/vosk is loaded/);
  const begun = residentMegabytes(program.pid);
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect(residentMegabytes(program.pid) - begun).toBeLessThan(150);
  program.interrupt();
  const { code, stderr } = await program.ended;
  expect(stderr).not.toMatch(STACK_TRACE);
  expect(code, stderr).toBe(0);
});

const residentMegabytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
