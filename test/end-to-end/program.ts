/** The real program in a process of its own, as a user or a supervisor runs it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { modelsFolder } from '../models.js';

/** A file of this repository. */
export const ours = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** A folder that goes away with `using`. */
export interface Folder extends Disposable {
  readonly path: string;
  /** Every file in it, relative, sorted. */
  files(): string[];
  /** What a program that was interrupted must not leave behind. */
  leftovers(): string[];
}

export const temporaryFolder = (): Folder => {
  const path = mkdtempSync(join(tmpdir(), 'evil-'));
  const files = (): string[] =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name).slice(path.length + 1))
      .sort();
  return {
    path,
    files,
    // A download is kept to be gone on with.
    leftovers: () => files().filter((file) => /\.(part|tmp)$/.test(file) && !/\.store\/[^/]+\.part$/.test(file)),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
};

export interface ProgramOptions {
  /** Where it runs, and keeps its data and its home. */
  readonly folder: Folder;
  readonly models?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another installation's. */
  readonly cli?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly pid: number;
  /** Both streams, as they came. */
  readonly output: string;
  readonly ended: Promise<Ended>;
  /** Waits until this was printed. Rejects with all output if the program ends first. */
  until(what: RegExp): Promise<void>;
  /** Waits for anything else. */
  untilTrue(what: string, is: () => boolean): Promise<void>;
  /** As a service manager does: to this process alone. */
  terminate(): void;
  /** Ctrl-C: a terminal sends it to all processes of the group. */
  interrupt(): void;
  /** Its processes, with their command lines. */
  descendants(): readonly Descendant[];
}

export interface Descendant {
  readonly pid: number;
  readonly command: string;
}

/** What hangs is a failure; what is slow is not. */
const PATIENCE = 60_000;
const LOOK_EVERY = 10;

/** Programs that a failed test has left running. */
const running = new Set<ChildProcessByStdio<null, Readable, Readable>>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export const startProgram = (args: readonly string[], options: ProgramOptions): Program => {
  const { folder, models = modelsFolder, env = {}, cli = ours('dist/cli.js') } = options;
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder.path,
    // A group of its own, so that Ctrl-C does not hit the tests.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...ownEnvironment(),
      XDG_CONFIG_HOME: join(folder.path, 'config'),
      EVIL_ASSISTANT_FOLDERS_DATA: join(folder.path, 'data'),
      EVIL_ASSISTANT_FOLDERS_MODELS: models,
      // Several run at once; those that are about the port name one.
      EVIL_ASSISTANT_PORT: '0',
      // A developer may have a language model running.
      EVIL_ASSISTANT_MIND_ENGINE: 'none',
      ...env,
    },
  });
  running.add(child);
  const pid = child.pid!;
  let stdout = '';
  let stderr = '';
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    output += text;
  });
  let over = false;
  const closed = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      over = true;
      running.delete(child);
      resolve({ code, signal, stdout, stderr });
    });
  });
  const untilTrue = async (what: string, is: () => boolean): Promise<void> => {
    for (const begin = Date.now(); !is(); await pause(LOOK_EVERY)) {
      if (over) throw new Error(`The program has ended before ${what}:\n${output}`);
      if (Date.now() - begin > PATIENCE) {
        process.kill(-pid, 'SIGKILL');
        throw new Error(`Waited in vain for ${what}:\n${output}`);
      }
    }
  };
  return {
    pid,
    get output() {
      return output;
    },
    get ended() {
      return Promise.race([
        closed,
        pause(PATIENCE, undefined, { ref: false }).then(() => {
          if (!over) process.kill(-pid, 'SIGKILL');
          throw new Error(`The program does not end:\n${output}`);
        }),
      ]);
    },
    until: (what) => untilTrue(String(what), () => what.test(output)),
    untilTrue,
    terminate: () => void child.kill('SIGTERM'),
    interrupt: () => void process.kill(-pid, 'SIGINT'),
    descendants: () => descendantsOf(pid),
  };
};

export const runProgram = (args: readonly string[], options: ProgramOptions): Promise<Ended> =>
  startProgram(args, options).ended;

/** Without options of whoever runs the tests, and without what the test runner adds. */
const ownEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(EVIL_ASSISTANT_|NODE_OPTIONS$|VITEST|FORCE_COLOR$)/.test(name)),
  );

export const isRunning = (pid: number): boolean => {
  try {
    // A zombie has ended; only its parent has not looked yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/** Children and theirs, from /proc. */
const descendantsOf = (root: number): readonly Descendant[] => {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = /^PPid:\s+(\d+)/m.exec(textOf(`/proc/${name}/status`))?.[1];
    if (parent) parents.set(Number(name), Number(parent));
  }
  const found: Descendant[] = [];
  const visit = (pid: number): void => {
    for (const [child, parent] of parents) {
      if (parent !== pid) continue;
      found.push({ pid: child, command: textOf(`/proc/${child}/cmdline`).replaceAll('\0', ' ').trim() });
      visit(child);
    }
  };
  visit(root);
  return found;
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Lines of a stack, in what a user sees. */
export const STACK_TRACE = /^\s+at .*(:\d+:\d+\)?|node:internal)/m;
