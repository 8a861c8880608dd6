import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Archive, catalogueOf, type Entry, type ModelFile, type Source } from '../../src/models/catalogue.js';
import type { FetchEvent } from '../../src/models/fetch-event.js';
import { locator } from '../../src/models/locator.js';
import { openStore, type StoreOptions } from '../../src/models/store.js';
import { npmTarball } from './archives.js';
import { type FakeNetwork, fakeNetwork, integrityOf, sha256Of, type Trouble } from './fake-network.js';

/** Bytes that do not compress and differ by seed. */
export const noise = (length: number, seed: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let index = 0, state = seed * 2654435761; index < length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
};

export const fileOf = (path: string, bytes: Buffer, ...sources: readonly Source[]): ModelFile => ({
  path,
  size: bytes.length,
  sha256: sha256Of(bytes),
  sources,
});
export const from = (url: string): Source => ({ kind: 'url', url, unverified: false });
export const out = (archive: string, member: string, range?: { from: number; to: number }): Source => ({
  kind: 'member',
  archive,
  member,
  unverified: false,
  ...(range && { range }),
});
export const entryOf = (id: string, ...files: readonly ModelFile[]): Entry => ({
  id,
  title: id.toUpperCase(),
  purpose: 'Tests',
  licences: [{ name: 'MIT', attribution: 'Somebody', url: 'https://example.org/', nonCommercial: false }],
  files,
});

/** A folder for models, and a network on this machine that has them. */
export const openShop = async () => {
  const network: FakeNetwork = await fakeNetwork();
  const root = mkdtempSync(join(tmpdir(), 'store-'));
  const folder = join(root, 'models');
  const archives = new Map<string, Archive>();
  const logged: string[] = [];
  const events: FetchEvent[] = [];
  return {
    network,
    root,
    folder,
    logged,
    events,
    onProgress: (event: FetchEvent) => void events.push(event),
    /** Serves a package, and lists it as an archive of the same name. */
    npm: (name: string, members: readonly { path: string; data: Buffer }[], trouble?: Trouble): Archive => {
      const tarball = npmTarball(members);
      network.npmPackage(name, '1.0.0', tarball, trouble);
      const archive: Archive = {
        id: name,
        format: 'tar.gz',
        origin: { kind: 'npm', name, version: '1.0.0' },
        size: tarball.length,
        digest: { algorithm: 'sha512', hex: Buffer.from(integrityOf(tarball).slice(7), 'base64').toString('hex') },
        unverified: false,
      };
      archives.set(name, archive);
      return archive;
    },
    archive: (archive: Archive) => void archives.set(archive.id, archive),
    open: (entries: readonly Entry[], options: Partial<StoreOptions> = {}) =>
      openStore({
        folder,
        catalogue: catalogueOf(entries, archives),
        retryDelay: 1,
        stallAfter: 5000,
        platform: 'linux-x64',
        log: {
          debug: () => {},
          info: (text: unknown) => void logged.push(String(text)),
          warn: (text: unknown) => void logged.push(String(text)),
        },
        locate: locator({
          capture: async () => undefined,
          env: { npm_config_registry: network.url, PIP_INDEX_URL: `${network.url}/simple` },
          cwd: root,
        }),
        ...options,
      }),
    /** Whether a file is byte by byte as it should be. */
    holds: (path: string, bytes: Buffer) => readFileSync(join(folder, ...path.split('/'))).equals(bytes),
    /** Every file below the folder but the store's own notes. */
    files: (): string[] =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((it) => it.isFile())
        .map((it) => join(it.parentPath, it.name).slice(folder.length + 1))
        .filter((it) => it !== '.store/verified.json')
        .sort(),
    close: async () => {
      await network.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
};
export type Shop = Awaited<ReturnType<typeof openShop>>;
