import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWav } from '../../src/audio/read-wav.js';
import { createWav, encodeWav, writeWav } from '../../src/audio/write-wav.js';
import { audioAt, audioOf, cutInto, samplesOf } from './sounds.js';
import { sine } from './wavs.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'write-wav-'));
  path = join(folder, 'out.wav');
});
afterEach(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();

describe('writing a WAV', () => {
  it('gives on disk, in pieces, what it gives in memory', async () => {
    const tone = sine(440, 22_050, 100_001, 0.9);
    expect(await writeWav(path, audioOf(22_050, ...cutInto(tone, [320, 7_000, 1])), signal)).toBe(100_001);
    expect(readFileSync(path).equals(encodeWav(tone, 22_050))).toBe(true);
    const { audio, warning, format } = await readWav(path, signal);
    expect(format).toMatchObject({ rate: 22_050, bits: 16, channels: 1 });
    expect(warning).toBeUndefined();
    const back = await samplesOf(audio);
    expect(back.length).toBe(100_001);
    expect(Math.max(...back.subarray(0, 1_000).map((sample, i) => Math.abs(sample - tone[i]!)))).toBeLessThanOrEqual(
      2 ** -16,
    );
  });

  it('clips what is too loud instead of letting it wrap around', () => {
    const bytes = encodeWav(Float32Array.of(1.5, 1, -1, -7, Number.NaN, Number.POSITIVE_INFINITY), 16_000);
    expect([...new Int16Array(bytes.buffer, 44)]).toEqual([32_767, 32_767, -32_768, -32_768, 0, 32_767]);
  });

  it('writes a gap as silence', async () => {
    const one = new Float32Array(10).fill(0.5);
    const gapped = audioAt(16_000, [
      { samples: one, from: 100 },
      { samples: one, from: 50_000 },
    ]);
    expect(await writeWav(path, gapped, signal)).toBe(49_910);
    const samples = await samplesOf((await readWav(path, signal)).audio);
    expect([samples[9], samples[10], samples[49_899], samples[49_900]]).toEqual([0.5, 0, 0, 0.5]);
  });

  it('shows nothing under the name before it is complete, and keeps the old file until then', async () => {
    writeFileSync(path, 'old');
    const wav = await createWav(path, 16_000);
    await wav.write(sine(440, 16_000, 200_000));
    expect(readFileSync(path, 'utf8')).toBe('old');
    await wav.finish();
    expect(readFileSync(path).length).toBe(44 + 400_000);
    await wav.discard();
    expect(readdirSync(folder)).toEqual(['out.wav']);
  });

  it('leaves nothing behind when it is given up or its sound fails', async () => {
    const controller = new AbortController();
    async function* blocks() {
      yield { samples: new Float32Array(10), from: 0 };
      controller.abort(new Error('enough'));
      yield { samples: new Float32Array(10), from: 10 };
    }
    const audio = { rate: 16_000, [Symbol.asyncIterator]: blocks };
    await expect(writeWav(path, audio, controller.signal)).rejects.toThrow('enough');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says why it cannot write', async () => {
    const nowhere = join(folder, 'none', 'out.wav');
    await expect(createWav(nowhere, 16_000)).rejects.toMatchObject({ code: 'storage', message: /there is no folder/ });
    mkdirSync(path);
    const wav = await createWav(path, 16_000);
    await expect(wav.finish()).rejects.toMatchObject({ code: 'storage', message: /a folder has that name/ });
    expect(readdirSync(folder)).toEqual(['out.wav']);
  });
});
