import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('./fixtures/program.mjs', import.meta.url));

/** Starts the program with hosts that are busy for `ms`; resolves with the process id of one that is idle. */
const start = async (ms: number): Promise<{ child: ChildProcess; host: number }> => {
  const child = spawn(process.execPath, [program, String(ms)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout!, 'data');
  return { child, host: Number(String(line)) };
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

it('ends with 0 on SIGTERM while its hosts are in the middle of native code', async () => {
  const { child } = await start(700);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('leaves no host behind when it is killed', async () => {
  const { child, host } = await start(0);
  expect(isRunning(host)).toBe(true);
  child.kill('SIGKILL');
  await expect.poll(() => isRunning(host), { timeout: 10_000 }).toBe(false);
});
