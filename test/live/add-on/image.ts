/**
 * Builds the add-on's image without Docker: runs the Dockerfile's own instructions in a Debian root. What no registry of packages
 * has is stood in for: the base images by Debian with its own s6, Node 24 by the npm package that carries it, s6-overlay and
 * bashio by the scripts in fixtures/. Needs root, mmdebstrap and a network.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ours } from '../../end-to-end/program.js';
import { type Instruction, stagesOf } from './dockerfile.js';

const run = promisify(execFile);
const OUTPUT = 64 << 20;

/** Kept from run to run: Debian is the same each time. */
export const rigFolder = join(homedir(), '.cache', 'evil-assistant', 'rigs', 'add-on');
const PACKAGES = 'bash,ca-certificates,curl,execline,jq,s6,tzdata,xz-utils';
const PATH = '/command:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Why the rig cannot run here, as a sentence; undefined where it can. */
export const missing = (): string | undefined => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'the image can only be assembled by root on Linux';
  for (const tool of ['mmdebstrap', 'unshare', 'chroot']) {
    if (spawnSync('which', [tool]).status !== 0) return `${tool} is not installed: apt-get install ${tool}`;
  }
  return undefined;
};

export interface Image {
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly healthcheck: readonly string[];
  readonly labels: string;
  /** In MB, of everything, and of what the Dockerfile adds to its base. */
  readonly size: { readonly all: number; readonly own: number };
}

export interface BuildOptions {
  readonly args?: Readonly<Record<string, string>>;
  readonly say?: (line: string) => void;
}

/** @throws with the output of the step that failed. */
export const buildImage = async ({ args = {}, say = () => {} }: BuildOptions = {}): Promise<Image> => {
  await mkdir(rigFolder, { recursive: true });
  const debian = await debianRoot(say);
  const allowed = await dockerignore();
  const roots = new Map<string, string>();
  let image: Image | undefined;
  for (const [i, stage] of stagesOf(await readFile(ours('Dockerfile'), 'utf8')).entries()) {
    const root = join(rigFolder, stage.name ?? `image-${i}`);
    roots.set(stage.name ?? String(i), root);
    await rm(root, { recursive: true, force: true });
    await run('cp', ['-a', '--reflink=auto', debian, root]);
    if (stage.base.includes('/node:')) await addNode(root);
    else if (stage.base.includes('/base-debian:')) await addOverlay(root);
    else throw new Error(`Nothing stands in for ${stage.base}`);
    const before = await megabytes(root);
    const state: State = { root, roots, allowed, cwd: '/', environment: { PATH }, args, arguments: {} };
    for (const instruction of stage.instructions) {
      say(`${instruction.name} ${instruction.text.slice(0, 100)}`);
      await perform(instruction, state);
    }
    const all = await megabytes(root);
    const { healthcheck = [], labels = '', environment } = state;
    image = { root, environment, healthcheck, labels, size: { all, own: all - before } };
  }
  return image!;
};

interface State {
  readonly root: string;
  readonly roots: ReadonlyMap<string, string>;
  readonly allowed: readonly string[];
  readonly environment: Record<string, string>;
  readonly args: Readonly<Record<string, string>>;
  readonly arguments: Record<string, string>;
  cwd: string;
  healthcheck?: readonly string[];
  labels?: string;
}

const perform = async ({ name, text }: Instruction, state: State): Promise<void> => {
  switch (name) {
    case 'WORKDIR':
      state.cwd = text;
      await mkdir(join(state.root, text), { recursive: true });
      return;
    case 'ARG': {
      const [key, fallback = ''] = text.split('=') as [string, string?];
      state.arguments[key] = state.args[key] ?? fallback.replaceAll('"', '');
      return;
    }
    case 'ENV': {
      const [key, value = ''] = text.split('=') as [string, string?];
      state.environment[key] = value.replaceAll('"', '');
      return;
    }
    case 'COPY':
      return copy(text, state);
    case 'RUN':
      return step(text, state);
    case 'HEALTHCHECK':
      state.healthcheck = JSON.parse(/CMD (\[.*\])/.exec(text)?.[1] ?? '[]') as string[];
      return;
    case 'LABEL':
      state.labels = text;
      return;
    case 'SHELL':
      return;
    default:
      throw new Error(`${name} is an instruction that the rig does not know`);
  }
};

const copy = async (text: string, { root, roots, allowed, cwd }: State): Promise<void> => {
  const words = text.split(/\s+/);
  const stage = /^--from=(\S+)$/.exec(words[0]!)?.[1];
  const sources = words.slice(stage === undefined ? 0 : 1, -1);
  const target = words.at(-1)!;
  const to = target.startsWith('/') ? join(root, target) : join(root, cwd, target);
  for (const source of sources) {
    if (stage === undefined && !allowed.includes(source)) throw new Error(`.dockerignore keeps ${source} away`);
    const from = stage === undefined ? ours(source) : join(roots.get(stage)!, source);
    const folder = (await stat(from)).isDirectory();
    await mkdir(folder ? to : dirname(to), { recursive: true });
    if (folder) await run('cp', ['-a', '--no-preserve=ownership', `${from}/.`, to]);
    else await copyFile(from, target.endsWith('/') ? join(to, basename(source)) : to);
  }
};

