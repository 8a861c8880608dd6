import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Archive, ModelFile, Source } from './catalogue.js';
import { type DownloadOptions, download } from './download.js';
import { type Extracted, extract, type Piece } from './extract.js';
import { SourceFailure } from './failures.js';
import type { OnProgress } from './fetch-event.js';
import { describeOrigin, partName } from './naming.js';
import type { Located } from './npm-registry.js';
import type { openPart } from './part-file.js';
import type { Wanted } from './plan.js';

export interface SessionOptions extends Omit<DownloadOptions, 'onBytes'> {
  /** Where the models are. */
  readonly folder: string;
  /** The store's own folder inside it, for what is not complete. */
  readonly work: string;
  readonly archives: ReadonlyMap<string, Archive>;
  /** Where a URL or an archive can be had. @throws SourceFailure. */
  readonly locate: (what: { readonly url: string } | Archive, signal: AbortSignal) => Promise<Located>;
  /** How many downloads at a time. */
  readonly parallel: number;
  readonly onProgress: OnProgress;
  /** A file is in its place, checked. */
  readonly onFile: (wanted: Wanted) => void;
  readonly openFile?: NonNullable<Parameters<typeof openPart>[3]>;
}

/** A file that no source could give, and why each could not. */
export interface Unfetched {
  readonly wanted: Wanted;
  readonly reasons: readonly string[];
}

const limiter = (places: number) => {
  let free = places;
  const queue: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else free += 1;
    }
  };
};

