import { Fault, messageOf } from '../faults.js';

/** Config flows describe whole forms; more than this is no answer of Core. */
const LONGEST_ANSWER = 4 * 2 ** 20;

/**
 * Posts JSON below the REST interface and gives the JSON that is answered, undefined where it is none. Rejects with a `Fault`:
 * 'network' with `retry` where the trouble may pass, 'engine' for an answer that will not change; with the signal's reason at
 * an abort.
 */
export type Post = (path: string, body: unknown, signal: AbortSignal) => Promise<unknown>;

export const createPost =
  (base: string, token: string): Post =>
  async (path, body, signal) => {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${base}/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        // Elsewhere the token is nobody's business.
        redirect: 'error',
        signal,
      });
      text = await response.text();
    } catch (error) {
      signal.throwIfAborted();
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw new Fault('network', `Home Assistant is not reached (${messageOf(cause)})`, { retry: true });
    }
    if (response.ok) return parse(text);
    const passing = response.status >= 500 || response.status === 429;
    throw new Fault(passing ? 'network' : 'engine', `Home Assistant answers ${response.status} to a POST of ${path}`, {
      retry: passing,
    });
  };

const parse = (text: string): unknown => {
  if (text.length > LONGEST_ANSWER) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