/** A step as Docker runs it: in the root, with a network, and with nothing mounted that stays behind. */
const step = async (command: string, { root, cwd, environment, arguments: given }: State): Promise<void> => {
  const script = `
    mount --rbind /dev "$ROOT/dev" && mount -t proc proc "$ROOT/proc" &&
    cp /etc/resolv.conf "$ROOT/etc/resolv.conf" &&
    exec chroot "$ROOT" /usr/bin/env -i "$@"`;
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
  if (certificates) {
    await mkdir(dirname(join(root, certificates)), { recursive: true });
    await copyFile(certificates, join(root, certificates));
  }
  const npmrc = join(homedir(), '.npmrc');
  if (existsSync(npmrc)) await copyFile(npmrc, join(root, 'root', '.npmrc'));
  const variables = {
    ...environment,
    ...given,
    HOME: '/root',
    DEBIAN_FRONTEND: 'noninteractive',
    ...(certificates && { NODE_EXTRA_CA_CERTS: certificates }),
  };
  const pairs = Object.entries(variables).map(([key, value]) => `${key}=${value}`);
  const inner = ['/bin/bash', '-o', 'pipefail', '-c', `cd ${cwd} && ${command}`];
  const args = ['--mount', '--pid', '--fork', '--kill-child', '/bin/sh', '-c', script, 'sh', ...pairs, ...inner];
  try {
    await run('unshare', args, { env: { ...process.env, ROOT: root }, maxBuffer: OUTPUT });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`A step of the Dockerfile failed: ${command}\n${stdout}${stderr}`);
  } finally {
    await rm(join(root, 'root', '.npmrc'), { force: true });
  }
};

/** What .dockerignore lets through, by its first folder. */
const dockerignore = async (): Promise<readonly string[]> =>
  (await readFile(ours('.dockerignore'), 'utf8'))
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));

const debianRoot = async (say: (line: string) => void): Promise<string> => {
  const root = join(rigFolder, 'debian');
  if (existsSync(root)) return root;
  say('mmdebstrap trixie');
  const unfinished = `${root}.part`;
  await rm(unfinished, { recursive: true, force: true });
  await run('mmdebstrap', ['--variant=minbase', `--include=${PACKAGES}`, 'trixie', unfinished], { maxBuffer: OUTPUT });
  await rename(unfinished, root);
  return root;
};

const addNode = async (root: string): Promise<void> => {
  const carrier = `node-linux-${process.arch}`;
  const folder = join(rigFolder, 'node24');
  const binary = join(folder, 'node_modules', carrier, 'bin', 'node');
  if (!existsSync(binary)) {
    await mkdir(folder, { recursive: true });
    const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-fund', '--no-audit'];
    await run('npm', ['install', ...flags, '--prefix', folder, `${carrier}@24`]);
  }
  await mkdir(join(root, 'usr/local/bin'), { recursive: true });
  await copyFile(binary, join(root, 'usr/local/bin/node'));
  const { stdout } = await run('which', ['npm']);
  const npm = dirname(dirname(realpathSync(stdout.trim())));
  await cp(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
  // What the node image has of it, for the binary's sake.
  await step('apt-get update && apt-get install -y --no-install-recommends libatomic1 libstdc++6', {
    root,
    roots: new Map(),
    allowed: [],
    cwd: '/',
    environment: { PATH },
    args: {},
    arguments: {},
  });
};

/** Hosts that models come from, and that never answer in the rig. */
const SILENT = [
  'alphacephei.com',
  'download.moonshine.ai',
  'github.com',
  'huggingface.co',
  'pypi.org',
  'raw.githubusercontent.com',
  'registry.npmjs.org',
];

const FIXTURES = 'test/live/add-on/fixtures';

const addOverlay = async (root: string): Promise<void> => {
  const put = async (name: string, to: string): Promise<void> => {
    await mkdir(dirname(join(root, to)), { recursive: true });
    await copyFile(ours(join(FIXTURES, name)), join(root, to));
  };
  await put('init', 'init');
  await put('with-contenv', 'command/with-contenv');
  await put('halt', 'run/s6/basedir/bin/halt');
  await put('bashio', 'usr/bin/bashio');
  await put('supervisor.mjs', 'supervisor.mjs');
  for (const tool of await readdir(join(root, 'usr/bin'))) {
    if (/^(s6-|execlineb$)/.test(tool)) await symlink(`/usr/bin/${tool}`, join(root, 'command', tool));
  }
  await writeFile(join(root, 'etc/hosts'), `127.0.0.1 ${['localhost', 'supervisor', ...SILENT].join(' ')}\n`);
};

const megabytes = async (folder: string): Promise<number> => {
  const { stdout } = await run('du', ['-sxm', folder]);
  return Number.parseInt(stdout, 10);
};
