import { type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { type AgentOptions, getAgent } from '@npmcli/agent';
import type { Milliseconds } from '../units.js';
import { networkFailure, SourceFailure } from './failures.js';

/**
 * The few requests that the store makes, by Node's own client, so that a slow disk holds back a fast network: the
 * `fetch` inside npm's libraries has no back-pressure and would keep a large archive in memory.
 */
export interface Endpoint {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: AgentOptions;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

const once = (endpoint: Endpoint, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { url, headers, agent } = endpoint;
    const send = url.startsWith('https:') ? secure : plain;
    const options = { agent: getAgent(url, agent), signal, headers: { ...headers, 'user-agent': 'evil-assistant' } };
    // A request that still waits for its connection, through a proxy for one, says nothing of its abort.
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    send(url, options, resolve)
      .on('error', reject)
      .on('close', () => signal.removeEventListener('abort', onAbort))
      .end();
  });

/** The endpoint that a redirect leads to. A login goes to another host no more than a safe connection becomes unsafe. */
const redirected = (endpoint: Endpoint, location: string): Endpoint => {
  const from = new URL(endpoint.url);
  const to = new URL(location, from);
  if (to.protocol !== 'https:' && !(to.protocol === 'http:' && from.protocol === 'http:'))
    throw new SourceFailure('it redirects to an unsafe address');
  const headers = { ...endpoint.headers };
  if (to.host !== from.host) delete headers.authorization;
  return { ...endpoint, url: to.href, headers };
};

/** Sends a GET and follows redirects. @throws SourceFailure, or the signal's reason. */
export const get = async (endpoint: Endpoint, signal: AbortSignal): Promise<IncomingMessage> => {
  try {
    let current = endpoint;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await once(current, signal);
      const { location } = response.headers;
      if (!REDIRECTS.has(response.statusCode ?? 0) || !location) return response;
      response.destroy();
      current = redirected(current, location);
    }
    throw new SourceFailure('too many redirects');
  } catch (error) {
    signal.throwIfAborted();
    throw networkFailure(error);
  }
};

/** Why a server said no, and whether to ask it again. */
export const refused = (status: number): SourceFailure => {
  if (status === 401 || status === 403)
    return new SourceFailure(`it wants a login that is not configured here, or refuses this one (HTTP ${status})`);
  if (status === 404 || status === 410) return new SourceFailure(`it does not have it (HTTP ${status})`);
  return new SourceFailure(`it answered with HTTP ${status}`, {
    again: status === 408 || status === 429 || status >= 500,
  });
};

/** Aborts when nothing has happened for a while. */
export const watchdog = (limit: Milliseconds, outer: AbortSignal) => {
  const stalled = new AbortController();
  const bite = () =>
    stalled.abort(new SourceFailure(`no data came for ${Number((limit / 1000).toFixed(1))} s`, { hostDown: true }));
  let timer = setTimeout(bite, limit);
  return {
    signal: AbortSignal.any([outer, stalled.signal]),
    /** Something has happened. */
    feed: () => {
      clearTimeout(timer);
      timer = setTimeout(bite, limit);
    },
    end: () => clearTimeout(timer),
  };
};

/** A short document, as text. @throws SourceFailure, or the signal's reason. */
export const getText = async (
  endpoint: Endpoint,
  options: { signal: AbortSignal; stallAfter: Milliseconds; maxBytes?: number },
): Promise<{ readonly text: string; readonly type: string }> => {
  const { signal, stallAfter, maxBytes = 64e6 } = options;
  const dog = watchdog(stallAfter, signal);
  try {
    const response = await get(
      { ...endpoint, headers: { ...endpoint.headers, 'accept-encoding': 'identity' } },
      dog.signal,
    );
    if (response.statusCode !== 200) {
      response.destroy();
      throw refused(response.statusCode ?? 0);
    }
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      dog.feed();
      length += chunk.length;
      if (length > maxBytes) throw new SourceFailure('its answer is too long');
      chunks.push(chunk);
    }
    return { text: Buffer.concat(chunks).toString('utf8'), type: response.headers['content-type'] ?? '' };
  } catch (error) {
    signal.throwIfAborted();
    throw networkFailure(dog.signal.aborted ? dog.signal.reason : error);
  } finally {
    dog.end();
  }
};
