import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Archive } from '../../src/models/catalogue.js';
import { locator } from '../../src/models/locator.js';
import { agentOptions, DEFAULT_REGISTRY, parseNpmrc, readNpmConfig, registryFor } from '../../src/models/npm-config.js';
import { type Capture, capture } from '../../src/models/package-tools.js';
import { npmTarball, zipOf } from './archives.js';
import { sha256Of } from './fake-network.js';
import { entryOf, fileOf, noise, openShop, out, type Shop } from './shop.js';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(() => shop.close());

const A = noise(5000, 1);
const nothing: Capture = async () => undefined;
const signal = new AbortController().signal;
const host = () => new URL(shop.network.url).host;
/** An environment without what the surrounding npm has put into it. */
const clean = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))),
  ...more,
});
const hasNpm = (() => {
  try {
    return Boolean(execFileSync('npm', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return false;
  }
})();

/** A project of the user's, with an `.npmrc`. */
const project = (npmrc: string): string => {
  const folder = join(shop.root, 'project');
  mkdirSync(join(folder, 'below'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"name":"p","version":"1.0.0"}');
  writeFileSync(join(folder, '.npmrc'), npmrc);
  return folder;
};

describe("npm's registry is reached as the user's npm would", () => {
  const fetchWith = (options: Parameters<typeof locator>[0], name = 'carrier') =>
    shop.open([entryOf('m', fileOf('a', A, out(name, 'a')))], { locate: locator(options) }).need(['m']);

  test.runIf(hasNpm)(
    'with the registry and the login of an .npmrc, which "npm config list" keeps to itself',
    async () => {
      shop.npm('carrier', [{ path: 'a', data: A }]);
      shop.network.demand('Bearer s3cret');
      const cwd = project(`registry=${shop.network.url}/\n//${host()}/:_authToken=\${TOKEN_OF_TEST}\n`);
      const here: Capture = async (_command, args) =>
        execFileSync('npm', [...args], { cwd, env: clean(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      await fetchWith({ capture: here, cwd, env: clean({ TOKEN_OF_TEST: 's3cret' }) });
      expect(shop.holds('m/a', A)).toBe(true);
    },
  );

  test('without npm, from the .npmrc of the project around it and from the environment', async () => {
    shop.npm('@scope/carrier', [{ path: 'a', data: A }]);
    shop.network.demand('Bearer t0ken');
    const cwd = join(project(`registry=http://127.0.0.1:1/\n//${host()}/:_authToken=t0ken\n`), 'below');
    const env = { 'npm_config_@scope:registry': `${shop.network.url}/`, npm_config_userconfig: '/nowhere' };
    await fetchWith({ capture: nothing, cwd, env }, '@scope/carrier');
    expect(shop.network.asked.map((it) => it.path)).toEqual(['/@scope/carrier', '/@scope/carrier/-/carrier-1.0.0.tgz']);
  });

  test('and a missing login is named, not printed', async () => {
    shop.npm('carrier', [{ path: 'a', data: A }]);
    shop.network.demand('Bearer right');
    const cwd = project(`registry=${shop.network.url}/\n//${host()}/:_authToken=wr0ng\n`);
    const failed = fetchWith({ capture: nothing, cwd, env: { npm_config_userconfig: '/nowhere' } });
    await expect(failed).rejects.toThrow(
      'npm carrier@1.0.0: it wants a login that is not configured here, or refuses this one (HTTP 401)',
    );
    await expect(failed).rejects.toThrow(/^((?!wr0ng)[\s\S])*$/);
  });

  test('a login stays with its host when the registry redirects elsewhere', async () => {
    const tarball = npmTarball([{ path: 'a', data: A }]);
    const elsewhere = await openShop();
    const redirecting: Server = createServer((request, response) => {
      if (request.url?.endsWith('.tgz'))
        response.writeHead(302, { location: elsewhere.network.file('/cdn.tgz', tarball) }).end();
      else {
        const dist = { tarball: `http://127.0.0.1:${port()}/carrier.tgz` };
        response.end(JSON.stringify({ versions: { '1.0.0': { dist } } }));
      }
    });
    const port = () => (redirecting.address() as AddressInfo).port;
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
    try {
      shop.npm('carrier', [{ path: 'a', data: A }]);
      const env = {
        npm_config_registry: `http://127.0.0.1:${port()}`,
        [`npm_config_//127.0.0.1:${port()}/:_authToken`]: 't',
      };
      await fetchWith({ capture: nothing, cwd: shop.root, env });
      expect(elsewhere.network.asked).toMatchObject([{ path: '/cdn.tgz', authorization: undefined }]);
    } finally {
      redirecting.closeAllConnections();
      redirecting.close();
      await elsewhere.close();
    }
  });

  test("a mirror that hands on npm's own addresses is asked itself", async () => {
    const archive = shop.npm('carrier', [{ path: 'a', data: A }]);
    const dist = { tarball: `${DEFAULT_REGISTRY}carrier/-/carrier-1.0.0.tgz` };
    shop.network.file('/carrier', Buffer.from(JSON.stringify({ versions: { '1.0.0': { dist } } })));
    const { endpoint } = await locator({
      capture: nothing,
      cwd: shop.root,
      env: { npm_config_registry: shop.network.url },
    })(archive, signal);
    expect(endpoint.url).toBe(`${shop.network.url}/carrier/-/carrier-1.0.0.tgz`);
  });

  test('a version or package that it lacks, and an answer that is none, are said', async () => {
    const options = { capture: nothing, cwd: shop.root, env: { npm_config_registry: shop.network.url } };
    const archive = {
      ...shop.npm('carrier', []),
      origin: { kind: 'npm', name: 'carrier', version: '2.0.0' },
    } as Archive;
    await expect(locator(options)(archive, signal)).rejects.toThrow('no version 2.0.0');
    shop.network.file('/carrier', Buffer.from('<html>please log in to the hotel</html>'));
    await expect(locator(options)(archive, signal)).rejects.toThrow('something else than a package');
  });

  test('through the proxy that npm is told to use', async () => {
    const through: string[] = [];
    const proxy = createServer((request, response) => {
      through.push(request.url ?? '');
      response.end(JSON.stringify({ versions: {} }));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      const env = {
        npm_config_registry: 'http://registry.invalid/',
        npm_config_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      };
      await expect(locator({ capture: nothing, cwd: shop.root, env })(shop.npm('carrier', []), signal)).rejects.toThrow(
        'no version',
      );
      expect(through).toEqual(['http://registry.invalid/carrier']);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});

describe("npm's configuration", () => {
  test('is asked of npm once, however much is fetched', async () => {
    let asked = 0;
    const counting: Capture = async () => {
      asked += 1;
      return JSON.stringify({ registry: shop.network.url, userconfig: '/nowhere' });
    };
    const archive = shop.npm('carrier', []);
    const locate = locator({ capture: counting, cwd: shop.root, env: {} });
    await Promise.all([locate(archive, signal), locate(archive, signal), locate({ url: 'http://x/' }, signal)]);
    expect(asked).toBe(1);
  });

  test("of npm's answer and an .npmrc, only logins are taken from the file", async () => {
    const cwd = project('registry=http://ignored/\n//h/:_authToken=t\n');
    const said: Capture = async () => JSON.stringify({ registry: 'http://said/', userconfig: '/nowhere' });
    expect(await readNpmConfig({ capture: said, signal, cwd, env: {} })).toMatchObject({
      registry: 'http://said/',
      '//h/:_authToken': 't',
    });
  });

  test('names registries by scope, and certificates and proxies for the connection', () => {
    const config = {
      registry: 'http://one',
      '@s:registry': 'http://two/x',
      'strict-ssl': false,
      proxy: 'http://p',
      noproxy: ['a', 'b'],
      ca: null,
    };
    expect(registryFor(config, 'plain')).toBe('http://one/');
    expect(registryFor(config, '@s/it')).toBe('http://two/x/');
    expect(registryFor({}, 'plain')).toBe(DEFAULT_REGISTRY);
    expect(agentOptions(config, 'registry')).toEqual({ proxy: 'http://p', noProxy: 'a,b', rejectUnauthorized: false });
    // Looser rules for one's own registry are not rules for everybody.
    expect(agentOptions(config, 'others')).toEqual({ proxy: 'http://p', noProxy: 'a,b' });
  });

  test('in a file has comments, quotes and variables', () => {
    const variable = (name: string) => `$\{${name}}`;
    const text = `# no\n; no\na = 1\n b="two words"\n//h/:_authToken=${variable('T')}\nc=${variable('UNSET')}\nempty=\n`;
    expect(parseNpmrc(text, { T: 'x' })).toEqual({
      a: '1',
      b: 'two words',
      '//h/:_authToken': 'x',
      c: variable('UNSET'),
      empty: '',
    });
  });

  test('a command that does not exist, fails or is aborted gives nothing', async () => {
    expect(await capture('no-such-command-here', [], signal)).toBeUndefined();
    expect(await capture(process.execPath, ['-e', 'process.exit(1)'], signal)).toBeUndefined();
    await expect(
      capture(process.execPath, ['-e', 'setTimeout(() => {}, 1e6)'], AbortSignal.timeout(50)),
    ).rejects.toThrow();
  });
});

describe("a wheel is found on pip's index", () => {
  const wheel = zipOf([{ path: 'pkg/a', data: A }]);
  const open = (env: NodeJS.ProcessEnv, said: Capture = nothing) => {
    const digest = { algorithm: 'sha256', hex: sha256Of(wheel) } as const;
    const origin = { kind: 'pypi', project: 'My_Pkg', wheel: 'my_pkg-1.0-py3-none-any.whl' } as const;
    shop.archive({ id: 'wheel', format: 'zip', origin, size: wheel.length, digest, unverified: false });
    return shop.open([entryOf('m', fileOf('a', A, out('wheel', 'pkg/a')))], {
      locate: locator({ capture: said, cwd: shop.root, env }),
    });
  };
  const files = (hash = sha256Of(wheel)) =>
    Buffer.from(
      JSON.stringify({
        files: [{ filename: 'my_pkg-1.0-py3-none-any.whl', url: '../../files/w.whl', hashes: { sha256: hash } }],
      }),
    );

  test('by its JSON, with the login of the address, which is shown to nobody else', async () => {
    shop.network.file('/simple/my-pkg/', files());
    shop.network.file('/files/w.whl', wheel);
    shop.network.demand(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    await open({ PIP_INDEX_URL: `http://me:p%40ss@${host()}/simple/` }).need(['m']);
    expect(shop.holds('m/a', A)).toBe(true);
  });

  test('by its HTML, and by what pip says', async () => {
    const html = `<a class="x" href="/files/w.whl?a=1&amp;b=2#sha256=${sha256Of(wheel)}">my_pkg-1.0-py3-none-any.whl</a>`;
    shop.network.file('/simple/my-pkg/', Buffer.from(html));
    shop.network.file('/files/w.whl?a=1&b=2', wheel);
    await open({}, async (command) => (command === 'pip' ? `${shop.network.url}/simple\n` : undefined)).need(['m']);
    expect(shop.holds('m/a', A)).toBe(true);
  });

  test('but not one of another hash, or none', async () => {
    const env = { PIP_INDEX_URL: `${shop.network.url}/simple` };
    shop.network.file('/simple/my-pkg/', files('0'.repeat(64)));
    await expect(open(env).need(['m'])).rejects.toThrow('it offers other bytes under this name');
    shop.network.file('/simple/my-pkg/', Buffer.from('{"files":[]}'));
    await expect(open(env).need(['m'])).rejects.toThrow('the index has no my_pkg-1.0-py3-none-any.whl');
  });
});
