import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LlamaSequence, Token } from '../../../src/llm/embedded/library.js';
import { createReader } from '../../../src/llm/embedded/reader.js';
import { openStates, stateKey } from '../../../src/llm/embedded/states.js';
import { createTurns } from '../../../src/llm/embedded/turns.js';

const never = new AbortController().signal;

describe('reading a prompt', () => {
  /** A model that takes so many milliseconds for a pass and for a token. */
  const slow = async (pass: number, perToken: number) => {
    let time = 0;
    const pieces: number[] = [];
    let known: Token[] = [];
    const sequence = {
      get nextTokenIndex() {
        return known.length;
      },
      adaptStateToTokens: async (tokens: readonly Token[]) => {
        known = known.slice(0, tokens.length).filter((it, at) => tokens[at] === it);
      },
      eraseContextTokenRanges: async ([range]: readonly { start: number }[]) => {
        known = known.slice(0, range?.start);
      },
      clearHistory: async () => {
        known = [];
      },
      evaluateWithoutGeneratingNewTokens: async (tokens: readonly Token[]) => {
        time += pass + tokens.length * perToken;
        pieces.push(tokens.length);
        known.push(...tokens);
      },
    } as unknown as LlamaSequence;
    const reader = await createReader(sequence, tokens.slice(0, 60), () => time);
    pieces.length = 0;
    return { sequence, pieces, reader };
  };
  const tokens = Array.from({ length: 300 }, (_, at) => at);

  // As measured with SmolLM2 135M and TinyLlama 1.1B, and extremes.
  it.each([
    [8.4, 4, 18],
    [150, 8, 47],
    [0.1, 0.1, 64],
    [0, 100, 8],
  ])(
    'goes in pieces as long as an abort may take, or as a pass is worth: %d ms and %d ms a token',
    async (pass, perToken, size) => {
      const { pieces, reader, sequence } = await slow(pass, perToken);
      expect(sequence.nextTokenIndex).toBe(0);
      expect(await reader.read(tokens, tokens.length, never)).toBe(300);
      expect(pieces.slice(0, -1).every((it) => it === size)).toBe(true);
    },
  );

  it('ends after the piece at work, and goes on from there', async () => {
    const { pieces, reader, sequence } = await slow(8.4, 4);
    const abort = new AbortController();
    const read = reader.read(tokens, tokens.length, abort.signal);
    abort.abort();
    expect(await read).toBe(18);
    await reader.align(tokens, true);
    expect(await reader.read(tokens, tokens.length, never, true)).toBeLessThan(282);
    expect(sequence.nextTokenIndex).toBeLessThan(300);
    expect(pieces.reduce((sum, it) => sum + it, 0)).toBe(sequence.nextTokenIndex);
  });

  it('leaves the last token where something is to follow from it', async () => {
    const { reader, sequence } = await slow(8.4, 4);
    await reader.read(tokens, tokens.length, never);
    await reader.align(tokens, false);
    expect(sequence.nextTokenIndex).toBe(300);
    await reader.align(tokens, true);
    expect(sequence.nextTokenIndex).toBe(299);
  });
});

describe('states on disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'evil-states-')), 'states');
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true }));
  const bytes = (count: number) => async (path: string) => writeFileSync(path, Buffer.alloc(count, 7));

  it('are found under their key only, and only by their owner', async () => {
    const states = openStates(folder, { files: 8, bytes: 1000 });
    expect(await states.find('a')).toBeUndefined();
    await states.keep('a', bytes(10));
    expect(statSync((await states.find('a'))!).size).toBe(10);
    expect(await states.find('b')).toBeUndefined();
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(stateKey(['1.0', 5, 6])).not.toBe(stateKey(['1.0', 56]));
  });

  it('are dropped beyond the bounds, least recently used first', async () => {
    const states = openStates(folder, { files: 3, bytes: 100 });
    const age = (seconds: number) => {
      for (const name of readdirSync(folder)) {
        const before = statSync(join(folder, name)).mtimeMs / 1000;
        utimesSync(join(folder, name), before - seconds, before - seconds);
      }
    };
    for (const key of ['a', 'b', 'c']) {
      await states.keep(key, bytes(20));
      age(10);
    }
    await states.find('a');
    await states.keep('d', bytes(20));
    expect(await states.find('b')).toBeUndefined();
    expect(await states.find('a')).toBeDefined();
    age(10);
    await states.keep('e', bytes(90));
    expect(readdirSync(folder)).toHaveLength(1);
    expect(await states.find('e')).toBeDefined();
  });

  it('that were not written whole are none', async () => {
    const states = openStates(folder, { files: 3, bytes: 100 });
    await expect(
      states.keep('a', async (path) => {
        writeFileSync(path, 'half');
        throw new Error('disk full');
      }),
    ).rejects.toThrow('disk full');
    expect(readdirSync(folder)).toEqual([]);
    await states.keep('a', bytes(10));
    const path = (await states.find('a'))!;
    writeFileSync(path, 'something else');
    expect(await states.find('a')).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('turns', () => {
  it('are taken one after the other, in order, and are bounded', async () => {
    const turns = createTurns(2);
    const order: string[] = [];
    const release = await turns.take(never);
    const waiting = ['a', 'b'].map(async (name) => {
      const done = await turns.take(never);
      order.push(name);
      done();
      done();
    });
    await expect(turns.take(never)).rejects.toMatchObject({ code: 'busy', retry: true });
    release();
    await Promise.all(waiting);
    expect(order).toEqual(['a', 'b']);
    (await turns.take(never))();
  });

  it('are given up by who does not want to wait', async () => {
    const turns = createTurns(1);
    const release = await turns.take(never);
    const abort = new AbortController();
    const waiting = turns.take(abort.signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    release();
    const next = await turns.take(never);
    next();
  });
});
