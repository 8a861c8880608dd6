import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRing, LOOK_BACK, type RingReader, ringCapacity } from '../../src/audio/ring.js';
import type { Block } from '../../src/stages.js';
import { CAPTURE_RATE } from '../../src/units.js';

const second = CAPTURE_RATE;
let controller: AbortController;
let signal: AbortSignal;
beforeEach(() => {
  controller = new AbortController();
  signal = controller.signal;
});
afterEach(() => controller.abort());

/** Samples whose value is their position, as far as a float can tell positions apart. */
const ramp = (from: number, length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => (from + i) % 1_000_003);

const isRamp = ({ samples, from }: Block): boolean => samples.every((value, i) => value === (from + i) % 1_000_003);

const readAll = async (reader: RingReader): Promise<Block[]> => {
  const blocks: Block[] = [];
  for await (const block of reader) blocks.push(block);
  return blocks;
};

describe('the ring', () => {
  it('gives every reader all of the sound at its true positions', async () => {
    const ring = createRing();
    const first = ring.read({ signal });
    ring.write(ramp(0, 320));
    ring.write(ramp(320, 500));
    const second = ring.read({ signal, from: 100 });
    ring.close();
    for (const [reader, from] of [
      [first, 0],
      [second, 100],
    ] as const) {
      const blocks = await readAll(reader);
      expect(blocks[0]!.from).toBe(from);
      expect(blocks.reduce((sum, block) => sum + block.samples.length, 0)).toBe(820 - from);
      expect(blocks.every(isRamp)).toBe(true);
      expect(reader.overwritten).toBe(0);
    }
  });

  it('looks back two seconds at least, whatever its capacity', async () => {
    expect(() => createRing({ capacity: LOOK_BACK * second - 1 })).toThrow(RangeError);
    const ring = createRing({ capacity: LOOK_BACK * second });
    for (let at = 0; at < 10 * second; at += 320) ring.write(ramp(at, 320));
    const reader = ring.read({ signal, from: ring.end - 2 * second, blockSize: 2 * second });
    const { value } = await reader[Symbol.asyncIterator]().next();
    expect(value?.from).toBe(8 * second);
    expect(value && isRamp(value)).toBe(true);
    expect(reader.overwritten).toBe(0);
  });

  it('lets a reader that is overtaken go on at the oldest sample, and counts what it lost for it alone', async () => {
    const ring = createRing({ capacity: 2 * second });
    const slow = ring.read({ signal, blockSize: 320 });
    const fast = ring.read({ signal, blockSize: 320 });
    const slowBlocks = slow[Symbol.asyncIterator]();
    const fastBlocks = fast[Symbol.asyncIterator]();
    for (let at = 0; at < 3 * second; at += 320) {
      ring.write(ramp(at, 320));
      await fastBlocks.next();
    }
    const { value } = await slowBlocks.next();
    expect(value?.from).toBe(second);
    expect(value && isRamp(value)).toBe(true);
    expect(slow.overwritten).toBe(second);
    expect(fast.overwritten).toBe(0);
  });

  it('delivers the size that was asked for, and the rest at the end', async () => {
    const ring = createRing();
    const reader = ring.read({ signal, blockSize: 512 });
    for (let at = 0; at < 1_600; at += 320) ring.write(ramp(at, 320));
    ring.close();
    expect((await readAll(reader)).map((block) => block.samples.length)).toEqual([512, 512, 512, 64]);
  });

  it('wakes a waiting reader in the same turn of the event loop', async () => {
    const ring = createRing();
    const next = ring.read({ signal })[Symbol.asyncIterator]().next();
    let woken = false;
    void next.then(() => {
      woken = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(woken).toBe(false);
    ring.write(ramp(0, 1));
    await Promise.resolve();
    await Promise.resolve();
    expect(woken).toBe(true);
  });

  it('waits for a beginning in the future', async () => {
    const ring = createRing();
    const reader = ring.read({ signal, from: 700, blockSize: 100 });
    const next = reader[Symbol.asyncIterator]().next();
    for (let at = 0; at < 960; at += 320) ring.write(ramp(at, 320));
    expect((await next).value?.from).toBe(700);
  });

  it('ends a reader that waits when it is closed, given up or no longer wanted', async () => {
    const ring = createRing();
    const other = new AbortController();
    const closed = ring.read({ signal })[Symbol.asyncIterator]().next();
    const aborted = ring.read({ signal: other.signal })[Symbol.asyncIterator]();
    const waiting = aborted.next();
    const left = ring.read({ signal })[Symbol.asyncIterator]();
    const parked = left.next();
    await left.return?.();
    expect(await parked).toEqual({ done: true, value: undefined });
    other.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(aborted.next()).rejects.toThrow('enough');
    ring.close();
    expect(await closed).toEqual({ done: true, value: undefined });
    expect(() => ring.write(ramp(0, 1))).toThrow(/closed/);
  });

  it('fills with silence what the microphone lost, so that positions stay true', async () => {
    const ring = createRing();
    const reader = ring.read({ signal, blockSize: 30 });
    ring.write(new Float32Array(10).fill(1));
    ring.write(new Float32Array(10).fill(1), 20);
    const { value } = await reader[Symbol.asyncIterator]().next();
    expect([...(value?.samples ?? [])]).toEqual([...Array(10).fill(1), ...Array(10).fill(0), ...Array(10).fill(1)]);
    expect(() => ring.write(ramp(0, 1), 29)).toThrow(RangeError);
  });

  it('counts on exactly past 2³¹ samples', async () => {
    const start = 2 ** 31 - 500;
    const ring = createRing({ start });
    const reader = ring.read({ signal, blockSize: 1_000 });
    ring.write(ramp(start, 700));
    ring.write(ramp(start + 700, 700));
    const blocks = reader[Symbol.asyncIterator]();
    const { value } = await blocks.next();
    expect(value?.from).toBe(start);
    expect(value && isRamp(value)).toBe(true);
    ring.close();
    expect((await blocks.next()).value?.from).toBe(start + 1_000);
  });

  it('hands out copies that later sound does not change', async () => {
    const ring = createRing({ capacity: 2 * second });
    const blocks = ring.read({ signal, blockSize: 320 })[Symbol.asyncIterator]();
    ring.write(ramp(0, 320));
    const { value } = await blocks.next();
    ring.write(ramp(320, 2 * second));
    expect(value && isRamp(value)).toBe(true);
  });

  it('tells a writer that can wait when its readers have caught up', async () => {
    const ring = createRing();
    const blocks = ring.read({ signal, blockSize: 320 })[Symbol.asyncIterator]();
    await ring.drained(0, signal);
    ring.write(ramp(0, 640));
    let drained = false;
    const waiting = ring.drained(320, signal).then(() => {
      drained = true;
    });
    await Promise.resolve();
    expect(drained).toBe(false);
    await blocks.next();
    await waiting;
    const other = new AbortController();
    const given = ring.drained(0, other.signal);
    other.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    const rest = ring.drained(0, signal);
    await blocks.return?.();
    await rest;
  });

  it('has room for the longest command and its look-back', () => {
    expect(ringCapacity(15)).toBeGreaterThanOrEqual(17 * second);
  });

  it('loses nothing silently: what a reader gets and what it lost add up, for any order of reads and writes', async () => {
    const step = fc.oneof(
      fc.record({ write: fc.integer({ min: 0, max: 40_000 }) }),
      fc.record({ skip: fc.integer({ min: 1, max: 50_000 }) }),
      fc.record({ read: fc.integer({ min: 0, max: 2 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.array(fc.option(fc.integer({ min: 1, max: 2_000 }), { nil: undefined }), { minLength: 3, maxLength: 3 }),
        fc.integer({ min: 0, max: 1e6 }),
        async (steps, sizes, start) => {
          const ring = createRing({ capacity: 2 * second, start });
          const readers = sizes.map((blockSize) =>
            ring.read(blockSize === undefined ? { signal } : { signal, blockSize }),
          );
          const cursors = readers.map((reader) => ({ blocks: reader[Symbol.asyncIterator](), got: 0, next: start }));
          const silent: [number, number][] = [];
          const take = async (index: number): Promise<boolean> => {
            const cursor = cursors[index]!;
            const { value, done } = await cursor.blocks.next();
            if (done || !value) return false;
            expect(value.from).toBeGreaterThanOrEqual(cursor.next);
            value.samples.forEach((sample, i) => {
              const at = value.from + i;
              const quiet = silent.some(([from, to]) => at >= from && at < to);
              if (sample !== (quiet ? 0 : at % 1_000_003)) throw new Error(`Position ${at} holds ${sample}`);
            });
            cursor.got += value.samples.length;
            cursor.next = value.from + value.samples.length;
            return true;
          };
          for (const action of steps) {
            if ('write' in action) ring.write(ramp(ring.end, action.write));
            else if ('skip' in action) {
              const end = ring.end;
              silent.push([end, end + action.skip]);
              ring.write(ramp(end + action.skip, 0), end + action.skip);
            } else if (ring.end - readers[action.read]!.position >= (sizes[action.read] ?? 1)) await take(action.read);
          }
          ring.close();
          for (let index = 0; index < readers.length; index++) {
            while (await take(index));
            expect(cursors[index]!.got + readers[index]!.overwritten).toBe(ring.end - start);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
