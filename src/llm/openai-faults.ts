import type { Milliseconds } from '../units.js';
import { ModelFault, quote } from './trouble.js';

interface Refusal {
  readonly who: string;
  readonly model: string;
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | null;
  readonly now: Milliseconds;
  /** Never repeated: the key, and what was said. */
  readonly secrets: readonly string[];
}

/** Where a server names no time. */
const PAUSE: Milliseconds = 30_000;
/** A wrong key or an empty account does not heal by itself, but somebody may be mending it. */
const LONG_PAUSE: Milliseconds = 300_000;
const LONGEST_PAUSE: Milliseconds = 24 * 3_600_000;

/** What a server meant that did not answer. Status 200: an error in the middle of an answer. */
export const openaiRefusal = ({ who, model, status, body, retryAfter, now, secrets }: Refusal): ModelFault => {
  const { message, code } = errorOf(body);
  const said = quote(message, secrets);
  const until = now + (pauseOf(retryAfter, now) ?? PAUSE);
  if (status === 401 || status === 403) {
    return new ModelFault(
      'refused',
      `${who} does not let us in (${status}): the key is wrong or not allowed to use ${model}.`,
      {
        hint: 'Check the key of the cloud model in the options.',
        until: now + LONG_PAUSE,
      },
    );
  }
  if (status === 402 || /insufficient_quota|billing/i.test(code)) {
    return new ModelFault('busy', `${who} wants to be paid first (${status}).`, {
      hint: 'Look at the account there.',
      until: now + LONG_PAUSE,
    });
  }
  if (status === 429 || (status === 503 && retryAfter !== null)) {
    const seconds = Math.ceil((until - now) / 1000);
    return new ModelFault('busy', `${who} has had enough of us (${status}); it is left alone for ${seconds} s.`, {
      hint: 'If this happens often, look at the limits of the account there.',
      until,
    });
  }
  if (status === 404 || /model_not_found/i.test(code)) {
    return new ModelFault('missing', `${who} does not know the model ${model}, or the address is wrong (${status}).`, {
      hint: 'Check model and url; the url ends as a rule with /v1.',
    });
  }
  if (/tools?\b.*(not supported|unsupported)|(not|n't) support (tool|function)/i.test(message)) {
    return new ModelFault('no-tools', `The model ${model} cannot call tools.`, { hint: 'Choose another model.' });
  }
  if (status >= 300 && status < 400) {
    const hint = 'Give the address that it leads to as url.';
    return new ModelFault('options', `${who} leads elsewhere (${status}).`, { hint });
  }
  if (status >= 400 && status < 500) {
    return new ModelFault('options', `${who} does not accept what it is asked (${status}): ${said}`, {
      hint: 'Check the options of the cloud model.',
    });
  }
  const where = status === 200 ? 'in the middle of its answer' : `(${status})`;
  return new ModelFault('failed', `${who} failed ${where}: ${said}`, { hint: 'The trouble is theirs; it may pass.' });
};

/** Seconds, or a date (RFC 9110, 10.2.3). */
const pauseOf = (retryAfter: string | null, now: Milliseconds): Milliseconds | undefined => {
  const text = retryAfter?.trim();
  if (!text) return undefined;
  const pause = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(pause) ? undefined : Math.min(LONGEST_PAUSE, Math.max(0, pause));
};

/** Servers disagree on the form: `{error: {message, code}}`, `{error: "…"}`, `[{error: …}]`, a page. */
const errorOf = (body: string): { readonly message: string; readonly code: string } => {
  try {
    let value: unknown = JSON.parse(body);
    if (Array.isArray(value)) [value] = value as unknown[];
    const { error = value } = (value ?? {}) as { readonly error?: unknown };
    if (typeof error === 'string') return { message: error, code: '' };
    const { message, code, type } = (error ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof message === 'string') return { message, code: `${code ?? ''} ${type ?? ''}` };
  } catch {
    // A proxy's page: nothing in it helps.
  }
  return { message: 'it does not say why', code: '' };
};
