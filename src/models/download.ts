import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../faults.js';
import type { Bytes, Milliseconds } from '../units.js';
import type { Digest } from './catalogue.js';
import { formatBytes, isStorageError, networkFailure, SourceFailure } from './failures.js';
import { type Endpoint, get, refused, watchdog } from './http.js';
import { openPart, type PartFile } from './part-file.js';

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Without a byte for so long, the source is given up. */
  readonly stallAfter: Milliseconds;
  /** Wait before a source that said "later" is asked again; doubles each time. */
  readonly retryDelay: Milliseconds;
  /** How much is on the disk, and how much there will be as far as is known. */
  readonly onBytes: (received: Bytes, total: Bytes | undefined) => void;
}

export interface Expected {
  readonly size?: Bytes;
  readonly digest?: Digest;
}

/** What a source without a known size may send at most. */
const MAX_UNKNOWN: Bytes = 4e9;
/** Attempts in a row that brought nothing. */
const MAX_FRUITLESS = 3;
/** Attempts in all: a server that cuts every connection after a while still ends. */
const MAX_ATTEMPTS = 10;

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

/** One request that goes on where the file ends. Returns when the body has ended as long as it should be. */
const attempt = async (endpoint: Endpoint, part: PartFile, expected: Expected, options: DownloadOptions) => {
  const dog = watchdog(options.stallAfter, options.signal);
  try {
    const response = await get(
      {
        ...endpoint,
        headers: {
          ...endpoint.headers,
          'accept-encoding': 'identity',
          ...(part.length > 0 && { range: `bytes=${part.length}-` }),
        },
      },
      dog.signal,
    );
    try {
      const status = response.statusCode ?? 0;
      const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers['content-range'] ?? '');
      let total: Bytes | undefined;
      if (status === 206 && range && Number(range[1]) === part.length) total = Number(range[2]);
      else if (status === 200) {
        if (part.length > 0) await part.restart();
        total = number(response.headers['content-length']);
      } else if (status === 416 || status === 206) {
        await part.restart();
        throw new SourceFailure('it cannot go on where the last download ended', { again: true });
      } else throw refused(status);
      if (response.headers['content-encoding'] && response.headers['content-encoding'] !== 'identity')
        throw new SourceFailure('it sends the file in another encoding');
      if (expected.size !== undefined && total !== undefined && total !== expected.size)
        throw new SourceFailure(`it offers ${total} bytes instead of ${expected.size}`);
      const end = expected.size ?? total;
      options.onBytes(part.length, end);
      for await (const chunk of response as AsyncIterable<Buffer>) {
        dog.feed();
        if (part.length + chunk.length > (end ?? MAX_UNKNOWN)) {
          await part.restart();
          throw new SourceFailure(`it sends more than ${formatBytes(end ?? MAX_UNKNOWN)}`);
        }
        await part.append(chunk);
        dog.feed();
        options.onBytes(part.length, end);
      }
      if (end !== undefined && part.length < end) throw new SourceFailure('the connection was cut', { again: true });
    } finally {
      response.destroy();
    }
  } catch (error) {
    options.signal.throwIfAborted();
    throw dog.signal.aborted ? dog.signal.reason : error;
  } finally {
    dog.end();
  }
};

/** Disk trouble keeps its code (the caller names the folder); everything else is the source's. */
const isOurs = (error: unknown): boolean => error instanceof Fault || isStorageError(error);

/** Downloads until the file is whole; goes on after a cut connection. */
const complete = async (endpoint: Endpoint, part: PartFile, expected: Expected, options: DownloadOptions) => {
  for (let fruitless = 0, attempts = 1; ; attempts++) {
    const before = part.length;
    try {
      await attempt(endpoint, part, expected, options);
      return;
    } catch (error) {
      options.signal.throwIfAborted();
      if (isOurs(error)) throw error;
      const failure = networkFailure(error);
      fruitless = part.length > before ? 0 : fruitless + 1;
      if (!failure.again || fruitless >= MAX_FRUITLESS || attempts >= MAX_ATTEMPTS) throw failure;
      await pause(options.retryDelay * 2 ** fruitless, undefined, { signal: options.signal });
    }
  }
};

/**
 * Downloads to `path`, going on where an earlier download has ended, and checks size and hash as far as they are known.
 * What came is kept when the connection, the disk or the signal ends it, and removed when the bytes are wrong.
 * @throws SourceFailure; what the file system threw; the signal's reason.
 */
export const download = async (
  endpoint: Endpoint,
  path: string,
  expected: Expected,
  options: DownloadOptions,
  openFile?: Parameters<typeof openPart>[3],
): Promise<void> => {
  const part = await openPart(path, expected.digest?.algorithm ?? 'sha256', options.signal, openFile);
  try {
    const fits = () => expected.digest === undefined || part.digest() === expected.digest.hex;
    const resumed = part.length > 0;
    if (part.length > (expected.size ?? Number.POSITIVE_INFINITY)) await part.restart();
    if (part.length === 0 || part.length !== expected.size) await complete(endpoint, part, expected, options);
    if (fits()) return;
    await part.restart();
    if (resumed) {
      // The old beginning may have been the wrong one: this source deserves a download of its own.
      await complete(endpoint, part, expected, options);
      if (fits()) return;
      await part.restart();
    }
    throw new SourceFailure('its bytes are not the expected ones (their hash differs)');
  } finally {
    await part.close();
  }
};
