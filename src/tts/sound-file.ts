import { crc32 } from 'node:zlib';
import type { Hertz } from '../units.js';

/*
 * A rendered sentence as a file, little-endian:
 *   "EVA1", rate u32, number of samples u32, CRC-32 of the samples' bytes u32, then the samples as 16-bit PCM.
 * 16 bits: half the size of floats, and what a loudspeaker and the Wyoming protocol are given anyway.
 */
const MAGIC = Buffer.from('EVA1');
const HEADER = 16;

export const encodeSound = (sound: Int16Array, rate: Hertz): Buffer => {
  const file = Buffer.allocUnsafe(HEADER + sound.length * 2);
  MAGIC.copy(file);
  for (let i = 0; i < sound.length; i++) file.writeInt16LE(sound[i]!, HEADER + i * 2);
  file.writeUInt32LE(rate, 4);
  file.writeUInt32LE(sound.length, 8);
  file.writeUInt32LE(crc32(file.subarray(HEADER)), 12);
  return file;
};

/** Undefined where the file is damaged or of another rate. */
export const decodeSound = (file: Buffer, rate: Hertz): Int16Array | undefined => {
  if (file.length < HEADER || !file.subarray(0, 4).equals(MAGIC) || file.readUInt32LE(4) !== rate) return undefined;
  const samples = file.readUInt32LE(8);
  const bytes = file.subarray(HEADER);
  if (bytes.length !== samples * 2 || crc32(bytes) !== file.readUInt32LE(12)) return undefined;
  const sound = new Int16Array(samples);
  for (let i = 0; i < samples; i++) sound[i] = bytes.readInt16LE(i * 2);
  return sound;
};