/** Fetches files, each from the first of its sources that can give it. */
export const fetchAll = async (
  ordered: ReadonlyMap<Wanted, readonly Source[]>,
  options: SessionOptions,
): Promise<readonly Unfetched[]> => {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const inTurn = limiter(options.parallel);
  const downHosts = new Set<string>();
  /** Two files with the same bytes have the same unfinished download: the second waits for the first. */
  const writers = new Map<string, Promise<unknown>>();

  const transfer = async (
    what: { url: string; file: ModelFile } | Archive,
    key: string,
    label: string,
  ): Promise<string> => {
    const path = join(options.work, partName('file' in what ? what.file : what));
    const expected =
      'file' in what ? { size: what.file.size, digest: { algorithm: 'sha256', hex: what.file.sha256 } as const } : what;
    await inTurn(async () => {
      const host = describeOrigin(what);
      if (downHosts.has(host)) throw new SourceFailure('it did not answer a moment ago');
      signal.throwIfAborted();
      options.onProgress({ kind: 'started', key, label, ...(expected.size !== undefined && { total: expected.size }) });
      try {
        const { endpoint, digest } = await options.locate(what, signal);
        if (digest && expected.digest?.algorithm === digest.algorithm && digest.hex !== expected.digest.hex)
          throw new SourceFailure('it offers other bytes under this name');
        const onBytes: DownloadOptions['onBytes'] = (received, total) =>
          options.onProgress({ kind: 'received', key, received, ...(total !== undefined && { total }) });
        await download(endpoint, path, expected, { ...options, signal, onBytes }, options.openFile);
      } catch (error) {
        if (error instanceof SourceFailure && error.hostDown) downHosts.add(host);
        if (error instanceof SourceFailure)
          options.onProgress({ kind: 'failed', key, reason: `${host}: ${error.message}` });
        throw error;
      }
    });
    return path;
  };

  /** One download of an archive, and passes over it for whoever wants something out of it. */
  const openArchive = (archive: Archive) => {
    const waiting: {
      piece: Piece;
      settle: (result: SourceFailure | undefined) => void;
      reject: (error: unknown) => void;
    }[] = [];
    let running = false;
    let complete = false;
    const key = `archive ${archive.id}`;
    const downloaded = transfer(archive, key, describeOrigin(archive));
    downloaded.catch(() => {});
    let passes: Promise<void> = Promise.resolve();
    const pass = async () => {
      try {
        const path = await downloaded;
        complete = true;
        while (waiting.length > 0) {
          const batch = waiting.splice(0);
          options.onProgress({ kind: 'unpacking', key });
          let results: Extracted;
          try {
            results = await extract(
              archive,
              path,
              batch.map(({ piece }) => piece),
              signal,
            );
          } catch (error) {
            for (const it of batch) it.reject(error);
            throw error;
          }
          for (const it of batch) it.settle(results.get(it.piece));
          options.onProgress({ kind: 'done', key });
        }
      } catch (error) {
        for (const it of waiting.splice(0)) it.reject(error);
      } finally {
        running = false;
      }
    };
    return {
      take: (piece: Piece): Promise<void> =>
        new Promise((resolve, reject) => {
          waiting.push({ piece, reject, settle: (failure) => (failure ? reject(failure) : resolve()) });
          if (running) return;
          running = true;
          passes = pass();
        }),
      /** Resolves when nothing is being read any more. */
      end: () => passes,
      /** Whether the whole archive is on the disk. */
      get complete() {
        return complete;
      },
    };
  };
  const open = new Map<string, ReturnType<typeof openArchive>>();

  const fetchFrom = async ({ entry, file }: Wanted, source: Source): Promise<void> => {
    const target = join(options.folder, entry, ...file.path.split('/'));
    if (source.kind === 'url') {
      const before = writers.get(file.sha256);
      const whole = (async () => {
        await before?.catch(() => {});
        const key = `${entry}/${file.path}`;
        const path = await transfer({ url: source.url, file }, key, key);
        await mkdir(dirname(target), { recursive: true });
        await rename(path, target);
        options.onProgress({ kind: 'done', key });
      })();
      writers.set(file.sha256, whole);
      return whole;
    }
    const archive = options.archives.get(source.archive);
    if (!archive) throw new SourceFailure('the catalogue does not say where this archive is');
    const job = open.get(archive.id) ?? openArchive(archive);
    open.set(archive.id, job);
    await job.take({
      member: source.member,
      ...(source.range && { range: source.range }),
      destination: {
        target,
        temporary: join(options.work, `${randomUUID()}.tmp`),
        size: file.size,
        sha256: file.sha256,
      },
    });
  };

  const nameOf = (source: Source): string => {
    const archive = source.kind === 'member' ? options.archives.get(source.archive) : undefined;
    return source.kind === 'url' ? describeOrigin(source) : archive ? describeOrigin(archive) : source.archive;
  };

  const unfetched: Unfetched[] = [];
  const fetchOne = async (wanted: Wanted, sources: readonly Source[]) => {
    const reasons: string[] = [];
    for (const source of sources) {
      try {
        await fetchFrom(wanted, source);
        options.onFile(wanted);
        return;
      } catch (error) {
        if (!(error instanceof SourceFailure)) {
          stop.abort(error);
          throw error;
        }
        reasons.push(`${nameOf(source)}: ${error.message}`);
      }
    }
    unfetched.push({ wanted, reasons });
  };

  const settled = await Promise.allSettled([...ordered].map(([wanted, sources]) => fetchOne(wanted, sources)));
  for (const job of open.values()) await job.end();
  options.signal.throwIfAborted();
  const broken = settled.find((it) => it.status === 'rejected');
  if (broken) throw stop.signal.aborted ? stop.signal.reason : broken.reason;
  // What was taken from elsewhere leaves no half of itself behind; a whole archive has given what it can.
  const failed = new Set(unfetched.map(({ wanted }) => wanted));
  const leftovers = [
    ...[...open].flatMap(([id, job]) => (job.complete || failed.size === 0 ? [options.archives.get(id)!] : [])),
    ...[...ordered].flatMap(([wanted]) => (failed.has(wanted) ? [] : [wanted.file])),
  ];
  await Promise.all(leftovers.map((it) => rm(join(options.work, partName(it)), { force: true })));
  return unfetched;
};
