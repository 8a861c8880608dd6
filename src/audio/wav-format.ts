import { Fault } from '../faults.js';
import type { Bytes, Hertz } from '../units.js';
import { type Encoding, isDecodable, type PcmLayout } from './pcm.js';

/** What a WAV's `fmt ` chunk says. */
export interface WavFormat extends PcmLayout {
  readonly rate: Hertz;
  readonly frameBytes: Bytes;
}

const MIN_RATE: Hertz = 4_000;
const MAX_RATE: Hertz = 384_000;
const MAX_CHANNELS = 64;

const PCM = 0x0001;
const FLOAT = 0x0003;
const EXTENSIBLE = 0xfffe;

/** Format tags that are met in the wild (Microsoft, mmreg.h), so that a message can name them. */
const CODECS: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  6: 'A-law',
  7: 'µ-law',
  17: 'IMA ADPCM',
  49: 'GSM 6.10',
  64: 'G.721 ADPCM',
  80: 'MPEG audio',
  85: 'MP3',
  255: 'AAC',
  353: 'Windows Media Audio',
  354: 'Windows Media Audio',
  8192: 'Dolby AC-3',
  26447: 'Ogg Vorbis',
  61868: 'FLAC',
};

/** The command that turns any sound file into one that can be read here. */
export const conversionHint = (name: string, sox = true): string => {
  const target = `${name.replace(/\.[^./\\]*$/, '')}-16k.wav`;
  const ffmpeg = `ffmpeg -i "${name}" -ac 1 -ar 16000 -c:a pcm_s16le "${target}"`;
  const command = sox ? `${ffmpeg}\nor: sox "${name}" -c 1 -r 16000 -b 16 -e signed-integer "${target}"` : ffmpeg;
  return `Convert it: ${command}`;
};

/**
 * Reads the body of a `fmt ` chunk.
 * @throws Fault `input` for what cannot be decoded, naming the codec.
 */
export const parseFormat = (chunk: Uint8Array, name: string): WavFormat => {
  if (chunk.length < 16) throw new Fault('input', `${name} has a broken WAV header (format of ${chunk.length} bytes)`);
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const tag = view.getUint16(0, true);
  // The first two bytes of the sub-format's GUID are the plain tag.
  const codec = tag === EXTENSIBLE && chunk.length >= 26 ? view.getUint16(24, true) : tag;
  const channels = view.getUint16(2, true);
  const rate = view.getUint32(4, true);
  const blockAlign = view.getUint16(12, true);
  const declaredBits = view.getUint16(14, true);

  if (codec !== PCM && codec !== FLOAT) {
    const codecName = CODECS[codec] ?? `an unknown codec (0x${codec.toString(16).padStart(4, '0')})`;
    throw new Fault('input', `${name} is a WAV, but its sound is ${codecName}; only PCM and float can be read`, {
      hint: conversionHint(name),
    });
  }
  if (channels < 1 || channels > MAX_CHANNELS) {
    throw new Fault('input', `${name} says that it has ${channels} channels; 1 to ${MAX_CHANNELS} can be read`);
  }
  if (rate < MIN_RATE || rate > MAX_RATE) {
    throw new Fault('input', `${name} says that its rate is ${rate} Hz; ${MIN_RATE} to ${MAX_RATE} Hz can be read`);
  }
  const bits = containerBits(blockAlign, channels, declaredBits);
  const encoding: Encoding = codec === FLOAT ? 'float' : bits === 8 ? 'unsigned' : 'signed';
  if (!isDecodable(encoding, bits)) {
    const kind = codec === FLOAT ? 'float' : 'PCM';
    throw new Fault('input', `${name} holds ${declaredBits}-bit ${kind}, which cannot be read`, {
      hint: conversionHint(name),
    });
  }
  return { encoding, bits, channels, rate, frameBytes: (bits / 8) * channels };
};

/** 20 bits may live in 3 or 4 bytes (values are left-justified), so the frame's size counts, where it makes sense. */
const containerBits = (blockAlign: number, channels: number, declaredBits: number): number => {
  const bytes = blockAlign / channels;
  const enough = Number.isInteger(bytes) && bytes >= 1 && bytes <= 8 && bytes * 8 >= declaredBits;
  return enough ? bytes * 8 : Math.ceil(declaredBits / 8) * 8;
};
