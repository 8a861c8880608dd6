import type { Milliseconds } from '../units.js';
import type { Archive } from './catalogue.js';
import { agentOptions, type NpmConfig, readNpmConfig } from './npm-config.js';
import { type Located, locateNpm } from './npm-registry.js';
import { type Capture, capture } from './package-tools.js';
import { locateWheel, readPipIndex } from './pypi.js';

/** Says where a URL or an archive can be had on this machine. @throws SourceFailure; the signal's reason. */
export type Locator = (what: { readonly url: string } | Archive, signal: AbortSignal) => Promise<Located>;

export interface LocatorOptions {
  readonly stallAfter?: Milliseconds;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly capture?: Capture;
}

/** Keeps what a task gave, unless it failed. It runs for all who ask, so that none of them can end it for the others. */
const kept = <T>(task: (signal: AbortSignal) => Promise<T>) => {
  let value: Promise<T> | undefined;
  return async (signal: AbortSignal): Promise<T> => {
    signal.throwIfAborted();
    value ??= task(new AbortController().signal).catch((error: unknown) => {
      value = undefined;
      throw error;
    });
    const given = value;
    return new Promise<T>((resolve, reject) => {
      const stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      given.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  };
};

/** Locates by the user's own npm and pip configuration, which is read when it is first needed. */
export const locator = (options: LocatorOptions = {}): Locator => {
  const { stallAfter = 30_000, ...rest } = options;
  const tools = { capture, ...rest };
  const npmConfig = kept<NpmConfig>((signal) => readNpmConfig({ ...tools, signal }));
  const pipIndex = kept((signal) => readPipIndex({ ...tools, signal }));
  return async (what, signal) => {
    const config = await npmConfig(signal);
    const origin = 'url' in what ? { kind: 'url' as const, url: what.url } : what.origin;
    switch (origin.kind) {
      case 'url':
        return { endpoint: { url: origin.url, agent: agentOptions(config, 'others') } };
      case 'npm':
        return locateNpm(origin.name, origin.version, config, { signal, stallAfter });
      case 'pypi':
        return locateWheel(origin.project, origin.wheel, await pipIndex(signal), config, { signal, stallAfter });
    }
  };
};
