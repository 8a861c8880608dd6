import { Fault, messageOf } from '../faults.js';

/**
 * Posts JSON below the REST interface. Rejects with a `Fault`: 'network' with `retry` where the trouble may pass, 'engine'
 * for an answer that will not change; with the signal's reason at an abort.
 */
export type Post = (path: string, body: unknown, signal: AbortSignal) => Promise<void>;

export const createPost =
  (base: string, token: string): Post =>
  async (path, body, signal) => {
    let response: Response;
    try {
      response = await fetch(`${base}/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        // Elsewhere the token is nobody's business.
        redirect: 'error',
        signal,
      });
      await response.body?.cancel();
    } catch (error) {
      signal.throwIfAborted();
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw new Fault('network', `Home Assistant is not reached (${messageOf(cause)})`, { retry: true });
    }
    if (response.ok) return;
    const passing = response.status >= 500 || response.status === 429;
    throw new Fault(passing ? 'network' : 'engine', `Home Assistant answers ${response.status} to a POST of ${path}`, {
      retry: passing,
    });
  };
