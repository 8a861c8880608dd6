import type { Decibels } from '../units.js';

/** How a number is written in PCM: 8-bit is unsigned, everything wider is signed, little-endian. */
export type Encoding = 'unsigned' | 'signed' | 'float';

/** The quietest level that is reported: digital silence, where the logarithm would have no end. */
const SILENCE: Decibels = -120;

const FULL_SCALE_16 = 32_768;

/** 16-bit samples as −1…1. */
export const fromInt16 = (samples: Int16Array): Float32Array => {
  const out = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = samples[i]! / FULL_SCALE_16;
  return out;
};

/** −1…1 as 16-bit, rounded; what is louder is clipped, what is no number is silence. */
export const toInt16 = (samples: Float32Array): Int16Array => {
  const out = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = sampleToInt16(samples[i]!);
  return out;
};

/** One sample as 16-bit, rounded and clipped; NaN becomes 0. */
export const sampleToInt16 = (sample: number): number => {
  const scaled = Math.round(sample * FULL_SCALE_16);
  if (scaled > 32_767) return 32_767;
  if (scaled < -FULL_SCALE_16) return -FULL_SCALE_16;
  return scaled || 0;
};

type ReadSample = (view: DataView, offset: number) => number;

const readers: Record<string, ReadSample> = {
  unsigned8: (view, offset) => (view.getUint8(offset) - 128) / 128,
  signed16: (view, offset) => view.getInt16(offset, true) / FULL_SCALE_16,
  signed24: (view, offset) => (view.getInt16(offset + 1, true) * 256 + view.getUint8(offset)) / 8_388_608,
  signed32: (view, offset) => view.getInt32(offset, true) / 2_147_483_648,
  float32: (view, offset) => bounded(view.getFloat32(offset, true)),
  float64: (view, offset) => bounded(view.getFloat64(offset, true)),
};

/** Float files may hold anything; a block promises −1…1. */
const bounded = (value: number): number => (value > 1 ? 1 : value < -1 ? -1 : value || 0);

/** Whether `decode` knows this combination. */
export const isDecodable = (encoding: Encoding, bits: number): boolean => `${encoding}${bits}` in readers;

/** The layout of interleaved PCM. */
export interface PcmLayout {
  readonly encoding: Encoding;
  /** Bits of the container of one sample. */
  readonly bits: number;
  readonly channels: number;
}

/**
 * Interleaved PCM as mono: the mean of all channels, or one of them, counted from 1. Bytes after the last whole
 * frame are left out.
 */
export const decode = (bytes: Uint8Array, layout: PcmLayout, channel?: number): Float32Array => {
  const read = readers[`${layout.encoding}${layout.bits}`];
  if (!read) throw new RangeError(`No decoder for ${layout.bits}-bit ${layout.encoding} PCM`);
  const sampleBytes = layout.bits / 8;
  const frameBytes = sampleBytes * layout.channels;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Float32Array(Math.floor(bytes.byteLength / frameBytes));
  const first = channel === undefined ? 0 : channel - 1;
  const count = channel === undefined ? layout.channels : 1;
  for (let frame = 0; frame < out.length; frame++) {
    let offset = frame * frameBytes + first * sampleBytes;
    let sum = 0;
    for (let i = 0; i < count; i++, offset += sampleBytes) sum += read(view, offset);
    out[frame] = sum / count;
  }
  return out;
};

/** How loud a piece of sound is, against full scale. */
export interface Levels {
  /** Of the largest sample. */
  readonly peak: Decibels;
  /** Root of the mean square; a full-scale sine has −3.01. */
  readonly rms: Decibels;
  /** Share of the samples that stand at full scale, 0…1: a recording that was too loud has more than a few. */
  readonly clipped: number;
}

const CLIPPED = 32_767 / FULL_SCALE_16;

/** Levels of a piece of sound; nothing at all is silence. */
export const levels = (samples: Float32Array): Levels => {
  let peak = 0;
  let squares = 0;
  let clipped = 0;
  for (const sample of samples) {
    const size = Math.abs(sample);
    if (size > peak) peak = size;
    if (size >= CLIPPED) clipped++;
    squares += sample * sample;
  }
  const count = Math.max(1, samples.length);
  return { peak: toDecibels(peak), rms: toDecibels(Math.sqrt(squares / count)), clipped: clipped / count };
};

/** An amplitude, 1 being full scale, in dB; not below `SILENCE`. */
export const toDecibels = (amplitude: number): Decibels =>
  amplitude > 0 ? Math.max(SILENCE, 20 * Math.log10(amplitude)) : SILENCE;
