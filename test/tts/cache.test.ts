import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DiskCacheOptions, openDiskCache } from '../../src/tts/cache.js';

const RATE = 22_050;
const warn = vi.fn();
const log = { debug: () => {}, warn };
let folder: string;

beforeEach(async () => {
  warn.mockClear();
  folder = await mkdtemp(join(tmpdir(), 'voice-cache-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const open = (options: Partial<DiskCacheOptions> = {}) =>
  openDiskCache({ folder, maxBytes: 1_000_000, rate: RATE, log, ...options });
const sound = (seed: number, samples = 1000) => Int16Array.from({ length: samples }, (_, i) => (i * seed) % 30_000);

describe('the cache on disk', () => {
  it('gives back the same samples, to another process too', async () => {
    const extremes = Int16Array.of(-32_768, -1, 0, 1, 32_767);
    expect(await (await open()).set('a', extremes)).toBe(true);
    const other = await open();
    expect(await other.get('a')).toEqual(extremes);
    expect(await other.has('a')).toBe(true);
    expect(await other.get('b')).toBeUndefined();
  });

  it('removes what was not used for longest when it is full', async () => {
    let now = 1_000_000;
    const cache = await open({ maxBytes: 9000, now: () => now });
    for (const key of ['a', 'b', 'c', 'd']) {
      await cache.set(key, sound(3));
      // A file's own time is that of the disk; the cache sets it when a file is used.
      now += 1000;
      await cache.get(key);
    }
    now += 1000;
    await cache.get('a');
    await cache.set('e', sound(3));
    const left = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => cache.has(key)));
    expect(left).toEqual([true, false, true, true, true]);
  });

  it('keeps its bound over files that others wrote', async () => {
    const [one, other] = [await open({ maxBytes: 10_000 }), await open({ maxBytes: 10_000 })];
    for (let i = 0; i < 10; i++) {
      await one.set(`one${i}`, sound(i));
      await other.set(`other${i}`, sound(i));
    }
    await open({ maxBytes: 10_000 });
    expect((await readdir(folder)).length).toBeLessThanOrEqual(4);
  });

  it('stores nothing that is larger than all of it', async () => {
    expect(await (await open({ maxBytes: 1000 })).set('a', sound(1))).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each<[string, (file: Buffer) => Buffer]>([
    ['truncated', (file) => file.subarray(0, 700)],
    ['empty', () => Buffer.alloc(0)],
    ['changed in one bit', (file) => Buffer.from(file.with(500, file[500]! ^ 1))],
    ['something else', () => Buffer.from('not sound at all, and long enough')],
    ['of a lying length', (file) => Buffer.concat([file, Buffer.alloc(10)])],
  ])('ignores and replaces a file that is %s', async (_, damage) => {
    const cache = await open();
    await cache.set('a', sound(7));
    const [name] = await readdir(folder);
    const path = join(folder, name!);
    await writeFile(path, damage(await readFile(path)));
    expect(await cache.get('a')).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
    await cache.set('a', sound(7));
    expect(await cache.get('a')).toEqual(sound(7));
  });

  it('takes no file of another rate', async () => {
    await (await open({ rate: 16_000 })).set('a', sound(7));
    expect(await (await open()).get('a')).toBeUndefined();
  });

  it('may be written by many at once: what is read is always whole', async () => {
    const caches = await Promise.all([open(), open(), open()]);
    const known = [sound(1, 50_000), sound(2, 50_000), sound(3, 50_000)];
    const read: (Int16Array | undefined)[] = [];
    await Promise.all(
      caches.flatMap((cache, k) => [
        ...Array.from({ length: 10 }, () => cache.set('same', known[k]!)),
        ...Array.from({ length: 10 }, async () => read.push(await cache.get('same'))),
      ]),
    );
    expect(known).toContainEqual(await caches[0]!.get('same'));
    for (const found of read) if (found !== undefined) expect(known).toContainEqual(found);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('clears away what a process that died has left unfinished, but not what another is writing', async () => {
    const [old, recent] = ['a.1.part', 'b.2.part'].map((name) => join(folder, name));
    await writeFile(old!, 'x');
    await writeFile(recent!, 'x');
    await utimes(old!, new Date(0), new Date(0));
    await open();
    expect(await readdir(folder)).toEqual(['b.2.part']);
  });

  it('says once that it cannot be written, and goes on', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const cache = await open({ folder: join(file, 'below') });
    expect(await cache.set('a', sound(1))).toBe(false);
    expect(await cache.set('b', sound(1))).toBe(false);
    expect(await cache.get('a')).toBeUndefined();
    expect(cache.writable).toBe(false);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('says once that the folder has vanished, and leaves nothing behind', async () => {
    const cache = await open();
    await rm(folder, { recursive: true });
    expect(await cache.set('a', sound(1))).toBe(false);
    expect(await cache.set('a', sound(1))).toBe(false);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
