import { fork, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAbort } from '../../src/faults.js';
import { withLock } from '../../src/models/lock.js';
import { entryOf, fileOf, noise, openShop, out } from './shop.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  file = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const signal = new AbortController().signal;
const heartbeat = 20;
/** The id of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;
/** A lock of somebody else, last heard of so many seconds ago. */
const foreign = (pid: number, secondsAgo: number, host = hostname()) => {
  writeFileSync(file, JSON.stringify({ pid, host, token: 'theirs' }));
  const then = Date.now() / 1000 - secondsAgo;
  utimesSync(file, then, then);
};

describe('a lock', () => {
  test('lets one in at a time, and is gone afterwards', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(file, { signal, heartbeat }, work)));
    expect(most).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  test('is given back when the work fails', async () => {
    await expect(withLock(file, { signal }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(file)).toBe(false);
  });

  test('of a living process is waited for, and says whose it is', async () => {
    foreign(process.ppid, 0);
    const waits: (number | undefined)[] = [];
    const controller = new AbortController();
    const onWait = (holder: { pid: number } | undefined) => {
      waits.push(holder?.pid);
      controller.abort();
    };
    await expect(withLock(file, { signal: controller.signal, onWait }, async () => {})).rejects.toSatisfy(isAbort);
    expect(waits).toEqual([process.ppid]);
    expect(existsSync(file)).toBe(true);
  });

  test.each([
    ['of a process that is gone', () => foreign(deadPid(), 10), 1000],
    ['of a machine that has been silent for long', () => foreign(1, 60, 'another-machine'), 1000],
    [
      'that is empty, of a process that died while it wrote',
      () => {
        writeFileSync(file, '');
        utimesSync(file, 1, 1);
      },
      1000,
    ],
  ])('%s is taken over', async (_, leave, beat) => {
    leave();
    expect(
      await withLock(file, { signal, heartbeat: beat }, async () => JSON.parse(readFileSync(file, 'utf8')).pid),
    ).toBe(process.pid);
    expect(existsSync(file)).toBe(false);
  });

  test("of a process in another container, whose id is nobody's here, is respected while it gives signs of life", async () => {
    foreign(deadPid(), 0);
    let waited = false;
    const gone = new AbortController();
    await withLock(
      file,
      {
        signal: gone.signal,
        heartbeat: 60_000,
        onWait: () => {
          waited = true;
          gone.abort();
        },
      },
      async () => {},
    ).catch(() => {});
    expect(waited).toBe(true);
  });

  test('that is lost to another, after a long sleep of the machine, ends the work', async () => {
    const lost = withLock(file, { signal, heartbeat }, (inner) => {
      foreign(process.ppid, 0);
      return new Promise((_, reject) => inner.addEventListener('abort', () => reject(inner.reason)));
    });
    await expect(lost).rejects.toMatchObject({ code: 'busy', retry: true });
    expect(JSON.parse(readFileSync(file, 'utf8')).token).toBe('theirs');
  });
});

test('two processes that start at once share one download', async () => {
  const shop = await openShop();
  const worker = fileURLToPath(new URL('fetch-process.mjs', import.meta.url));
  try {
    const a = noise(2_000_000, 1);
    const carrier = shop.npm('carrier', [{ path: 'a', data: a }]);
    const entry = entryOf('m', fileOf('a', a, out('carrier', 'a')));
    const run = () =>
      new Promise<{ events: string[] }>((resolve, reject) => {
        const child = fork(worker);
        let answer: { events: string[] } | undefined;
        child.on('message', (message) => {
          answer = message as { events: string[] };
        });
        child.on('exit', (code) => (answer && code === 0 ? resolve(answer) : reject(new Error(`exit code ${code}`))));
        child.send({ folder: shop.folder, entry, archive: carrier, registry: shop.network.url });
      });
    const both = await Promise.all([run(), run()]);
    expect(shop.network.count('/carrier/-/carrier-1.0.0.tgz')).toBe(1);
    expect(shop.holds('m/a', a)).toBe(true);
    // One of them has fetched; the other has waited, or came so late that there was nothing to do.
    expect(both.filter(({ events }) => events.includes('finished'))).toHaveLength(1);
    expect(shop.files()).toEqual(['m/a']);
  } finally {
    await shop.close();
  }
});
