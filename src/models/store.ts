import { mkdirSync, statSync } from 'node:fs';
import { type FileHandle, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { Fault, messageOf } from '../faults.js';
import type { Bytes, Milliseconds } from '../units.js';
import type { Archive, Catalogue, Entry, Licence, ModelFile } from './catalogue.js';
import { THIS_PLATFORM } from './catalogue.js';
import { formatBytes, storageFault } from './failures.js';
import type { OnProgress } from './fetch-event.js';
import type { Unfetched } from './fetch-session.js';
import { checkFile, locationOf, stateOf } from './inventory.js';
import type { Locator } from './locator.js';
import { withLock } from './lock.js';
import { partName } from './naming.js';
import { bytesNeeded, orderSources, type Wanted } from './plan.js';
import { type Pruned, pruneFolder } from './prune.js';
import { openVerified } from './verified.js';

/** An entry of the catalogue whose files are on the disk and were checked. */
export interface Model {
  readonly id: string;
  readonly folder: string;
  /** The absolute path of one of its files. @throws Error where the entry has no such file. */
  path(file: string): string;
}

export interface EntryStatus {
  readonly id: string;
  readonly title: string;
  readonly purpose: string;
  readonly licences: readonly Licence[];
  /** Of all its files. */
  readonly size: Bytes;
  readonly onDisk: Bytes;
  /**
   * `present`: every file was checked since it last changed. `unchecked`: all sizes fit. `unsupported`: there is none for
   * this kind of machine.
   */
  readonly status: 'present' | 'unchecked' | 'partial' | 'corrupt' | 'missing' | 'unsupported';
}

export interface Verdict {
  readonly id: string;
  readonly files: number;
  readonly bad: readonly { readonly path: string; readonly problem: 'missing' | 'wrong' }[];
}

export interface StoreOptions {
  readonly folder: string;
  readonly catalogue: Catalogue;
  /** Never asks the network. */
  readonly offline?: boolean;
  readonly log?: Pick<Logger, 'debug' | 'info' | 'warn'>;
  /** Ends everything that the store does. */
  readonly signal?: AbortSignal;
  /** Downloads at a time, default 4. */
  readonly parallel?: number;
  /** A connection without data for so long is given up; default 30 s. */
  readonly stallAfter?: Milliseconds;
  /** Before a busy server is asked again, doubled each time; default 0.5 s. */
  readonly retryDelay?: Milliseconds;
  /** For tests: the machine, and what is outside of it. */
  readonly platform?: string;
  readonly locate?: Locator;
  readonly freeBytes?: (folder: string) => Promise<Bytes>;
  readonly openFile?: (path: string) => Promise<FileHandle>;
}

export interface Store {
  /**
   * The models, fetched and checked where they were not.
   * @throws Fault `model` where one cannot be had, `storage` where the disk is in the way; the signal's reason.
   */
  need(
    ids: readonly string[],
    options?: { readonly signal?: AbortSignal; readonly onProgress?: OnProgress },
  ): Promise<ReadonlyMap<string, Model>>;
  /** How every entry stands, by sizes and dates. Reads no file. */
  list(): readonly EntryStatus[];
  /** Reads and hashes every file of the given entries, or of all that are there in part at least. */
  verify(ids?: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<readonly Verdict[]>;
  /** Removes the entries that are not named, and leftovers of downloads. */
  prune(keep: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<Pruned>;
}

/** Below this the disk counts as full: other programs need room too. */
const RESERVE: Bytes = 16e6;

const never = new AbortController().signal;

const freeOnDisk = async (folder: string): Promise<Bytes> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

const isEntryMissing = (states: readonly string[]) => states.every((it) => it === 'missing');

/** `silero-vad, piper (damaged: model.onnx)`. */
const lacking = (folder: string, wanted: readonly Wanted[]): string => {
  const damaged = new Map<string, string[]>();
  for (const { entry, file } of wanted) {
    const there = statSync(locationOf(folder, entry, file).path, { throwIfNoEntry: false }) !== undefined;
    damaged.set(entry, [...(damaged.get(entry) ?? []), ...(there ? [file.path] : [])]);
  }
  return [...damaged]
    .map(([entry, files]) => (files.length > 0 ? `${entry} (damaged: ${files.slice(0, 3).join(', ')})` : entry))
    .join(', ');
};

const nothingGaveIt = (unfetched: readonly Unfetched[]): Fault => {
  const groups = new Map<string, string[]>();
  for (const { wanted, reasons } of unfetched) {
    const why = [...new Set(reasons)].map((it) => `    ${it}`).join('\n');
    groups.set(why, [...(groups.get(why) ?? []), `${wanted.entry}/${wanted.file.path}`]);
  }
  const lines = [...groups].map(([why, files]) => {
    const named = files.length > 3 ? `${files.slice(0, 2).join(', ')} and ${files.length - 2} more` : files.join(', ');
    return `  ${named}\n${why}`;
  });
  return new Fault('model', `Some model files could not be fetched:\n${lines.join('\n')}`, {
    hint: 'Check the connection (a proxy or registry set for npm and pip is used), then run "evil-assistant models fetch".',
    retry: true,
  });
};

/** Opens the folder of models, which need not be there yet. Writes nothing until something is missing. */
export const openStore = (options: StoreOptions): Store => {
  const { catalogue, log, offline = false, platform = THIS_PLATFORM, freeBytes = freeOnDisk, stallAfter } = options;
  const folder = resolve(options.folder);
  const work = join(folder, '.store');
  let locate = options.locate;
  let verified = openVerified(join(work, 'verified.json'));

  const signalFor = (signal?: AbortSignal) => AbortSignal.any([options.signal ?? never, signal ?? never]);

  const guarded = async <T>(task: () => Promise<T>): Promise<T> => {
    try {
      return await task();
    } catch (error) {
      throw storageFault(error, folder);
    }
  };

  const remember = async () => {
    try {
      await verified.save();
    } catch (error) {
      // A read-only folder with good models in it is no error: they are read again next time.
      log?.debug({ folder }, `The checked models could not be noted: ${messageOf(error)}`);
    }
  };

  /** What is missing or wrong, after files that look unfamiliar have been read. */
  const missing = async (ids: readonly string[], signal: AbortSignal): Promise<Wanted[]> => {
    const wanted: Wanted[] = [];
    for (const entry of new Set(ids)) {
      for (const file of catalogue.forPlatform(entry, platform)) {
        let state = stateOf(folder, entry, file, verified);
        if (state === 'unchecked') state = await checkFile(folder, entry, file, verified, signal);
        if (state === 'wrong') log?.warn(`The model file ${locationOf(folder, entry, file).path} is corrupt.`);
        if (state !== 'good') wanted.push({ entry, file });
      }
    }
    return wanted;
  };

  const partSize = (it: Archive | ModelFile): Bytes =>
    statSync(join(work, partName(it)), { throwIfNoEntry: false })?.size ?? 0;

  const fetchMissing = async (wanted: readonly Wanted[], signal: AbortSignal, onProgress: OnProgress) => {
    const ordered = orderSources(wanted);
    const bytes = bytesNeeded(ordered, catalogue.archives, partSize);
    const free = await freeBytes(folder);
    if (free < bytes + RESERVE)
      throw new Fault(
        'storage',
        `Fetching the models needs ${formatBytes(bytes + RESERVE)} in ${folder}, but only ${formatBytes(free)} are free.`,
        { hint: 'Free some space, or choose another folder for the models.' },
      );
    const models = [...new Set(wanted.map(({ entry }) => entry))];
    for (const { title, licences } of models.map(catalogue.entry))
      for (const { name, attribution, nonCommercial, url } of licences)
        if (nonCommercial) log?.info(`${title} by ${attribution} is for non-commercial use only (${name}, ${url}).`);
    onProgress({
      kind: 'planned',
      models,
      files: wanted.length,
      bytes: wanted.reduce((sum, it) => sum + it.file.size, 0),
    });
    const fetched: Wanted[] = [];
    // What speaks to the network is loaded when it is needed: most starts need none of it.
    const { fetchAll } = await import('./fetch-session.js');
    locate ??= (await import('./locator.js')).locator(stallAfter === undefined ? {} : { stallAfter });
    try {
      const unfetched = await fetchAll(ordered, {
        folder,
        work,
        archives: catalogue.archives,
        locate,
        parallel: options.parallel ?? 4,
        stallAfter: stallAfter ?? 30_000,
        retryDelay: options.retryDelay ?? 500,
        signal,
        onProgress,
        onFile: (it) => fetched.push(it),
        ...(options.openFile && { openFile: options.openFile }),
      });
      if (unfetched.length > 0) throw nothingGaveIt(unfetched);
      onProgress({ kind: 'finished', models });
    } finally {
      for (const { entry, file } of fetched) {
        const { path, key } = locationOf(folder, entry, file);
        const now = statSync(path, { throwIfNoEntry: false });
        if (now) verified.set(key, { size: now.size, mtimeMs: now.mtimeMs, sha256: file.sha256 });
      }
      await remember();
    }
  };

  const locked = async <T>(signal: AbortSignal, onProgress: OnProgress, task: (signal: AbortSignal) => Promise<T>) => {
    mkdirSync(work, { recursive: true });
    const onWait = (holder: { pid: number } | undefined) => onProgress({ kind: 'waiting', pid: holder?.pid });
    return withLock(join(work, 'lock'), { signal, onWait }, task);
  };

  const statusOf = (entry: Entry): EntryStatus => {
    const { id, title, purpose, licences } = entry;
    const described = { id, title, purpose, licences };
    let files: readonly ModelFile[];
    try {
      files = catalogue.forPlatform(id, platform);
    } catch {
      return { ...described, size: 0, onDisk: 0, status: 'unsupported' };
    }
    const states = files.map((file) => stateOf(folder, id, file, verified));
    const status = isEntryMissing(states)
      ? 'missing'
      : states.includes('wrong')
        ? 'corrupt'
        : states.includes('missing')
          ? 'partial'
          : states.includes('unchecked')
            ? 'unchecked'
            : 'present';
    const there = files.filter((_, index) => states[index] === 'good' || states[index] === 'unchecked');
    const sum = (of: readonly ModelFile[]) => of.reduce((total, it) => total + it.size, 0);
    return { ...described, size: sum(files), onDisk: sum(there), status };
  };

  return {
    need: (ids, { signal: callers, onProgress = () => {} } = {}) =>
      guarded(async () => {
        const signal = signalFor(callers);
        signal.throwIfAborted();
        const first = await missing(ids, signal);
        if (first.length > 0) {
          if (offline) {
            await remember();
            throw new Fault(
              'model',
              `These models are missing or damaged in ${folder}, and the program is offline: ${lacking(folder, first)}.`,
              {
                hint: 'Run "evil-assistant models fetch" with a connection, or copy the folder from another machine.',
              },
            );
          }
          await locked(signal, onProgress, async (inner) => {
            // While it waited, another process may have fetched them.
            verified = openVerified(join(work, 'verified.json'));
            const still = await missing(ids, inner);
            if (still.length > 0) await fetchMissing(still, inner, onProgress);
          });
        }
        await remember();
        return new Map(
          ids.map((id): [string, Model] => {
            const paths = new Map(
              catalogue.forPlatform(id, platform).map((it) => [it.path, locationOf(folder, id, it).path]),
            );
            const path = (file: string) => {
              const found = paths.get(file);
              if (!found) throw new Error(`The model ${id} has no file ${file}.`);
              return found;
            };
            return [id, { id, folder: join(folder, id), path }];
          }),
        );
      }),

    list: () => {
      try {
        verified = openVerified(join(work, 'verified.json'));
        return catalogue.entries.map(statusOf);
      } catch (error) {
        throw storageFault(error, folder);
      }
    },

    verify: (ids, { signal: callers } = {}) =>
      guarded(async () => {
        const signal = signalFor(callers);
        const chosen =
          ids ??
          catalogue.entries
            .map(statusOf)
            .flatMap(({ id, status }) => (status === 'missing' || status === 'unsupported' ? [] : [id]));
        const verdicts: Verdict[] = [];
        for (const id of chosen) {
          const files = catalogue.forPlatform(id, platform);
          const bad: Verdict['bad'][number][] = [];
          for (const file of files) {
            const problem = await checkFile(folder, id, file, verified, signal);
            if (problem !== 'good') bad.push({ path: locationOf(folder, id, file).path, problem });
          }
          verdicts.push({ id, files: files.length, bad });
        }
        await remember();
        return verdicts;
      }),

    prune: (keep, { signal: callers } = {}) =>
      guarded(async () => {
        const kept = new Set(keep.map((id) => catalogue.entry(id).id));
        if (!statSync(folder, { throwIfNoEntry: false })) return { files: [], bytes: 0 };
        const going = catalogue.entries.filter(({ id }) => !kept.has(id));
        const result = await locked(
          signalFor(callers),
          () => {},
          () => pruneFolder(folder, work, going),
        );
        for (const { id, files } of going) for (const file of files) verified.forget(locationOf(folder, id, file).key);
        await remember();
        return result;
      }),
  };
};
