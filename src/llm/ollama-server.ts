import { Ollama } from 'ollama';
import type { Clock } from '../clock.js';
import { Fault } from '../faults.js';
import type { Bytes, Milliseconds } from '../units.js';
import { carefulFetch, ollamaRefusal } from './ollama-wire.js';
import { connectionTrouble, ModelFault } from './trouble.js';
import { type Watchdog, watch } from './watchdog.js';

/** Where an Ollama is, and how it is reached. */
export interface OllamaAddress {
  /** `http://localhost:11434`. */
  readonly url: string;
  /** For a server behind a gate: sent as a bearer's token. */
  readonly key?: string;
  readonly clock: Clock;
  /** Default Node's own. */
  readonly fetch?: typeof fetch;
}

const PORT = 11434;
/** Short questions: names, versions. */
const ANSWER: Milliseconds = 5_000;
/** Between two signs of life of a download. The server checks what it has in silence, gigabytes of it. */
const PULL_SILENCE: Milliseconds = 120_000;

/**
 * An address as people write it, `ollama`, `192.168.1.5:11434`, `http://host/`, whole. Throws a `Fault` 'usage'.
 * A server's own `0.0.0.0` becomes the loopback.
 */
export const ollamaUrl = (text: string): string => {
  let url: URL;
  try {
    const bare = text.trim().replace(/^:(?=\d)/, 'localhost:');
    url = new URL(/^\w+:\/\//.test(bare) ? bare : `http://${bare}`);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError('neither http nor https');
  } catch (error) {
    throw new Fault('usage', `"${text}" is no address of an Ollama server.`, {
      hint: 'Write it as http://host:11434.',
      cause: error,
    });
  }
  if (url.username || url.password) {
    throw new Fault('usage', 'The address of the Ollama server has a name or password in it.', {
      hint: 'Leave it out, and give what the server wants as key.',
    });
  }
  if (!url.port && !/:\d+\/*$/.test(text) && url.protocol === 'http:') url.port = String(PORT);
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1';
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
};

/** How a server is called in messages. */
export const nameOf = (url: string): string => `Ollama at ${new URL(url).protocol}//${new URL(url).host}`;

export const HINT_DOWN = 'Is Ollama running? Start it, or check its address in the options.';

interface Dial extends OllamaAddress {
  readonly model?: string;
  readonly secrets?: readonly string[];
  readonly dog: Watchdog;
}

/** A client for one request: the package keeps each stream that was not read to its end for good. */
export const dial = ({ url, key, model = '', secrets = [], dog, fetch = globalThis.fetch }: Dial): Ollama => {
  const who = nameOf(url);
  const hidden = key ? [key, ...secrets] : secrets;
  return new Ollama({
    host: url,
    ...(key && { headers: { Authorization: `Bearer ${key}` } }),
    fetch: carefulFetch({
      fetch,
      signal: dog.signal,
      refusal: ollamaRefusal(who, model, hidden),
      garbage: () => garbageFrom(who),
      alive: dog.alive,
    }),
  });
};

const garbageFrom = (who: string): ModelFault =>
  new ModelFault('garbage', `${who} answers with something that is not Ollama's language.`, {
    hint: 'Check that the address is that of an Ollama server, and no proxy or web page in front of it.',
  });

/** What was thrown while asking, as the trouble it is. */
export const troubleOf = (error: unknown, url: string, dog: Watchdog): unknown => {
  if (dog.signal.aborted) return dog.signal.reason;
  const who = nameOf(url);
  if (error instanceof SyntaxError) return garbageFrom(who);
  if (error instanceof Error && /^Did not receive done|^Missing body/.test(error.message)) {
    return new ModelFault('cut', `${who} broke off in the middle of its answer.`, { hint: HINT_DOWN, cause: error });
  }
  return connectionTrouble(error, who, HINT_DOWN);
};

/** A short question to the server; `within` ms at most. */
export const inquire = async <Answer>(
  address: OllamaAddress,
  question: (client: Ollama) => Promise<Answer>,
  signal: AbortSignal,
  { within = ANSWER, model = '' }: { readonly within?: Milliseconds; readonly model?: string } = {},
): Promise<Answer> => {
  const { url, clock } = address;
  const slow = () => new ModelFault('slow', `${nameOf(url)} does not answer in time.`, { hint: HINT_DOWN });
  const dog = watch(signal, { clock, limits: { first: within, silence: within }, slow, stalled: slow });
  try {
    const answer = await question(dial({ ...address, model, dog }));
    dog.finish();
    return answer;
  } catch (error) {
    throw troubleOf(error, url, dog);
  } finally {
    dog.end();
  }
};

/** A model that a server has. */
export interface ModelEntry {
  readonly name: string;
  readonly bytes: Bytes;
  /** Number of its parameters, where the server says. */
  readonly parameters?: number;
  /** Runs at somebody else's: the server only passes questions on. */
  readonly remote: boolean;
}

/** What the server has, models that only make vectors of text left out. */
export const listModels = async (address: OllamaAddress, signal: AbortSignal): Promise<readonly ModelEntry[]> => {
  const { models } = await inquire(address, (client) => client.list(), signal);
  if (!Array.isArray(models)) throw garbageFrom(nameOf(address.url));
  return models
    .filter(({ name, details }) => !/bert|embed/i.test(`${name} ${details?.family ?? ''}`))
    .map((entry) => {
      const parameters = countOf(entry.details?.parameter_size);
      return {
        name: entry.name,
        bytes: entry.size,
        ...(parameters !== undefined && { parameters }),
        remote: isRemoteName(entry.name) || 'remote_host' in entry,
      };
    });
};

/** Ollama's names for models that run on ollama.com: `gpt-oss:120b-cloud`. */
export const isRemoteName = (model: string): boolean => /[:-]cloud$/.test(model);

/** `134.52M`, `3.2B`. */
const countOf = (text: string | undefined): number | undefined => {
  const [, number, unit] = /^([\d.]+)\s*([KMBT])$/i.exec(text ?? '') ?? [];
  if (!number || !unit) return undefined;
  return Number(number) * { K: 1e3, M: 1e6, B: 1e9, T: 1e12 }[unit.toUpperCase() as 'K' | 'M' | 'B' | 'T'];
};

export interface PullProgress {
  /** In the server's words: `pulling manifest`, `verifying sha256 digest`. */
  readonly status: string;
  /** Of all parts so far known. */
  readonly received: Bytes;
  readonly total: Bytes;
}

/** Has the server fetch a model. Throws a `ModelFault`, or a `Fault` 'storage' where its disk is full. */
export const pullModel = async (
  address: OllamaAddress,
  model: string,
  onProgress: (progress: PullProgress) => void,
  signal: AbortSignal,
): Promise<void> => {
  const { url, clock } = address;
  const stalled = () =>
    new ModelFault('stalled', `${nameOf(url)} does not get on with fetching ${model}.`, {
      hint: 'Check the connection of the server to the internet, and try again: what came is kept.',
    });
  const limits = { first: PULL_SILENCE, silence: PULL_SILENCE };
  const dog = watch(signal, { clock, limits, slow: stalled, stalled });
  const parts = new Map<string, { received: Bytes; total: Bytes }>();
  try {
    for await (const { status, digest, completed, total } of await dial({ ...address, model, dog }).pull({
      model,
      stream: true,
    })) {
      dog.begun();
      if (digest && total) parts.set(digest, { received: completed ?? 0, total });
      let received = 0;
      let all = 0;
      for (const part of parts.values()) {
        received += part.received;
        all += part.total;
      }
      onProgress({ status, received, total: all });
    }
    dog.finish();
  } catch (error) {
    throw pullTrouble(troubleOf(error, url, dog), url, model);
  } finally {
    dog.end();
  }
};

const pullTrouble = (trouble: unknown, url: string, model: string): unknown => {
  if (!(trouble instanceof ModelFault)) return trouble;
  const { message } = trouble;
  if (/no space left|disk quota/i.test(message)) {
    return new Fault('storage', `The disk of ${nameOf(url)} is full: ${model} does not fit.`, {
      hint: 'Free space there, or choose a smaller model.',
      cause: trouble,
    });
  }
  if (trouble.trouble === 'missing') {
    const hint = 'Names are listed at https://ollama.com/library.';
    return new ModelFault('missing', `There is no model ${model} to be fetched.`, { hint, cause: trouble });
  }
  if (/pull model manifest|dial tcp|no such host|timeout|connection re/i.test(message)) {
    const hint = 'Check the connection of the server to the internet.';
    return new ModelFault('down', `${nameOf(url)} cannot reach the store of models for ${model}.`, {
      hint,
      cause: trouble,
    });
  }
  return trouble;
};
