import type { FileHandle } from 'node:fs/promises';
import type { Bytes } from '../units.js';

/** A file in a zip archive. Offsets as in PKWARE's APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16. */
export interface ZipEntry {
  readonly path: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly compressed: Bytes;
  readonly size: Bytes;
  /** Of its local header. */
  readonly at: Bytes;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const END_LENGTH = 22;
const MAX_COMMENT = 0xffff;
const MAX_DIRECTORY: Bytes = 64e6;

const readAt = async (file: FileHandle, from: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, from);
  return buffer.subarray(0, bytesRead);
};

/** The central directory. @throws Error on a file that is no zip archive, or one of more than 4 GB (zip64). */
export const readZipDirectory = async (file: FileHandle): Promise<readonly ZipEntry[]> => {
  const { size } = await file.stat();
  const tail = await readAt(
    file,
    Math.max(0, size - END_LENGTH - MAX_COMMENT),
    Math.min(size, END_LENGTH + MAX_COMMENT),
  );
  let end = tail.length - END_LENGTH;
  while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error('it is no zip archive, or a truncated one');
  const length = tail.readUInt32LE(end + 12);
  const start = tail.readUInt32LE(end + 16);
  if (start === 0xffffffff) throw new Error('it is a zip archive of more than 4 GB');
  if (length > MAX_DIRECTORY || start + length > size) throw new Error('it is a damaged zip archive');
  const directory = await readAt(file, start, length);
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === DIRECTORY_ENTRY; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      method: directory.readUInt16LE(at + 10),
      compressed: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      at: directory.readUInt32LE(at + 42),
      path: directory.toString('utf8', at + 46, at + 46 + nameLength),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
};

/** Where an entry's data begins. */
export const zipDataStart = async (file: FileHandle, entry: ZipEntry): Promise<Bytes> => {
  const header = await readAt(file, entry.at, 30);
  if (header.length < 30 || header.readUInt32LE(0) !== LOCAL_HEADER) throw new Error('it is a damaged zip archive');
  return entry.at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
};
