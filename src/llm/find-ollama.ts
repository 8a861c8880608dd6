import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import type { Milliseconds } from '../units.js';
import { inquire, nameOf, ollamaUrl } from './ollama-server.js';

/**
 * Where an Ollama usually is, best first. Add-ons are called by repository and name: `76e18fb5` is the beginning of the
 * SHA-1 of https://github.com/siruli/homeassistant-ollama-addon, the usual one, `local` is one's own folder of add-ons.
 */
const USUAL = [
  'http://localhost:11434',
  'http://76e18fb5-ollama:11434',
  'http://local-ollama:11434',
  'http://ollama:11434',
  'http://homeassistant.local:11434',
  'http://host.docker.internal:11434',
];
const WITHIN: Milliseconds = 1_500;

interface FindSettings {
  /** From the options: then nowhere else is looked. */
  readonly url?: string;
  /** Of the environment: `OLLAMA_HOST` comes before the usual places. */
  readonly host?: string;
  readonly places?: readonly string[];
  readonly key?: string;
  readonly clock: Clock;
  readonly log?: Log;
  readonly fetch?: typeof fetch;
}

/**
 * The address of an Ollama that answers, or undefined. All places are asked at once; the best that answers counts, and
 * is known as soon as those before it have given up.
 */
export const findOllama = async (
  { url, host, places = USUAL, log, ...reach }: FindSettings,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const wanted = url ? [url] : [...(host ? [host] : []), ...places];
  const candidates = [...new Set(wanted.map(ollamaUrl))];
  const enough = new AbortController();
  const stop = () => enough.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', stop, { once: true });
  const answers = candidates.map((candidate) =>
    inquire({ ...reach, url: candidate }, (client) => client.version(), enough.signal, { within: WITHIN }).then(
      ({ version }) => typeof version === 'string',
      () => false,
    ),
  );
  try {
    for (const [index, answer] of answers.entries()) {
      if (!(await answer)) continue;
      log?.info({ stage: 'llm' }, `Found ${nameOf(candidates[index]!)}`);
      return candidates[index]!;
    }
    signal.throwIfAborted();
    return undefined;
  } finally {
    signal.removeEventListener('abort', stop);
    enough.abort();
  }
};
