import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { levels } from '../../src/audio/pcm.js';
import { readWav } from '../../src/audio/read-wav.js';
import { Fault } from '../../src/faults.js';
import { samplesOf } from './sounds.js';
import { makeWav, sine, type WavSpec } from './wavs.js';

const folder = mkdtempSync(join(tmpdir(), 'read-wav-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { signal } = new AbortController();
let files = 0;
const file = (bytes: Uint8Array, name = `${files++}.wav`): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
const mono = (samples: Iterable<number>): number[][] => [...samples].map((sample) => [sample]);
const faultOf = async (work: Promise<unknown>): Promise<Fault> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Fault);
  return error as Fault;
};

const tone = sine(440, 16_000, 1_000);

describe('reading a WAV', () => {
  const kinds: [string, WavSpec, number][] = [
    ['8-bit, which is unsigned', { bits: 8 }, 1 / 128],
    ['16-bit', { bits: 16 }, 1 / 32_768],
    ['24-bit', { bits: 24 }, 1 / 8_388_608],
    ['32-bit', { bits: 32 }, 1e-7],
    ['float', { bits: 32, float: true }, 0],
    ['double', { bits: 64, float: true }, 0],
    ['extensible 24-bit', { bits: 24, extensible: true }, 1 / 8_388_608],
    ['extensible float', { bits: 32, float: true, extensible: true }, 0],
    ['RF64', { container: 'RF64' }, 1 / 32_768],
    ['96 kHz', { rate: 96_000 }, 1 / 32_768],
  ];
  it.each(kinds)('reads %s', async (_, spec, error) => {
    const recording = await readWav(file(makeWav(mono(tone), spec)), signal);
    const samples = await samplesOf(recording.audio);
    expect(recording.format).toMatchObject({ rate: spec.rate ?? 16_000, channels: 1, bits: spec.bits ?? 16 });
    expect(recording.duration).toBeCloseTo(1_000 / (spec.rate ?? 16_000), 9);
    expect(recording.warning).toBeUndefined();
    expect(samples.length).toBe(1_000);
    let worst = 0;
    samples.forEach((sample, i) => {
      worst = Math.max(worst, Math.abs(sample - tone[i]!));
    });
    expect(worst).toBeLessThanOrEqual(error);
  });

  it('mixes seven channels to their mean, or takes one of them', async () => {
    const frames = Array.from({ length: 10 }, () => [0.7, 0, 0, -0.25, 0, 0, 0.25]);
    const path = file(makeWav(frames, { channels: 7, bits: 24, extensible: true }));
    const mixed = await samplesOf((await readWav(path, signal)).audio);
    expect(mixed[9]).toBeCloseTo(0.1, 6);
    const fourth = await samplesOf((await readWav(path, signal, { channel: 4 })).audio);
    expect(fourth[0]).toBeCloseTo(-0.25, 6);
    expect((await faultOf(readWav(path, signal, { channel: 8 }))).message).toContain('no channel 8, it has 7 channels');
  });

  it('passes over the chunks before the sound, padded ones too, and stops before those after it', async () => {
    const before = [
      { id: 'LIST', body: Buffer.from('INFOISFT\x05\0\0\0Lavf\0') },
      { id: 'odd ', body: Buffer.from('seven b') },
    ];
    const wav = makeWav(mono(tone), { before, after: Buffer.from('LIST\x04\0\0\0tail') });
    expect((await samplesOf((await readWav(file(wav), signal)).audio)).length).toBe(1_000);
  });

  it('reads the sound of a stream whose length was not known when its header was written', async () => {
    for (const spec of [
      { dataSize: 0, riffSize: 0 },
      { dataSize: 0, riffSize: 36 },
      { dataSize: 0xffff_ffff, riffSize: 0xffff_ffff },
      { dataSize: 0x7fff_fff0, riffSize: 0x7fff_ffff },
    ]) {
      const recording = await readWav(file(makeWav(mono(tone), spec)), signal);
      expect((await samplesOf(recording.audio)).length).toBe(1_000);
      expect(recording.warning).toBeUndefined();
    }
  });

  it('takes what is there of a file that breaks off, and says what is missing', async () => {
    const wav = makeWav(mono(sine(440, 16_000, 16_000)));
    const recording = await readWav(file(wav.subarray(0, 44 + 8_001)), signal);
    expect((await samplesOf(recording.audio)).length).toBe(4_000);
    expect(recording.duration).toBe(0.25);
    expect(recording.warning).toMatch(/breaks off: 0\.75 s of its 1\.00 s are missing/);
  });

  it('can be read twice', async () => {
    const { audio } = await readWav(file(makeWav(mono(tone))), signal);
    expect(await samplesOf(audio)).toEqual(await samplesOf(audio));
  });

  it('reads silence as silence and a clipped recording as clipped', async () => {
    const silent = await samplesOf((await readWav(file(makeWav(mono(new Float32Array(500)))), signal)).audio);
    expect(levels(silent)).toEqual({ peak: -120, rms: -120, clipped: 0 });
    const loud = makeWav(mono(tone.map((sample) => Math.sign(sample) || 1)));
    const clipped = levels(await samplesOf((await readWav(file(loud), signal)).audio));
    expect(clipped.peak).toBeCloseTo(0, 2);
    expect(clipped.clipped).toBe(1);
  });

  it('makes ordinary numbers of what no sound can be', async () => {
    const odd = [[Number.NaN], [Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY], [2.5]];
    const { audio } = await readWav(file(makeWav(odd, { bits: 32, float: true })), signal);
    expect([...(await samplesOf(audio))]).toEqual([0, 1, -1, 1]);
  });

  it('reads an hour piece by piece', async () => {
    // A sparse file: nothing on the disk, an hour of zeros to read.
    const path = file(makeWav([], { dataSize: 3_600 * 32_000 }));
    truncateSync(path, 44 + 3_600 * 32_000);
    const { audio, duration } = await readWav(path, signal);
    let samples = 0;
    let longest = 0;
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for await (const block of audio) {
      expect(block.from === samples).toBe(true);
      samples += block.samples.length;
      longest = Math.max(longest, block.samples.length);
      if (samples % 1_048_576 < block.samples.length) most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
    expect(duration).toBe(3_600);
    expect(samples).toBe(3_600 * 16_000);
    expect(longest).toBeLessThanOrEqual(32 * 1024);
    // The whole would be 230 MB as floats.
    expect(most - before).toBeLessThan(100e6);
  });

  it('stops when it is given up', async () => {
    const controller = new AbortController();
    const { audio } = await readWav(file(makeWav(mono(sine(440, 16_000, 64_000)))), controller.signal);
    const blocks = audio[Symbol.asyncIterator]();
    await blocks.next();
    controller.abort();
    await expect(blocks.next()).rejects.toThrow(/abort/i);
  });
});

describe('what is no WAV that can be read', () => {
  const flac = Buffer.from('fLaC\0\0\0"\x10\0\x10\0');
  const cases: [string, () => string, RegExp, RegExp?][] = [
    ['a missing file', () => join(folder, 'none.wav'), /none\.wav does not exist/],
    ['a folder', () => folder, /is a folder/, /Name a WAV/],
    ['an empty file', () => file(Buffer.alloc(0)), /is empty/],
    ['a few bytes', () => file(Buffer.from('RIFF')), /not a WAV|breaks off/],
    ['a header alone', () => file(makeWav([]).subarray(0, 30)), /breaks off in its header/],
    ['no sound at all', () => file(makeWav([])), /without any sound/],
    [
      'an empty data chunk with others after it',
      () => file(makeWav([], { after: Buffer.from('LIST\x04\0\0\0tail') })),
      /without any sound/,
    ],
    ['FLAC', () => file(flac, 'bells.flac'), /looks like a FLAC file/, /ffmpeg -i ".*bells\.flac".*\nor: sox/],
    ['MP3 with a tag', () => file(Buffer.from('ID3\x03\0\0\0\0\0\0\0\0\0')), /an MP3 file/, /ffmpeg/],
    ['MP3 without', () => file(Buffer.from([0xff, 0xfb, 0x90, 0x64, 0, 0, 0, 0, 0, 0, 0, 0])), /an MP3 file/],
    ['Ogg', () => file(Buffer.from('OggS\0\x02\0\0\0\0\0\0\0')), /an Ogg file/, /sox/],
    ['AVI', () => file(Buffer.from('RIFF\x24\0\0\0AVI LIST')), /RIFF file of another kind \(AVI\)/],
    ['text', () => file(Buffer.from('turn on the lamp')), /a text file/],
    ['noise', () => file(Buffer.from([1, 2, 3, 254, 9, 8, 7, 6, 5, 4, 3, 2])), /is not a WAV file/],
    ['A-law', () => file(makeWav([[0]], { tag: 6, bits: 8 })), /its sound is A-law/, /ffmpeg/],
    ['ADPCM', () => file(makeWav([[0]], { tag: 17 })), /IMA ADPCM/],
    ['a codec that nobody knows', () => file(makeWav([[0]], { tag: 0x1234 })), /unknown codec \(0x1234\)/],
    ['0 channels', () => file(makeWav([[0]], { channels: 0 })), /0 channels; 1 to 64/],
    ['65 channels', () => file(makeWav([[0]], { channels: 65 })), /65 channels/],
    ['a rate of 0', () => file(makeWav([[0]], { rate: 0 })), /its rate is 0 Hz; 4000 to 384000/],
    ['an absurd rate', () => file(makeWav([[0]], { rate: 4_000_000 })), /its rate is 4000000 Hz/],
    ['40 bits', () => file(makeWav([[0]], { bits: 40 })), /40-bit PCM/],
    ['16-bit float', () => file(makeWav([[0]], { tag: 3, bits: 16 })), /16-bit float/],
    ['sound before its format', () => file(Buffer.from('RIFF\x0c\0\0\0WAVEdata\0\0\0\0')), /sound comes before/],
  ];
  it.each(cases)('says what is wrong: %s', async (_, make, message, hint) => {
    const path = make();
    const fault = await faultOf(readWav(path, signal));
    expect(fault.code).toBe('input');
    expect(fault.message).toMatch(message);
    expect(fault.message).toContain(path);
    if (hint) expect(fault.hint).toMatch(hint);
  });

  it('does not wait for a pipe or a device', async () => {
    const link = join(folder, 'device.wav');
    symlinkSync('/dev/null', link);
    expect((await faultOf(readWav(link, signal))).message).toContain('no regular file');
  });
});
