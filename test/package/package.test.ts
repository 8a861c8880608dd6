import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Folder, ours, startProgram, temporaryFolder } from '../end-to-end/program.js';
import { modelsFolder } from '../models.js';

const run = promisify(execFile);

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

let folder: Folder;
let packed: Packed;

beforeAll(async () => {
  folder = temporaryFolder();
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder.path], {
    cwd: ours('.'),
    maxBuffer: 16 << 20,
  });
  packed = (JSON.parse(stdout) as Packed[])[0]!;
});
afterAll(() => folder[Symbol.dispose]());

test('the package has all that the program reads, and nothing else', () => {
  const paths = packed.files.map(({ path }) => path);
  for (const path of [
    'dist/cli.js',
    'dist/stt/vosk.host.js',
    'dist/stt/moonshine.host.js',
    'dist/tts/piper.host.js',
    'models/catalogue.yaml',
    'models/espeak-ng-data.index',
    'personas/demon.yaml',
    'homes/demo.yaml',
    'homes/grammar.en.yaml',
    'homes/caller.en.yaml',
    'bench/persona.yaml',
    'pages/status/page.html',
    'llama/package.json',
    'recordings/README.md',
    'recordings/hey-jarvis-turn-on-the-living-room-lamp.wav',
    'recordings/turn-on-the-living-room-lamp.wav',
    'bench/commands.en.yaml',
    'LICENSE',
    'README.md',
    'package.json',
  ])
    expect(paths).toContain(path);
  const folders = new Set(paths.filter((path) => path.includes('/')).map((path) => path.split('/')[0]));
  expect([...folders].sort()).toEqual([
    'bench',
    'blueprints',
    'dist',
    'homes',
    'llama',
    'models',
    'pages',
    'personas',
    'recordings',
  ]);
  expect(paths.filter((path) => /\.(test\.|tsbuildinfo)|\.onnx$|(^|\/)\.(?!npmrc)/.test(path))).toEqual([]);
  expect(packed.size).toBeLessThan(3_000_000);
});

test('installed from its tarball into an empty folder, it shows its turn and ends on Ctrl-C', async () => {
  const home = join(folder.path, 'package.json');
  writeFileSync(home, JSON.stringify({ name: 'somebody', private: true }));
  const install = [
    'install',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    `./${packed.filename}`,
  ];
  await run('npm', install, { cwd: folder.path, maxBuffer: 16 << 20 });

  const { version } = JSON.parse(readFileSync(ours('package.json'), 'utf8')) as { version: string };
  const env = { ...process.env, EVIL_ASSISTANT_FOLDERS_MODELS: modelsFolder };
  const evil = (...args: string[]) =>
    run('npx', ['--no-install', 'evil-assistant', ...args], { cwd: folder.path, env });
  expect((await evil('--version')).stdout.trim()).toBe(version);
  expect((await evil('models', 'list')).stdout).toMatch(/^\* vosk-small-en-us/m);

  const cli = join(folder.path, 'node_modules', 'evil-assistant', 'dist', 'cli.js');
  expect(existsSync(cli)).toBe(true);
  const program = startProgram(['start', '--offline', '--set', `folders.models=${modelsFolder}`], { folder, cli });
  await program.until(/Ready\. Ctrl-C ends it\./);
  expect(program.output).toMatch(/^heard +“turn on the living room lamp”$/m);
  expect(program.output).toMatch(/^did +living room lamp: off → on/m);
  program.interrupt();
  expect(await program.ended).toMatchObject({ code: 0, signal: null });
}, 180_000);
