/** The AppArmor profile: that it is one, and that the app touches nothing outside it. Enforcing it needs a kernel that has it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ours } from '../../end-to-end/program.js';
import { fileRules, isAllowed, touchesOf } from './apparmor.js';
import { startContainer } from './container.js';
import { buildImage, missing } from './image.js';

const profile = readFileSync(ours('apparmor.txt'), 'utf8');

const need = (tool: string, name: string): void => {
  if (spawnSync('which', [tool]).status !== 0) throw new Error(`${tool} is not installed: apt-get install ${name}`);
};

test('the profile parses', () => {
  need('apparmor_parser', 'apparmor');
  const { status, stderr } = spawnSync('apparmor_parser', ['-Q', '-K', ours('apparmor.txt')], { encoding: 'utf8' });
  expect(stderr.replace(/^Cache read.*\n/m, '')).toBe('');
  expect(status).toBe(0);
});

test('a whole run, from the first process to the last, touches no path outside it', async () => {
  need('strace', 'strace');
  const lacking = missing();
  if (lacking) throw new Error(`The add-on cannot be booted here: ${lacking}`);
  const image = await buildImage();
  const { options } = parse(readFileSync(ours('config.yaml'), 'utf8')) as { options: object };
  await using container = await startContainer(image, { options, models: true, traced: true });
  await container.until('a discovery', () => container.requests.some(({ path }) => path === '/discovery'));
  await container.exec('evil-assistant', 'wyoming', 'converse', 'turn on the kitchen light');
  const said = await container.exec('evil-assistant', 'wyoming', 'synthesize', 'I obey.', '--out', '/tmp/said.wav');
  expect(said.code, said.output).toBe(0);
  expect(await container.stop()).toBe(0);

  const touches = touchesOf(container.trace(), /^.*?\/run-[^/]+\/root(?=\/|$)/);
  expect(touches.some(({ path, how }) => how === 'x' && path.endsWith('/node'))).toBe(true);
  expect(touches.some(({ path }) => path.startsWith('/data/models/'))).toBe(true);
  // onnxruntime's telemetry identifies the machine, keeps a queue on disk and writes a log of its own: none of that.
  expect(touches.filter(({ path }) => /Microsoft|mat-debug|blkid|machine-id/.test(path))).toEqual([]);
  const rules = fileRules(profile);
  // What only the rig's stand-ins for s6-overlay do.
  const ofTheRig = /^\/(init|supervisor\.mjs|run\/bundle\/.*|usr\/lib\/execline\/bin\/.*)$/;
  const outside = touches.filter((touch) => !ofTheRig.test(touch.path) && !isAllowed(rules, touch));
  expect(outside.map(({ how, path }) => `${how} ${path}`)).toEqual([]);
}, 200_000);
