import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../../faults.js';
import { VARIABLE_PREFIX } from '../../options/describe.js';
import type { Options } from '../../options/schema.js';
import { shipped } from '../../package.js';
import type { Bytes, Milliseconds } from '../../units.js';
import { cpuTime } from '../cpu-time.js';
import { residentMemory } from '../resident-memory.js';

/** The program as a user runs it, in a process of its own: its event loop, memory and CPU are its own. */
export interface ServingProgram {
  /** Of its Wyoming services. */
  readonly uri: string;
  /** Of it and its hosts so far; undefined where the system does not tell. */
  cpu(): Milliseconds | undefined;
  /** What is resident of it and its hosts. */
  memory(): Bytes | undefined;
  /** Ends it as a service manager does, and waits for it. */
  stop(): Promise<void>;
}

const READY_WITHIN: Milliseconds = 120_000;
/** Longer, and it is killed. */
const ENDS_WITHIN: Milliseconds = 10_000;
/** Of what it says, the end is kept. */
const KEPT = 10_000;
const READY = /Ready\./;

/**
 * Starts the program with these options on a free port of this machine, with the demo house: a bench switches nobody's
 * lights. @throws Fault `engine` where it does not come to serve.
 */
export const startProgram = async (options: Options, signal: AbortSignal): Promise<ServingProgram> => {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'evil-bench-'));
  const file = join(folder, 'options.yaml');
  // YAML takes JSON. All options are in it, so that no other file counts.
  await writeFile(
    file,
    JSON.stringify({
      ...options,
      port,
      bind: '127.0.0.1',
      home: { ...options.home, kind: 'demo' },
      conversation: { ...options.conversation, commands: 'home' },
      log: { ...options.log, level: 'info', format: 'plain', record: '' },
    }),
    { mode: 0o600 },
  );
  const child = spawn(process.execPath, [shipped('dist/cli.js'), 'start', '--no-demo', '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith(VARIABLE_PREFIX))),
  });
  const atExit = (): void => void child.kill('SIGKILL');
  process.once('exit', atExit);
  let said = '';
  let ready = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-KEPT);
      ready ||= READY.test(said);
    });
  }
  let over = false;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      over = true;
      process.off('exit', atExit);
      resolve();
    };
    child.once('close', end);
    child.once('error', end);
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const limit = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN);
    await ended;
    clearTimeout(limit);
  };
  const begin = performance.now();
  try {
    while (!ready) {
      const late = performance.now() - begin > READY_WITHIN;
      if (signal.aborted || over || late) {
        await stop();
        signal.throwIfAborted();
        throw new Fault('engine', `The program ${late ? 'does not get ready' : 'ended at once'}: ${said.trim()}`);
      }
      await pause(20);
    }
  } finally {
    // It has been read, and there may be secrets in it.
    await rm(folder, { recursive: true, force: true });
  }
  const pid = child.pid!;
  return {
    uri: `tcp://127.0.0.1:${port}`,
    cpu: () => cpuTime(pid),
    memory: () => residentMemory(pid)?.resident,
    stop,
  };
};

/** A port that nobody listens on now. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** CPU of a program that has nothing to do, in share of a core. */
const QUIET = 0.1;
const LOOK_EVERY: Milliseconds = 1_000;

/** Waits until the program does nothing by itself any more, as rendering its persona's lines; so long at most. */
export const untilQuiet = async (
  program: Pick<ServingProgram, 'cpu'>,
  within: Milliseconds,
  signal: AbortSignal,
): Promise<void> => {
  for (const begin = performance.now(); performance.now() - begin < within; ) {
    const before = program.cpu();
    if (before === undefined) return;
    await pause(LOOK_EVERY, undefined, { signal });
    if (((program.cpu() ?? 0) - before) / LOOK_EVERY < QUIET) return;
  }
};
