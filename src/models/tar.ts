import type { Bytes } from '../units.js';

/** What a tar archive says, in order. The data of a file comes in pieces between its `file` and its `end`. */
export type TarEvent =
  | { readonly kind: 'file'; readonly path: string; readonly size: Bytes }
  | { readonly kind: 'data'; readonly chunk: Uint8Array }
  | { readonly kind: 'end' };

const BLOCK = 512;
/** Long names are kept in memory while they are read. */
const MAX_METADATA: Bytes = 1 << 20;

const text = (block: Buffer, from: number, length: number): string => {
  const field = block.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
};

/** A number field: octal, or base 256 where its first bit is set (GNU, for sizes from 8 GB). */
const numeric = (block: Buffer, from: number, length: number): number => {
  if ((block[from]! & 0x80) === 0) return Number.parseInt(text(block, from, length).trim() || '0', 8);
  let value = block[from]! & 0x7f;
  for (let index = from + 1; index < from + length; index++) value = value * 256 + block[index]!;
  return value;
};

const checksumFits = (block: Buffer): boolean => {
  let sum = 8 * 0x20;
  for (let index = 0; index < BLOCK; index++) if (index < 148 || index >= 156) sum += block[index]!;
  return sum === numeric(block, 148, 8);
};

/** `length key=value\n` records of a pax header (POSIX.1-2001, pax Interchange Format). */
const paxRecords = (data: Buffer): Map<string, string> => {
  const records = new Map<string, string>();
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const length = Number(data.toString('latin1', at, space));
    if (space < 0 || !Number.isSafeInteger(length) || length <= space - at) break;
    const record = data.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
};

/**
 * Reads a tar archive (ustar, pax and GNU long names) from chunks of any size.
 * @throws Error on bytes that are no tar archive.
 */
export const tarParser = (): { push(chunk: Uint8Array): readonly TarEvent[]; readonly ended: boolean } => {
  let header = Buffer.alloc(0);
  let remaining = 0;
  let padding = 0;
  let wanted = false;
  let metadata: { readonly type: string; readonly chunks: Buffer[] } | undefined;
  let longName: string | undefined;
  let longSize: number | undefined;
  let ended = false;

  const finish = (events: TarEvent[]) => {
    if (wanted) events.push({ kind: 'end' });
    wanted = false;
    if (!metadata) return;
    const data = Buffer.concat(metadata.chunks);
    if (metadata.type === 'L') longName = text(data, 0, data.length);
    if (metadata.type === 'x') {
      const records = paxRecords(data);
      longName = records.get('path') ?? longName;
      longSize = records.has('size') ? Number(records.get('size')) : longSize;
    }
    metadata = undefined;
  };

  const begin = (block: Buffer, events: TarEvent[]) => {
    if (block.every((byte) => byte === 0)) {
      ended = true;
      return;
    }
    if (!checksumFits(block)) throw new Error('it is no tar archive, or a damaged one');
    const type = String.fromCharCode(block[156]!);
    const prefix = text(block, 257, 5) === 'ustar' ? text(block, 345, 155) : '';
    const name = text(block, 0, 100);
    const isMetadata = type === 'L' || type === 'K' || type === 'x' || type === 'g';
    remaining = (isMetadata ? undefined : longSize) ?? numeric(block, 124, 12);
    if (!Number.isSafeInteger(remaining) || remaining < 0) throw new Error('it is a damaged tar archive');
    padding = (BLOCK - (remaining % BLOCK)) % BLOCK;
    if (isMetadata) {
      if (remaining > MAX_METADATA) throw new Error('it has a name that is too long');
      metadata = { type, chunks: [] };
    } else {
      wanted = type === '0' || type === '\0' || type === '7';
      if (wanted)
        events.push({ kind: 'file', path: longName ?? (prefix ? `${prefix}/${name}` : name), size: remaining });
      longName = undefined;
      longSize = undefined;
    }
    if (remaining === 0) finish(events);
  };

  return {
    get ended() {
      return ended;
    },
    push: (input) => {
      const events: TarEvent[] = [];
      let chunk = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
      while (chunk.length > 0 && !ended) {
        if (remaining > 0) {
          const data = chunk.subarray(0, remaining);
          if (wanted) events.push({ kind: 'data', chunk: data });
          metadata?.chunks.push(Buffer.from(data));
          remaining -= data.length;
          chunk = chunk.subarray(data.length);
          if (remaining === 0) finish(events);
        } else if (padding > 0) {
          const skipped = Math.min(padding, chunk.length);
          padding -= skipped;
          chunk = chunk.subarray(skipped);
        } else {
          const taken = chunk.subarray(0, BLOCK - header.length);
          header = Buffer.concat([header, taken]);
          chunk = chunk.subarray(taken.length);
          if (header.length === BLOCK) {
            const block = header;
            header = Buffer.alloc(0);
            begin(block, events);
          }
        }
      }
      return events;
    },
  };
};
