import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline as pipeInto, type Readable, type Transform } from 'node:stream';
import { createGunzip, createInflateRaw } from 'node:zlib';
import { messageOf } from '../faults.js';
import type { Bytes } from '../units.js';
import type { Archive } from './catalogue.js';
import { SourceFailure } from './failures.js';
import { type Destination, type MemberSink, openSink } from './member-sink.js';
import { tarParser } from './tar.js';
import { readZipDirectory, zipDataStart } from './zip.js';

/** A file that is to come out of an archive. */
export interface Piece {
  readonly member: string;
  readonly range?: { readonly from: Bytes; readonly to: Bytes };
  readonly destination: Destination;
}

/** How each piece ended: undefined for well. */
export type Extracted = ReadonlyMap<Piece, SourceFailure | undefined>;

/** A stream that ends with an error when what feeds it does. */
const through = (from: Readable, into: Transform, signal: AbortSignal): AsyncIterable<Buffer> => {
  const stop = () => from.destroy(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  pipeInto(from, into, () => signal.removeEventListener('abort', stop));
  return into;
};

/** Cuts pieces out of one member as its bytes pass by. */
const cutter = (pieces: readonly Piece[], results: Map<Piece, SourceFailure | undefined>) => {
  const waiting = pieces
    .map((piece) => ({ piece, from: piece.range?.from ?? 0, to: piece.range?.to ?? Number.POSITIVE_INFINITY }))
    .sort((a, b) => a.from - b.from);
  let active: ((typeof waiting)[number] & { readonly sink: MemberSink })[] = [];
  let position = 0;

  const settle = async (sink: MemberSink, piece: Piece, work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      await sink.discard();
      if (!(error instanceof SourceFailure)) throw error;
      results.set(piece, error);
      return false;
    }
  };
  const finish = async ({ sink, piece }: (typeof active)[number]) => {
    if (await settle(sink, piece, () => sink.finish())) results.set(piece, undefined);
  };
  const activate = async (before: number) => {
    for (let next = waiting[0]; next && next.from < before; next = waiting[0]) {
      waiting.shift();
      active.push({ ...next, sink: await openSink(next.piece.destination) });
    }
  };
  return {
    get done() {
      return waiting.length === 0 && active.length === 0;
    },
    write: async (chunk: Uint8Array) => {
      const end = position + chunk.length;
      await activate(end);
      const still: typeof active = [];
      for (const it of active) {
        const part = chunk.subarray(Math.max(0, it.from - position), Math.min(chunk.length, it.to - position));
        if (!(await settle(it.sink, it.piece, () => it.sink.write(part)))) continue;
        if (it.to <= end) await finish(it);
        else still.push(it);
      }
      active = still;
      position = end;
    },
    /** The member has ended: what is whole is kept, what is not has failed. */
    end: async () => {
      await activate(Number.POSITIVE_INFINITY);
      for (const it of active) await finish(it);
      active = [];
    },
    /** Leaves no temporary file behind. */
    abandon: () => Promise.all(active.map(({ sink }) => sink.discard())),
  };
};
type Cutter = ReturnType<typeof cutter>;

const byMember = (pieces: readonly Piece[]): Map<string, Piece[]> => {
  const groups = new Map<string, Piece[]>();
  for (const piece of pieces) groups.set(piece.member, [...(groups.get(piece.member) ?? []), piece]);
  return groups;
};

const fromTar = async (
  archive: Archive,
  path: string,
  members: Map<string, Piece[]>,
  results: Map<Piece, SourceFailure | undefined>,
  signal: AbortSignal,
) => {
  // npm puts everything into one folder, of any name, and leaves it out when it unpacks.
  const nameOf = (it: string) =>
    archive.origin.kind === 'npm' ? it.slice(it.indexOf('/') + 1) : it.replace(/^\.\//, '');
  const parser = tarParser();
  let current: Cutter | undefined;
  let left = members.size;
  try {
    for await (const chunk of through(
      createReadStream(path, { highWaterMark: 1 << 18 }),
      createGunzip({ chunkSize: 1 << 18 }),
      signal,
    )) {
      for (const event of parser.push(chunk)) {
        signal.throwIfAborted();
        if (event.kind === 'file') {
          const pieces = members.get(nameOf(event.path));
          current = pieces && cutter(pieces, results);
        } else if (event.kind === 'data') await current?.write(event.chunk);
        else if (current) {
          await current.end();
          current = undefined;
          left -= 1;
        }
      }
      if (left === 0) return;
    }
  } finally {
    await current?.abandon();
  }
};

const fromZip = async (
  path: string,
  members: Map<string, Piece[]>,
  results: Map<Piece, SourceFailure | undefined>,
  signal: AbortSignal,
) => {
  const file = await open(path);
  try {
    for (const entry of await readZipDirectory(file)) {
      const pieces = members.get(entry.path);
      if (!pieces) continue;
      const cut = cutter(pieces, results);
      try {
        const start = await zipDataStart(file, entry);
        if (entry.compressed > 0) {
          const raw = createReadStream(path, { start, end: start + entry.compressed - 1 });
          if (entry.method !== 0 && entry.method !== 8)
            throw new Error(`it uses an unknown compression (${entry.method})`);
          const data = entry.method === 8 ? through(raw, createInflateRaw(), signal) : (raw as AsyncIterable<Buffer>);
          for await (const chunk of data) {
            signal.throwIfAborted();
            await cut.write(chunk);
            if (cut.done) break;
          }
        }
        await cut.end();
      } finally {
        await cut.abandon();
      }
    }
  } finally {
    await file.close();
  }
};

/**
 * Takes pieces out of an archive on the disk, in one pass, each under its real name only when it has been checked.
 * @throws what the file system threw; the signal's reason.
 */
export const extract = async (
  archive: Archive,
  path: string,
  pieces: readonly Piece[],
  signal: AbortSignal,
): Promise<Extracted> => {
  const results = new Map<Piece, SourceFailure | undefined>();
  const members = byMember(pieces);
  let damage = 'it is not in the archive';
  try {
    await (archive.format === 'zip'
      ? fromZip(path, members, results, signal)
      : fromTar(archive, path, members, results, signal));
  } catch (error) {
    signal.throwIfAborted();
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    damage = messageOf(error);
  }
  for (const piece of pieces)
    if (!results.has(piece)) results.set(piece, new SourceFailure(`${damage} (${piece.member})`));
  return results;
};
