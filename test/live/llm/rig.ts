import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Prompt } from '../../../src/stages.js';

const run = promisify(execFile);
const HOME = process.env.OLLAMA_RIG ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ollama-rig');
const PROGRAM = process.env.OLLAMA_BIN ?? join(HOME, 'bin', 'ollama');

/** A real Ollama server of our own on loopback, with the models of the test installation. */
export interface Rig {
  readonly url: string;
  readonly pid: number;
  start(): Promise<void>;
  /** At once, as if the plug were pulled. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
};

export const openRig = async (environment: NodeJS.ProcessEnv = {}): Promise<Rig> => {
  await run(PROGRAM, ['--version']).catch(() => {
    throw new Error(`No Ollama at ${PROGRAM}: install one, or name it in OLLAMA_BIN (and its models in OLLAMA_MODELS)`);
  });
  const folder = mkdtempSync(join(tmpdir(), 'ollama-rig-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ReturnType<typeof spawn> | undefined;
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    // The runner that holds the model is a child of the server's own, in the server's group.
    process.kill(-child.pid!, 'SIGKILL');
    await gone;
  };
  const rig: Rig = {
    url,
    get pid() {
      return child!.pid!;
    },
    async start() {
      child = spawn(PROGRAM, ['serve'], {
        detached: true,
        stdio: 'ignore',
        env: {
          ...process.env,
          HOME: folder,
          OLLAMA_HOST: `127.0.0.1:${port}`,
          OLLAMA_MODELS: process.env.OLLAMA_MODELS ?? join(HOME, 'models'),
          OLLAMA_NUM_PARALLEL: '1',
          ...environment,
        },
      });
      for (let tries = 0; ; tries++) {
        const answers = await fetch(`${url}/api/version`).then(
          (response) => response.ok,
          () => false,
        );
        if (answers) return;
        if (tries > 200 || child.exitCode !== null) throw new Error('Ollama does not come up');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    kill,
    async close() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await rig.start();
  return rig;
};

/** CPU time of the server and of what it has started, so far, in ms: who still works, uses some. Linux only. */
export const cpuUsed = ({ pid }: Rig): number => {
  const children = (id: number): number[] => {
    const tasks = readdirSync(`/proc/${id}/task`);
    const own = tasks.flatMap((task) =>
      readFileSync(`/proc/${id}/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
    return [id, ...own.flatMap(children)];
  };
  // Fields 14 and 15 of proc_pid_stat(5), in hundredths of a second; the name before them may hold blanks.
  const ticks = children(pid).map((id) => {
    const fields = readFileSync(`/proc/${id}/stat`, 'latin1').split(') ')[1]!.split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, one) => sum + one, 0) * 10;
};

export const LONG_STORY: Prompt = {
  system: 'You are a demon in a small speaker. You tell long stories.',
  messages: [{ role: 'user', text: 'Tell me a very long story about a castle and all who lived in it.' }],
};

/** A prompt that takes the small model a second or two to read. */
export const longPrompt = (salt: string): Prompt => ({
  system: `${salt}. ${'The castle has a cellar, a tower, a well and a dragon that nobody has seen. '.repeat(18)}`,
  messages: [{ role: 'user', text: 'Hello.' }],
});
