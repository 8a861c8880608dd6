/** What can be said of the image without building it; test/live/add-on builds and boots it. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ours } from '../end-to-end/program.js';
import { stagesOf } from '../live/add-on/dockerfile.js';
import { text, tree } from './files.js';

const stages = stagesOf(text('Dockerfile'));
const image = stages.at(-1)!;
const said = (name: string): readonly string[] =>
  image.instructions.flatMap((instruction) => (instruction.name === name ? [instruction.text] : []));

describe('the Dockerfile', () => {
  test('names its own base, which the Supervisor no longer does', () => {
    expect(image.base).toBe('ghcr.io/home-assistant/base-debian:trixie');
    expect(text('Dockerfile')).not.toContain('BUILD_FROM');
  });

  test('brings Node 24', () => {
    expect(stages[0]!.base).toMatch(/^docker\.io\/library\/node:24\.\d+\.\d+-trixie-slim$/);
  });

  test('has a health check that asks nothing heavy, soon enough for the boot not to wait', () => {
    const [check = ''] = said('HEALTHCHECK');
    expect(check).toContain('CMD ["/usr/bin/evil-assistant-describe"]');
    expect(check).toMatch(/--start-interval=\ds/);
    expect(tree('rootfs')).toContain('rootfs/usr/bin/evil-assistant-describe');
  });

  test('says what it is and under which terms', () => {
    const [labels = ''] = said('LABEL');
    for (const label of ['io.hass.type="app"', 'io.hass.arch=', 'io.hass.version=', 'GPL-3.0-or-later', 'espeak-ng']) {
      expect(labels).toContain(label);
    }
  });

  test('has onnxruntime tell nobody', () => {
    expect(said('ENV')).toContain('ORT_DISABLE_TELEMETRY="1"');
  });

  test('refuses to bake in what is for non-commercial use only', () => {
    expect(text('Dockerfile')).toMatch(/\*" wake-"\*\).*exit 1/);
  });

  test('copies only what .dockerignore lets through', () => {
    const allowed = text('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    const copied = stages.flatMap(({ instructions }) =>
      instructions.flatMap(({ name, text: words }) =>
        name === 'COPY' && !words.startsWith('--from') ? words.split(/\s+/).slice(0, -1) : [],
      ),
    );
    expect([...copied].sort()).toEqual([...allowed].sort());
  });
});

describe('rootfs', () => {
  const services = 'rootfs/etc/s6-overlay/s6-rc.d';
  const scripts = tree('rootfs').filter((path) => /\/(run|finish)$|^rootfs\/usr\/bin\//.test(path));

  test.each(scripts)('%s can be executed, also from a fresh clone', (path) => {
    expect(statSync(ours(path)).mode & 0o777).toBe(0o755);
    expect(text(path)).toMatch(/^#!/);
    const tracked = gitMode(path);
    if (tracked !== undefined) expect(tracked).toBe('100755');
  });

  test('starts what it names, in order', () => {
    const named = tree(`${services}/user/contents.d`).map((path) => path.split('/').at(-1)!);
    expect(named.sort()).toEqual(['discovery', 'evil-assistant']);
    for (const name of named) expect(text(`${services}/${name}/type`)).toBe('longrun\n');
    expect(tree(services)).toContain(`${services}/discovery/dependencies.d/evil-assistant`);
    expect(tree(services)).toContain(`${services}/evil-assistant/dependencies.d/base`);
  });

  test("runs scripts with the container's environment, which has the Supervisor's token", () => {
    for (const path of scripts.filter((it) => dirname(it) !== 'rootfs/usr/bin' && !it.endsWith('discovery/finish'))) {
      expect(text(path)).toMatch(/^#!\/command\/with-contenv bashio\n/);
    }
  });

  test('posts one discovery, in one place', () => {
    expect(scripts.filter((path) => /bashio::discovery /.test(text(path)))).toEqual([`${services}/discovery/run`]);
    expect(text(`${services}/discovery/run`).match(/bashio::discovery /g)).toHaveLength(1);
  });
});

test('apparmor.txt has exactly one profile that the Supervisor can rename', () => {
  const profiles = text('apparmor.txt')
    .split('\n')
    .filter((line) => /^profile ([^ ]+).*$/.test(line));
  expect(profiles).toHaveLength(1);
  expect(text('apparmor.txt')).not.toMatch(/peer=\*?_?evil|^\s+profile /m);
});

const gitMode = (path: string): string | undefined => {
  try {
    const listed = execFileSync('git', ['ls-files', '-s', path], { cwd: ours('.'), encoding: 'utf8' });
    return listed.slice(0, 6) || undefined;
  } catch {
    return undefined;
  }
};
