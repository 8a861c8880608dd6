import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { modelsFolder } from '../../models.js';
import { type Image, rigFolder } from './image.js';

const run = promisify(execFile);
const PATIENCE = 90_000;
/** How long Docker waits after SIGTERM: `timeout` of config.yaml. What has not ended by then is killed, here too. */
const GRACE = 30_000;
const TOKEN = 'a-token-of-the-supervisor';

export interface ContainerOptions {
  /** As the Supervisor writes them to /data/options.json. */
  readonly options: unknown;
  /** Whether the models are there already; nothing can be fetched, there is no network. */
  readonly models: boolean;
  /** What files are touched goes into `trace`. */
  readonly traced?: boolean;
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body?: string;
}

/** A run of the image in namespaces of its own, as Docker would start it. */
export interface Container {
  readonly log: string;
  /** What the Supervisor was asked. */
  readonly requests: readonly Request[];
  /** The container's exit code; −1 where it had to be killed. */
  readonly ended: Promise<number>;
  until(what: string, is: () => boolean | Promise<boolean>): Promise<void>;
  /** Runs a command inside, as root, and gives its exit code and output. */
  exec(...command: readonly string[]): Promise<{ readonly code: number; readonly output: string }>;
  /** Process ids inside, by a part of their command line. */
  pids(command: string): Promise<readonly number[]>;
  /** SIGTERM to its first process, as `docker stop`. */
  stop(): Promise<number>;
  /** Lines of strace; complete after the end. */
  trace(): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** In the namespaces: an overlay on the image, so that a run changes nothing of it. */
const ENTER = `
  set -e
  ip link set lo up
  hostname local-evil-assistant
  mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$RUN/upper,workdir=$RUN/work" "$RUN/root"
  mkdir -p "$RUN/root/data" "$RUN/root/config"
  mount --bind "$RUN/data" "$RUN/root/data"
  mount --bind "$RUN/config" "$RUN/root/config"
  mount -t proc proc "$RUN/root/proc"
  mount --rbind /dev "$RUN/root/dev"
  mount -t sysfs -o ro sysfs "$RUN/root/sys"
  # Something of the image's own answers for the Supervisor.
  chroot "$RUN/root" /usr/local/bin/node /supervisor.mjs "$TOKEN" >&3 2>&1 &
  exec 3>&-
  exec $TRACE chroot "$RUN/root" /usr/bin/env -i "$@" /init
`;

export const startContainer = async (
  image: Image,
  { options, models, traced }: ContainerOptions,
): Promise<Container> => {
  const folder = await mkdtemp(join(rigFolder, 'run-'));
  for (const name of ['upper', 'work', 'root', 'data', 'config']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'data', 'options.json'), JSON.stringify(options), { mode: 0o600 });
  if (models) await cp(modelsFolder, join(folder, 'data', 'models'), { recursive: true });
  const variables = Object.entries({ ...image.environment, SUPERVISOR_TOKEN: TOKEN, TZ: 'Europe/Berlin' });
  const child = spawn(
    'unshare',
    [
      ...['--mount', '--pid', '--net', '--uts', '--ipc', '--fork', '--kill-child', '/bin/sh', '-c', ENTER, 'sh'],
      ...variables.map(([key, value]) => `${key}=${value}`),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        LOWER: image.root,
        RUN: folder,
        TOKEN,
        TRACE: traced ? `strace -D -f -qq -y -s 4096 -e trace=%file -e signal=none -o ${folder}/trace` : '',
      },
    },
  );
  let log = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', (text) => (log += text));
  const requests: Request[] = [];
  let partial = '';
  (child.stdio[3] as NodeJS.ReadableStream).setEncoding('utf8').on('data', (text: string) => {
    const lines = (partial + text).split('\n');
    partial = lines.pop()!;
    for (const line of lines) {
      const entry = JSON.parse(line) as Request;
      if (entry.path) requests.push(entry);
    }
  });
  let over = false;
  const ended = new Promise<number>((resolve) => {
    child.on('close', (code) => {
      over = true;
      resolve(code ?? -1);
    });
  });
  const within = (time: number): Promise<number> => {
    const timer = setTimeout(() => child.kill('SIGKILL'), time);
    return ended.finally(() => clearTimeout(timer));
  };
  const enter = ['-t', '', '-m', '-u', '-n', '-p', '-r', '-w'];
  const exec: Container['exec'] = async (...command) => {
    const first = firstProcess(child);
    if (first === undefined) return { code: -1, output: '' };
    enter[1] = String(first);
    const inside = ['/usr/bin/env', ...variables.map(([key, value]) => `${key}=${value}`), ...command];
    try {
      const { stdout, stderr } = await run('nsenter', [...enter, ...inside], { timeout: 30_000, maxBuffer: 16 << 20 });
      return { code: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout = '', stderr = '' } = error as { code?: number; stdout?: string; stderr?: string };
      return { code: typeof code === 'number' ? code : -1, output: stdout + stderr };
    }
  };
  return {
    get log() {
      return log;
    },
    requests,
    get ended() {
      return within(PATIENCE);
    },
    until: async (what, is) => {
      for (const begin = Date.now(); !(await is()); await pause(100)) {
        if (over) throw new Error(`The container has ended before ${what}:\n${log}`);
        if (Date.now() - begin > PATIENCE) throw new Error(`Waited in vain for ${what}:\n${log}`);
      }
    },
    exec,
    pids: async (command) => {
      const { output } = await exec(
        ...[
          '/bin/bash',
          '-c',
          'for p in /proc/[0-9]*; do echo "$(basename $p) $(tr "\\0" " " < $p/cmdline)"; done 2>/dev/null',
        ],
      );
      return output.split('\n').flatMap((line) => (line.includes(command) ? [Number.parseInt(line, 10)] : []));
    },
    stop: () => {
      const first = firstProcess(child);
      if (first !== undefined) process.kill(first, 'SIGTERM');
      return within(GRACE);
    },
    trace: () => readFileSync(join(folder, 'trace'), 'utf8'),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** What is process 1 inside, seen from here; undefined where there is none yet, or no more. */
const firstProcess = ({ pid }: ChildProcess): number | undefined => {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? undefined : Number(children.split(' ')[0]);
  } catch {
    return undefined;
  }
};
