// Measures commands against a real Home Assistant on this machine: written and spoken, to the change of the state and to
// the first sound of the reply.
// Usage: node scripts/bench-home.mjs [--runs 36] [--seed 1] [--core-port 8137] [--set name=value]… [--json] [--out FILE]
// A fresh Home Assistant of the test rig is started, and ended; HA_RIG names another one. `npm run build` comes first;
// takes about 8 s a run.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { benchHome } from '../dist/bench/home/bench-home.js';
import { openSetting } from '../dist/commands/setting.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '36' },
    seed: { type: 'string', default: '1' },
    set: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
    'core-port': { type: 'string', default: '8137' },
  },
});

const rig = resolve(import.meta.dirname, '../rigs/home-assistant');
const folder = mkdtempSync(join(tmpdir(), 'evil-assistant-core-'));
const url = `http://127.0.0.1:${values['core-port']}`;

const over = new AbortController();
process.once('SIGINT', () => over.abort());
process.once('SIGTERM', () => over.abort());
execFileSync(join(rig, 'start'), [folder, values['core-port']], { stdio: ['ignore', 'ignore', 'inherit'] });
try {
  const token = readFileSync(join(folder, 'token'), 'utf8').trim();
  process.exitCode = await benchHome({
    setting: openSetting(
      { set: [`home_assistant.url=${url}`, `home_assistant.token=${token}`, 'log.level=warn', ...values.set] },
      over.signal,
    ),
    core: { url, token, folder },
    runs: Number(values.runs),
    seed: Number(values.seed),
    json: values.json,
    ...(values.out !== undefined && { out: values.out }),
  });
} finally {
  execFileSync(join(rig, 'stop'), [folder], { stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true });
}
