import { mkdirSync, renameSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { zipOf } from './archives.js';
import { entryOf, fileOf, from, noise, openShop, out, type Shop } from './shop.js';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(() => shop.close());

const A = noise(200_000, 1);
const B = noise(50_000, 2);

describe('what is needed is fetched', () => {
  test('from an address, and is then where the model says', async () => {
    const store = shop.open([entryOf('a', fileOf('deep/a.bin', A, from(shop.network.file('/a', A))))]);
    const models = await store.need(['a']);
    expect(models.get('a')?.path('deep/a.bin')).toBe(join(shop.folder, 'a', 'deep', 'a.bin'));
    expect(shop.holds('a/deep/a.bin', A)).toBe(true);
    expect(shop.files()).toEqual(['a/deep/a.bin']);
    expect(() => models.get('a')?.path('b')).toThrow('has no file b');
  });

  test('as members and pieces of one npm tarball that is downloaded once, whoever needs it', async () => {
    const data = Buffer.concat([B, A, noise(10, 3)]);
    shop.npm('carrier', [
      { path: 'readme', data: Buffer.from('hello') },
      { path: 'big.data', data },
      { path: 'dist/b.bin', data: B },
    ]);
    const rest = data.subarray(250_000);
    const store = shop.open([
      entryOf(
        'one',
        fileOf('a', A, out('carrier', 'big.data', { from: 50_000, to: 250_000 })),
        fileOf('c/rest', rest, out('carrier', 'big.data', { from: 250_000, to: 250_010 })),
      ),
      entryOf(
        'two',
        fileOf('b', B, out('carrier', 'dist/b.bin')),
        fileOf('nothing', Buffer.alloc(0), out('carrier', 'big.data', { from: 9, to: 9 })),
      ),
    ]);
    await Promise.all([store.need(['one', 'two']), store.need(['two'])]);
    expect(shop.files()).toEqual(['one/a', 'one/c/rest', 'two/b', 'two/nothing']);
    expect(shop.holds('one/a', A)).toBe(true);
    expect(shop.holds('one/c/rest', rest)).toBe(true);
    expect(shop.holds('two/b', B)).toBe(true);
    expect(shop.network.count('/carrier/-/carrier-1.0.0.tgz')).toBe(1);
  });

  test('out of a zip, stored or deflated', async () => {
    const zip = zipOf([
      { path: 'model/a', data: A },
      { path: 'model/b', data: Buffer.alloc(70_000, 'b') },
    ]);
    shop.archive({
      id: 'zip',
      format: 'zip',
      origin: { kind: 'url', url: shop.network.file('/m.zip', zip) },
      unverified: true,
    });
    const b = Buffer.alloc(70_000, 'b');
    await shop
      .open([entryOf('z', fileOf('a', A, out('zip', 'model/a')), fileOf('b', b, out('zip', 'model/b')))])
      .need(['z']);
    expect(shop.holds('z/a', A)).toBe(true);
    expect(shop.holds('z/b', b)).toBe(true);
  });

  test('only for this kind of machine', async () => {
    const file = (platform: string, bytes: Buffer) => ({
      ...fileOf('lib.so', bytes, from(shop.network.file(`/${platform}`, bytes))),
      platforms: [platform],
    });
    const entries = [entryOf('lib', file('linux-x64', A), file('linux-arm64', B))];
    await shop.open(entries, { platform: 'linux-arm64' }).need(['lib']);
    expect(shop.holds('lib/lib.so', B)).toBe(true);
    await expect(shop.open(entries, { platform: 'aix-ppc64' }).need(['lib'])).rejects.toMatchObject({ code: 'model' });
    expect(shop.network.count('/linux-x64')).toBe(0);
  });

  test('an archive that is needed anyway spares other downloads', async () => {
    shop.npm('carrier', [
      { path: 'a', data: A },
      { path: 'b', data: B },
    ]);
    const url = shop.network.file('/a', A);
    await shop
      .open([entryOf('m', fileOf('a', A, from(url), out('carrier', 'a')), fileOf('b', B, out('carrier', 'b')))])
      .need(['m']);
    expect(shop.network.count('/a')).toBe(0);
    expect(shop.holds('m/a', A)).toBe(true);
  });

  test('and what is for non-commercial use says so when it is fetched', async () => {
    const entry = entryOf('nc', fileOf('a', A, from(shop.network.file('/a', A))));
    const licences = [
      { name: 'CC-BY-NC-SA-4.0', attribution: 'D. S.', url: 'https://example.org/nc', nonCommercial: true },
    ];
    await shop.open([{ ...entry, licences }]).need(['nc']);
    expect(shop.logged).toEqual([
      'NC by D. S. is for non-commercial use only (CC-BY-NC-SA-4.0, https://example.org/nc).',
    ]);
  });
});

describe('what is there', () => {
  const filled = async () => {
    const entries = [
      entryOf('a', fileOf('a.bin', A, from(shop.network.file('/a', A)))),
      entryOf('b', fileOf('b.bin', B, from(shop.network.file('/b', B)))),
    ];
    await shop.open(entries).need(['a', 'b']);
    shop.network.asked.length = 0;
    return entries;
  };

  test('is not fetched again, and not read again', async () => {
    const entries = await filled();
    const path = join(shop.folder, 'a', 'a.bin');
    utimesSync(path, 1e9, 1e9);
    await shop.open(entries, { offline: true }).need(['a']);
    // Other bytes behind the same size and date: only who reads it can tell.
    writeFileSync(path, noise(A.length, 9));
    utimesSync(path, 1e9, 1e9);
    await shop.open(entries, { offline: true }).need(['a', 'b']);
    expect(await shop.open(entries).verify(['a'])).toMatchObject([{ id: 'a', bad: [{ path, problem: 'wrong' }] }]);
    expect(shop.network.asked).toEqual([]);
  });

  test('is read again when its date is another, and kept when it is right', async () => {
    const entries = await filled();
    const path = join(shop.folder, 'a', 'a.bin');
    utimesSync(path, 1, 1);
    expect(
      shop
        .open(entries)
        .list()
        .map((it) => it.status),
    ).toEqual(['unchecked', 'present']);
    await shop.open(entries, { offline: true }).need(['a']);
    expect(
      shop
        .open(entries)
        .list()
        .map((it) => it.status),
    ).toEqual(['present', 'present']);
  });

  test.each([
    ['changed', (path: string) => writeFileSync(path, noise(A.length, 9))],
    ['truncated', (path: string) => writeFileSync(path, A.subarray(0, 10))],
    ['replaced by an empty file', (path: string) => writeFileSync(path, '')],
  ])('is fetched again when it was %s', async (_, damage) => {
    const entries = await filled();
    damage(join(shop.folder, 'a', 'a.bin'));
    utimesSync(join(shop.folder, 'a', 'a.bin'), 1, 1);
    await shop.open(entries).need(['a', 'b']);
    expect(shop.holds('a/a.bin', A)).toBe(true);
    expect(shop.network.asked.map((it) => it.path)).toEqual(['/a']);
    expect(shop.logged.join()).toContain('a.bin is corrupt');
  });

  test('is found where it was put by hand, without any notes', async () => {
    const entries = await filled();
    renameSync(join(shop.folder, '.store', 'verified.json'), join(shop.root, 'elsewhere'));
    await shop.open(entries, { offline: true }).need(['a', 'b']);
  });

  test('is listed with its state, its size and its licence', async () => {
    const entries = await filled();
    const two = entryOf(
      'two',
      fileOf('x', A, from('http://127.0.0.1:1/')),
      fileOf('y', B, from('http://127.0.0.1:1/')),
    );
    mkdirSync(join(shop.folder, 'two'));
    writeFileSync(join(shop.folder, 'two', 'x'), A);
    writeFileSync(join(shop.folder, 'b', 'b.bin'), 'short');
    const lib = entryOf('lib', { ...fileOf('l', A), platforms: ['win32-x64'] });
    const list = shop.open([...entries, two, entryOf('no', fileOf('n', A)), lib]).list();
    expect(list.map(({ id, status, size, onDisk }) => [id, status, size, onDisk])).toEqual([
      ['a', 'present', A.length, A.length],
      ['b', 'corrupt', B.length, 0],
      ['two', 'partial', A.length + B.length, A.length],
      ['no', 'missing', A.length, 0],
      ['lib', 'unsupported', 0, 0],
    ]);
    expect(list[0]?.licences[0]?.name).toBe('MIT');
  });

  test('is verified by reading, and only what is there in part at least', async () => {
    const entries = await filled();
    const store = shop.open([...entries, entryOf('no', fileOf('n', A))]);
    writeFileSync(join(shop.folder, 'b', 'b.bin'), noise(B.length, 7));
    expect(await store.verify()).toEqual([
      { id: 'a', files: 1, bad: [] },
      { id: 'b', files: 1, bad: [{ path: join(shop.folder, 'b', 'b.bin'), problem: 'wrong' }] },
    ]);
    expect(await store.verify(['no'])).toMatchObject([{ bad: [{ problem: 'missing' }] }]);
  });

  test('is enough when offline; what is missing is named with what to do', async () => {
    const entries = await filled();
    const more = entryOf('c', fileOf('c.bin', A, from(`${shop.network.url}/a`)));
    const store = shop.open([...entries, more], { offline: true });
    await store.need(['a', 'b']);
    await expect(store.need(['a', 'c'])).rejects.toMatchObject({
      code: 'model',
      message: expect.stringMatching(/offline: c\.$/),
      hint: expect.stringContaining('evil-assistant models fetch'),
    });
    expect(shop.network.asked).toEqual([]);
  });
});

describe('pruning', () => {
  test('removes entries that are not kept and half downloads, and nothing else', async () => {
    const entries = [
      entryOf('a', fileOf('d/a.bin', A, from(shop.network.file('/a', A)))),
      entryOf('b', fileOf('b.bin', B, from(shop.network.file('/b', B)))),
    ];
    const store = shop.open(entries);
    await store.need(['a', 'b']);
    const own = ['a/mine.txt', 'mine/x', '.store/notes.txt'];
    for (const path of [...own, '.store/file-123.part', '.store/123.tmp']) {
      mkdirSync(dirname(join(shop.folder, path)), { recursive: true });
      writeFileSync(join(shop.folder, path), 'hello');
    }
    const pruned = await store.prune(['b']);
    expect(shop.files()).toEqual([...own, 'b/b.bin'].sort());
    expect(pruned.files).toHaveLength(3);
    expect(pruned.bytes).toBe(A.length + 10);
    expect(statSync(join(shop.folder, 'a', 'd'), { throwIfNoEntry: false })).toBeUndefined();
    expect(store.list().map((it) => it.status)).toEqual(['missing', 'present']);
  });

  test("does not follow a link into a folder that is not the store's", async () => {
    const entries = [entryOf('a', fileOf('a.bin', A, from('http://127.0.0.1:1/')))];
    mkdirSync(join(shop.root, 'precious'));
    mkdirSync(shop.folder);
    writeFileSync(join(shop.root, 'precious', 'a.bin'), A);
    symlinkSync(join(shop.root, 'precious'), join(shop.folder, 'a'));
    const store = shop.open(entries, { offline: true });
    await store.need(['a']);
    expect((await store.prune([])).files).toEqual([]);
    expect(shop.holds('a/a.bin', A)).toBe(true);
  });

  test('of a folder that is not there does nothing; of an unknown name is a fault', async () => {
    const store = shop.open([entryOf('a', fileOf('a.bin', A))]);
    expect(await store.prune([])).toEqual({ files: [], bytes: 0 });
    await expect(store.prune(['typo'])).rejects.toMatchObject({ code: 'model', hint: 'The models are: a.' });
  });
});
