/** What Home Assistant's store makes of this repository, rule by rule. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ours } from '../end-to-end/program.js';
import { addOn, text, tree, yaml } from './files.js';
import { securityRating } from './supervisor.js';

describe('the repository', () => {
  test('says what it is called, or its address would be refused', () => {
    const { name, url } = yaml<{ name: string; url?: string }>('repository.yaml');
    expect(name).toBe('Evil Assistant');
    if (url !== undefined) expect(URL.canParse(url)).toBe(true);
  });

  test('has one add-on: no other file would be taken for one', () => {
    const found = tree().filter((path) => {
      const folders = path.split('/').slice(0, -1);
      return (
        /^config\.(ya?ml|json)$/.test(basename(path)) && !folders.some((it) => it.startsWith('.') || it === 'rootfs')
      );
    });
    expect(found).toEqual(['config.yaml']);
  });

  test('has nothing that would be taken for a build file of old', () => {
    expect(tree().filter((path) => /^build\.(ya?ml|json)$/.test(basename(path)))).toEqual([]);
  });

  test.each(['Dockerfile', 'apparmor.txt', 'CHANGELOG.md', 'DOCS.md', 'README.md', 'translations/en.yaml'])(
    'has its %s',
    (path) => {
      expect(text(path).trim()).not.toBe('');
    },
  );

  test.each([
    ['icon.png', 128, 128],
    ['logo.png', 250, 100],
  ])('has %s of %i × %i, and where it was drawn', (path, width, height) => {
    const bytes = readFileSync(ours(path));
    expect(bytes.subarray(0, 8)).toEqual(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([width, height]);
    expect(text(`art/${path.replace('.png', '.svg')}`)).toContain('<svg');
  });
});

test.each(['config.yaml', 'repository.yaml', ...tree('translations')])(
  "%s says the same to the Supervisor's YAML 1.1, where off is no text, as to ours",
  (path) => {
    expect(parse(text(path), { version: '1.1' })).toEqual(parse(text(path)));
  },
);

describe('config.yaml', () => {
  /** All that we say; a key that the Supervisor does not know is dropped without a word. */
  const KNOWN =
    'name version slug description arch url startup boot init stage ports ingress panel_icon panel_title homeassistant map audio hassio_api homeassistant_api discovery backup_exclude options schema image timeout';
  /** The linter forbids what says nothing. */
  const DEFAULTS: Readonly<Record<string, unknown>> = {
    boot: 'auto',
    startup: 'application',
    init: true,
    stage: 'stable',
    ingress: false,
    ingress_port: 8099,
    panel_icon: 'mdi:puzzle',
    panel_title: addOn.name,
    audio: false,
    hassio_api: false,
    homeassistant_api: false,
    hassio_role: 'default',
    host_network: false,
    apparmor: true,
    timeout: 10,
  };

  test('says what must be said, and only what is known', () => {
    expect(Object.keys(addOn).filter((key) => !KNOWN.split(' ').includes(key))).toEqual([]);
    for (const key of ['name', 'version', 'slug', 'description', 'arch']) expect(addOn).toHaveProperty(key);
    expect(addOn.slug).toMatch(/^[-_.A-Za-z0-9]+$/);
  });

  test('says nothing that is the default anyway', () => {
    const idle = Object.entries(DEFAULTS).filter(([key, value]) => key in addOn && addOn[key] === value);
    expect(idle).toEqual([]);
    expect(addOn).not.toHaveProperty('watchdog');
  });

  test("has the program's version", () => {
    expect(text('config.yaml')).toMatch(/^version: "/m);
    expect(addOn.version).toBe(yaml<{ version: string }>('package.json').version);
  });

  test('names an image only as a release does: without a tag', () => {
    if (addOn.image !== undefined) expect(addOn.image).toMatch(/^ghcr\.io\/[a-z0-9-]+\/evil-assistant$/);
  });

  test('runs on what is still supported', () => {
    expect(addOn.arch).toEqual(['aarch64', 'amd64']);
    expect(addOn.homeassistant).toBe('2026.7.0');
    expect(addOn.map).not.toContainEqual(expect.stringMatching(/^(config|addon_config|addons)/));
  });

  test('may announce its services, opens no port of the host, and keeps models out of backups', () => {
    expect(addOn.discovery).toEqual(['wyoming']);
    expect(addOn.ports).toEqual({ '10400/tcp': null, '10700/tcp': null });
    expect(addOn.backup_exclude).toContain('models');
    expect(addOn.init, 's6-overlay is the first process').toBe(false);
    expect(addOn.timeout).toBeGreaterThanOrEqual(10);
  });

  test('has the best security rating there is', () => {
    expect(securityRating(addOn, true)).toBe(8);
    expect(securityRating({ ...addOn, host_network: true }, true)).toBe(7);
    expect(securityRating(addOn, false)).toBe(7);
  });
});
