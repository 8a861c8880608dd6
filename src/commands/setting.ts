import { createLog, type Log } from '../log.js';
import { type Catalogue, loadCatalogue } from '../models/catalogue.js';
import type { OnProgress } from '../models/fetch-event.js';
import { type ProgressView, progressView } from '../models/progress-view.js';
import { type Model, openStore, type Store } from '../models/store.js';
import { loadOptions } from '../options/load.js';
import type { Options } from '../options/schema.js';

/** Flags that every command has. */
export interface CommonFlags {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly logLevel?: string;
  readonly offline?: boolean;
}

/** What a command works with. */
export interface Setting {
  readonly options: Options;
  readonly log: Log;
  readonly catalogue: Catalogue;
  readonly store: Store;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** The models, fetched with progress shown where they are not there. */
  fetch(ids: readonly string[], onProgress?: OnProgress): Promise<ReadonlyMap<string, Model>>;
}

/** Reads the options and opens what every command needs. Loads no model. */
export const openSetting = (flags: CommonFlags, signal: AbortSignal, more: Record<string, unknown> = {}): Setting => {
  const { options, file, warnings } = loadOptions({
    ...(flags.config !== undefined && { file: flags.config }),
    set: flags.set ?? [],
    flags: {
      ...(flags.logLevel !== undefined && { 'log.level': flags.logLevel }),
      ...(flags.offline === true && { offline: true }),
      ...more,
    },
  });
  const log = createLog(options.log);
  for (const warning of warnings) log.warn(warning);
  if (file) log.debug({ file }, 'options read');
  const catalogue = loadCatalogue();
  const store = openStore({ folder: options.folders.models, catalogue, offline: options.offline, log, signal });
  return {
    options,
    log,
    catalogue,
    store,
    signal,
    fetch: async (ids, onProgress) => {
      const view = progress(log);
      const both: OnProgress = (event) => {
        view.onProgress(event);
        onProgress?.(event);
      };
      try {
        return await store.need(ids, { signal, onProgress: both });
      } finally {
        view.clear();
      }
    },
  };
};

const progress = (log: Log): ProgressView => progressView({ stream: process.stderr, line: (text) => log.info(text) });
