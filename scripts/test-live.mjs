// The tests against what needs a big installation, a real Home Assistant for one. What is not installed is said loudly.
// Usage: node scripts/test-live.mjs [--install] [name…]
//   --install   installs what is missing first (needs root, package registries and some minutes)
//   name        only these groups
// Exit code: 0 all passed, 1 something failed, 2 nothing failed but something could not be run, which is no pass.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
const llama = process.env.EVIL_ASSISTANT_TEST_LLAMA || join(cache, 'evil-assistant-tests', 'llama');

const has = (program, ...args) => {
  const { error, status } = spawnSync(program, args, { stdio: 'ignore' });
  return error === undefined && (args.length === 0 || status === 0);
};
const inRoot = (path) => join(root, path);

/** What there is to test against: where its tests are, whether it is there, and how it gets there. */
const GROUPS = [
  {
    name: 'home-assistant',
    title: 'a real Home Assistant Core',
    tests: ['home-assistant', 'home', 'satellite', 'pipeline', 'setup', 'spoken', 'automations'],
    ready: () =>
      existsSync(join(process.env.HA_RIG || join(cache, 'home-assistant-rig'), 'installed')) &&
      has('unshare', '--mount', '--propagation', 'private', 'true'),
    install: [inRoot('rigs/home-assistant/install')],
  },
  {
    name: 'python',
    title: "Python's Wyoming and its services",
    tests: ['wyoming', 'elsewhere'],
    ready: () => has('python3', '-c', 'import venv, ensurepip'),
    install: ['apt-get', 'install', '-y', '-qq', 'python3-venv'],
  },
  {
    name: 'ollama',
    title: 'a real Ollama server',
    tests: ['llm/'],
    ready: () => existsSync(join(process.env.OLLAMA_RIG || join(cache, 'ollama-rig'), 'models', 'created')),
    install: [inRoot('rigs/ollama/install')],
  },
  {
    name: 'llama',
    title: 'a language model of our own process',
    tests: ['llm-embedded'],
    ready: () =>
      existsSync(join(llama, 'node_modules/node-llama-cpp')) &&
      existsSync(join(process.env.OLLAMA_RIG || join(cache, 'ollama-rig'), 'models', 'created')),
    install: ['npm', 'ci', '--ignore-scripts', '--prefix', llama],
    before: () => execFileSync('cp', ['-r', `${inRoot('llama')}/.`, llama], { stdio: 'inherit' }),
    environment: { EVIL_ASSISTANT_TEST_LLAMA: join(llama, 'node_modules/node-llama-cpp') },
  },
  {
    name: 'pulseaudio',
    title: 'a real PulseAudio server',
    tests: ['sound-card'],
    ready: () => ['pulseaudio', 'pactl', 'parec', 'pacat'].every((program) => has(program, '--version')),
    install: ['apt-get', 'install', '-y', '-qq', 'pulseaudio', 'pulseaudio-utils', 'alsa-utils', 'libasound2-plugins'],
  },
].filter(({ tests }) => tests.some((folder) => existsSync(inRoot(`test/live/${folder}`))));

const args = process.argv.slice(2);
const install = args.includes('--install');
const only = args.filter((arg) => !arg.startsWith('--'));
const unknown = only.filter((name) => !GROUPS.some((group) => group.name === name));
if (unknown.length > 0) {
  console.error(`There is no group ${unknown.join(', ')}. There are: ${GROUPS.map(({ name }) => name).join(', ')}.`);
  process.exit(1);
}

const results = [];
for (const group of GROUPS) {
  if (only.length > 0 && !only.includes(group.name)) continue;
  if (!group.ready() && install) {
    console.log(`\n── Installing ${group.title}`);
    try {
      if (group.before) {
        execFileSync('mkdir', ['-p', llama]);
        group.before();
      }
      const [program, ...rest] = group.install;
      execFileSync(program, rest, {
        stdio: ['ignore', 'inherit', 'inherit'],
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
    } catch (error) {
      console.error(`It could not be installed: ${error.message}`);
    }
  }
  if (!group.ready()) {
    results.push({
      ...group,
      outcome: 'NOT RUN',
      why: `not installed: ${group.install.join(' ').replace(`${root}/`, '')}`,
    });
    continue;
  }
  console.log(`\n── Against ${group.title}`);
  const folders = group.tests.filter((folder) => existsSync(inRoot(`test/live/${folder}`)));
  const { status } = spawnSync(
    process.execPath,
    [
      inRoot('node_modules/vitest/vitest.mjs'),
      'run',
      '--config',
      'vitest.live.config.ts',
      ...folders.map((folder) => `test/live/${folder}`),
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, ...group.environment } },
  );
  results.push({ ...group, outcome: status === 0 ? 'passed' : 'FAILED' });
}

console.log('\n── Live tests');
for (const { name, outcome, title, why } of results) {
  console.log(`${outcome.padEnd(8)}${name.padEnd(16)}${title}${why ? `\n${' '.repeat(24)}${why}` : ''}`);
}
const outcomes = results.map(({ outcome }) => outcome);
if (outcomes.includes('NOT RUN'))
  console.error('\nWhat was NOT RUN has not passed. --install installs what is missing.');
process.exitCode = outcomes.includes('FAILED') ? 1 : outcomes.includes('NOT RUN') ? 2 : 0;
