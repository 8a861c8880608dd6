/** Installs node-llama-cpp for who wants an embedded model: it is as large as all the rest of this program. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Fault, messageOf } from '../../faults.js';
import type { Milliseconds } from '../../units.js';

export interface InstallOptions {
  /** Where it is to be, in a folder of its own. */
  readonly folder: string;
  /** With a `package.json` and its `package-lock.json`: what exactly is installed. */
  readonly manifest: string;
  readonly signal: AbortSignal;
  /** Runs npm. For tests. */
  readonly npm?: (args: readonly string[], folder: string, signal: AbortSignal) => Promise<void>;
}

const MANIFEST = ['package.json', 'package-lock.json'];
/** 70 MB, and a slow line. */
const TIME_LIMIT: Milliseconds = 30 * 60_000;
const SCOPE = '@node-llama-cpp';

const run = promisify(execFile);
const runNpm: InstallOptions['npm'] = async (args, folder, signal) => {
  const cli = process.env.npm_execpath;
  const [command, ...first] = cli && /npm-cli\.c?js$/.test(cli) ? [process.execPath, cli] : ['npm'];
  await run(command!, [...first, ...args], { cwd: folder, signal, timeout: TIME_LIMIT, maxBuffer: 8 << 20 });
};

/** The package's folder within an installation. */
const packageIn = (folder: string): string => join(folder, 'node_modules', 'node-llama-cpp');

/**
 * The folder of node-llama-cpp, installed if it is not there or is another than the manifest asks for.
 *
 * @throws Fault `model` where npm fails; the signal's reason.
 */
export const installLlama = async (options: InstallOptions): Promise<string> => {
  const { folder, manifest, npm = runNpm, signal } = options;
  signal.throwIfAborted();
  if (await isInstalled(folder, manifest)) return packageIn(folder);
  const unfinished = `${folder}.part`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  try {
    for (const name of MANIFEST) await copyFile(join(manifest, name), join(unfinished, name), constants.COPYFILE_EXCL);
    // No scripts: node-llama-cpp's own would build or download what is already in its packages.
    await npm!(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], unfinished, signal);
    await prune(join(unfinished, 'node_modules'));
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    signal.throwIfAborted();
    throw new Fault('model', `The library for embedded language models could not be installed: ${reasonOf(error)}`, {
      hint: 'It comes from the npm registry that npm is configured for. Use Ollama instead where that is not to be.',
      retry: true,
      cause: error,
    });
  }
  return packageIn(folder);
};

const isInstalled = async (folder: string, manifest: string): Promise<boolean> => {
  const read = (from: string, name: string) => readFile(join(from, name), 'utf8').catch(() => undefined);
  const same = await Promise.all(
    MANIFEST.map(async (name) => {
      const wanted = await read(manifest, name);
      return wanted !== undefined && wanted === (await read(folder, name));
    }),
  );
  // The folder got its name only after npm had ended well.
  return same.every((it) => it);
};

/** Of this machine's processor alone. */
const OWN = process.platform === 'darwin' ? /^mac-/ : new RegExp(`^(linux|win)-${process.arch}$`);

/** What only a compiler needs (35 MB), and the libraries of other machines, of which npm brings some along. */
const prune = async (modules: string): Promise<void> => {
  await rm(join(modules, 'node-llama-cpp', 'llama', 'gitRelease.bundle'), { force: true });
  for (const name of await readdir(join(modules, SCOPE)).catch(() => [])) {
    if (!OWN.test(name)) await rm(join(modules, SCOPE, name), { recursive: true, force: true });
  }
};

const reasonOf = (error: unknown): string => {
  const lines = String((error as { stderr?: unknown }).stderr ?? '').split('\n');
  const said = lines.filter((it) => it.startsWith('npm error') && !it.includes('complete log')).slice(0, 3);
  return said.length > 0 ? said.map((it) => it.replace(/^npm error /, '')).join('; ') : messageOf(error);
};
