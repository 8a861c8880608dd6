import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMoonshine } from '../../src/stt/moonshine.js';
import { cachedSplit } from '../../src/stt/moonshine-cache.js';
import { splitDecoder } from '../../src/stt/moonshine-graph.js';
import type { Recognition } from '../../src/stt/recognition.js';
import { modelFolder } from '../models.js';
import { collect, finalText, listen, noise, recording, said, speak } from './speech.js';

const model = modelFolder('moonshine-tiny-en');
const lamp = recording('turn-on-the-living-room-lamp');
const light = recording('turn-on-the-living-room-light');
const silence = (milliseconds: number) => noise(milliseconds, 0.0005);

let cacheFolder: string;
let moonshine: Recognition;
beforeAll(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'moonshine-'));
  moonshine = openMoonshine({ model, cacheFolder });
});
afterAll(async () => {
  await moonshine.close();
  await rm(cacheFolder, { recursive: true });
});

describe('Moonshine', () => {
  it('hears a command, with partials while it is spoken', async () => {
    const [begin, end] = [lamp.subarray(0, 24_000), lamp.subarray(24_000)];
    const steps = [begin, { until: 'turn on the' }, end, 'paused', silence(400), 'ended'] as const;
    const transcripts = await listen(moonshine.transcribe, steps);
    expect(said(transcripts)).toEqual(['draft 1: turn on the living room lamp', 'final: turn on the living room lamp']);
    expect(transcripts.at(-1)).toMatchObject({ engine: 'moonshine', segment: 1 });
    expect(transcripts.at(-1)?.confidence).toBeGreaterThan(0.7);
  });

  it('loses nothing when speech goes on after a draft, whether that was said or cut off', async () => {
    const steps = [light, 'paused', silence(300), 'resumed', light, 'paused', 'ended'] as const;
    const draft = 'turn on the living room light';
    const text = `${draft} ${draft}`;
    expect(said(await collect(moonshine.transcribe, speak(steps)))).toEqual([`draft 2: ${text}`, `final: ${text}`]);
    const waiting = [light, 'paused', { until: draft }, silence(300), 'resumed', light, 'paused', 'ended'] as const;
    const heard = await listen(moonshine.transcribe, waiting);
    expect([said(heard)[0], finalText(heard)]).toEqual([`draft 1: ${draft}`, text]);
  });

  it('hears the same in any blocks', async () => {
    const finals = await Promise.all(
      [160, 1000, 16_000].map(async (block) => {
        const transcripts = await collect(moonshine.transcribe, speak([light, 'paused', 'ended'], { block }));
        return transcripts.at(-1);
      }),
    );
    expect(finals[1]).toEqual(finals[0]);
    expect(finals[2]).toEqual(finals[0]);
  });

  it.each([
    ['silence', new Float32Array(32_000)],
    ['faint noise', noise(2000, 0.001)],
    ['noise', noise(2000, 0.03)],
    ['less sound than a word', noise(40, 0.1)],
    ['no sound at all', new Float32Array(0)],
  ])('hears no words in %s', async (_, sound) => {
    const transcripts = await collect(moonshine.transcribe, speak([sound, 'paused', 'ended']));
    expect(said(transcripts)).toEqual(['draft 1: ', 'final: ']);
  });

  it('ends at once when it is cancelled', async () => {
    const abort = new AbortController();
    const cancel = async () => abort.abort(new Error('enough'));
    const listening = collect(moonshine.transcribe, speak([lamp, 'paused', cancel, 'ended']), abort.signal);
    await expect(listening).rejects.toThrow('enough');
    expect(moonshine.engine.users).toBe(0);
  });

  it('names what is wrong with its model', async () => {
    const broken = openMoonshine({ model: '/nowhere', cacheFolder, preload: false });
    await expect(collect(broken.transcribe, speak([]))).rejects.toMatchObject({ code: 'model', message: /\/nowhere/ });
    await broken.close();
    expect(() => splitDecoder(new Uint8Array([1, 2, 3]))).toThrow(expect.objectContaining({ code: 'model' }));
  });
});

describe('the cache of its decoder', () => {
  const merged = () => readFile(join(model, 'decoder_model_merged.onnx'));
  const silent = () => {};

  it('is used where it holds what was written, and made anew where it does not', async () => {
    await moonshine.engine.memory();
    const names = (await readdir(cacheFolder)).sort();
    expect(names).toHaveLength(3);
    const first = join(cacheFolder, names.find((name) => name.endsWith('-first.onnx')) as string);
    const good = await readFile(first);
    const damaged = Buffer.from(good);
    damaged[1000] = (damaged[1000] as number) ^ 1;
    await writeFile(first, damaged);
    const split = await cachedSplit(await merged(), cacheFolder, silent);
    expect(Buffer.from(split.first).equals(good)).toBe(true);
    expect((await readFile(first)).equals(good)).toBe(true);
    expect((await readdir(cacheFolder)).sort()).toEqual(names);
  });

  it('is done without where it cannot be written', async () => {
    const file = join(cacheFolder, 'a-file');
    await writeFile(file, '');
    const warnings: unknown[] = [];
    const split = await cachedSplit(await merged(), join(file, 'below'), (error) => warnings.push(error));
    expect(split.next.length).toBeGreaterThan(1e7);
    expect(warnings).toHaveLength(1);
    await rm(file);
  });
});
