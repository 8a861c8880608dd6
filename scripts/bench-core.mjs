// Measures a spoken turn through a real Home Assistant with our four services, and what each part of it takes.
// Usage: node scripts/bench-core.mjs [--runs 30] [--seed 1] [--port 10440] [--set name=value]… [--json] [--out FILE]
//          [--core http://127.0.0.1:8123 --token-file FILE]
// Without --core a fresh Home Assistant of the test rig is started, and ended. `npm run build` comes first; takes about
// 10 s a run. Adds two Wyoming entries and two voice assistants to that Home Assistant: not for the one you live with.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { benchThroughCore } from '../dist/bench/wyoming/through-core.js';
import { openSetting } from '../dist/commands/setting.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    port: { type: 'string', default: '10440' },
    set: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
    core: { type: 'string' },
    'token-file': { type: 'string' },
    'core-port': { type: 'string', default: '8136' },
  },
});

const project = resolve(import.meta.dirname, '..');
const rig = [join(project, 'rigs/home-assistant'), resolve(project, '../shared/rigs/home-assistant')].find((folder) =>
  existsSync(join(folder, 'start')),
);

const startRig = () => {
  if (!rig) throw new Error('There is no Home Assistant to measure: name one with --core and --token-file.');
  const folder = mkdtempSync(join(tmpdir(), 'evil-assistant-core-'));
  const url = `http://127.0.0.1:${values['core-port']}`;
  execFileSync(join(rig, 'start'), [folder, values['core-port']], { stdio: 'ignore' });
  return {
    core: { url, token: readFileSync(join(folder, 'token'), 'utf8').trim() },
    stop: () => {
      execFileSync(join(rig, 'stop'), [folder], { stdio: 'ignore' });
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const named = () => {
  if (values['token-file'] === undefined)
    throw new Error('--core needs --token-file, a long-lived token of its owner.');
  return {
    core: { url: values.core, token: readFileSync(values['token-file'], 'utf8').trim() },
    stop: () => {},
  };
};

const over = new AbortController();
process.once('SIGINT', () => over.abort());
process.once('SIGTERM', () => over.abort());
const { core, stop } = values.core === undefined ? startRig() : named();
try {
  process.exitCode = await benchThroughCore({
    setting: openSetting({ set: values.set }, over.signal),
    core,
    port: Number(values.port),
    runs: Number(values.runs),
    seed: Number(values.seed),
    settings: values.set,
    json: values.json,
    ...(values.out !== undefined && { out: values.out }),
  });
} finally {
  stop();
}
