/** Wyoming services that others wrote, from PyPI, each with a Python of its own. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ENOUGH = 280_000;

/**
 * A Python with these packages, installed at the first call into the user's cache. Its path.
 *
 * @param packages pinned: `wyoming-piper==2.5.2`.
 */
export const pythonWith = async (...packages: readonly string[]): Promise<string> => {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const name = packages.map((one) => one.split('==')[0]).join('-');
  const folder = join(cache, 'evil-assistant-tests', `python-${name}`);
  const python = join(folder, 'bin', 'python');
  const done = join(folder, 'installed.txt');
  if (existsSync(done) && (await readFile(done, 'utf8')) === packages.join(' ')) return python;
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await run('python3', ['-m', 'venv', folder], { timeout: ENOUGH });
    await run(python, ['-m', 'pip', 'install', '--quiet', ...packages], { timeout: ENOUGH });
    await writeFile(done, packages.join(' '));
  } catch (error) {
    throw new Error(
      `These tests need Python 3.11 with venv and pip (Debian: apt install python3-venv) and access to PyPI: ${error}`,
    );
  }
  return python;
};

export interface Running {
  readonly uri: string;
  stop(): Promise<void>;
}

/** Starts a service; `args` get its address. It may take a while until somebody listens there. */
export const start = async (python: string, args: (uri: string) => readonly string[]): Promise<Running> => {
  const uri = `tcp://127.0.0.1:${await freePort()}`;
  const child = spawn(python, args(uri), { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  child.stderr!.on('data', (text) => {
    said.push(String(text));
    said.splice(0, said.length - 50);
  });
  child.once('exit', (code) => {
    if (code !== null && code !== 0) process.stderr.write(`${args(uri).join(' ')} ended:\n${said.join('')}\n`);
  });
  return {
    uri,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
};
