import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VERSION = '1.10.2';
const ENOUGH = 240_000;

/** A Python that has the Wyoming library, installed at the first call into the user's cache. Its path. */
export const pythonWithWyoming = async (): Promise<string> => {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'evil-assistant-tests', 'python-wyoming');
  const python = join(folder, 'bin', 'python');
  if (existsSync(python) && (await installed(python)) === VERSION) return python;
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await run('python3', ['-m', 'venv', folder], { timeout: ENOUGH });
    await run(python, ['-m', 'pip', 'install', '--quiet', `wyoming==${VERSION}`], { timeout: ENOUGH });
  } catch (error) {
    throw new Error(
      `These tests need Python 3.9 or newer with venv and pip (Debian: apt install python3-venv) and access to PyPI: ${error}`,
    );
  }
  return python;
};

const installed = async (python: string): Promise<string | undefined> => {
  const ask = 'import importlib.metadata as m; print(m.version("wyoming"))';
  const { stdout } = await run(python, ['-c', ask]).catch(() => ({ stdout: '' }));
  return stdout.trim();
};
