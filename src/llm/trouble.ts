import { Fault, type FaultCode, messageOf } from '../faults.js';
import type { Milliseconds } from '../units.js';

/** Why a language model did not answer: each is worth words of its own. */
export type Trouble =
  | 'down' // nobody listens there
  | 'unknown-host' // the name leads nowhere
  | 'cut' // the connection broke before the answer was complete
  | 'slow' // not a word within the limit
  | 'stalled' // words came, then nothing for too long
  | 'missing' // the server does not have the model
  | 'loading' // the server is still reading the model from disk
  | 'memory' // the model does not fit
  | 'no-tools' // the model cannot call tools
  | 'refused' // the key is wrong, or not allowed to
  | 'busy' // the server wants to be left alone for a while
  | 'spent' // our own budget is used up
  | 'options' // the server does not accept what it is asked
  | 'garbage' // what came cannot be understood
  | 'empty' // it answered with nothing
  | 'failed'; // the server's own fault

/** Of each trouble: what kind of fault it is, and whether the same question may be answered later. */
const KINDS: Readonly<Record<Trouble, readonly [FaultCode, retry: boolean]>> = {
  down: ['network', true],
  'unknown-host': ['network', false],
  cut: ['network', true],
  slow: ['network', true],
  stalled: ['network', true],
  missing: ['model', false],
  loading: ['busy', true],
  memory: ['engine', false],
  'no-tools': ['model', false],
  refused: ['usage', false],
  busy: ['busy', true],
  spent: ['busy', false],
  options: ['usage', false],
  garbage: ['engine', true],
  empty: ['engine', true],
  failed: ['engine', true],
};

interface TroubleDetails {
  readonly hint?: string;
  readonly cause?: unknown;
  /** When the server wants to be asked again, on the clock of the model. */
  readonly until?: Milliseconds;
}

/** Trouble with a language model. */
export class ModelFault extends Fault {
  readonly trouble: Trouble;
  readonly until: Milliseconds | undefined;

  constructor(trouble: Trouble, message: string, { until, ...details }: TroubleDetails = {}) {
    const [code, retry] = KINDS[trouble];
    super(code, message, { ...details, retry });
    this.trouble = trouble;
    this.until = until;
  }
}

const UNKNOWN_HOST = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NONAME', 'EAI_NODATA'];
const CUT = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'];

/**
 * What `fetch` or the body of its response has thrown, as trouble with `who` (`Ollama at http://…`).
 * Anything that is no trouble of a connection comes back as it is.
 */
export const connectionTrouble = (error: unknown, who: string, hint: string): unknown => {
  if (error instanceof Fault || !(error instanceof TypeError)) return error;
  const code = causeCode(error);
  if (code === undefined && !/fetch failed|terminated/.test(error.message)) return error;
  if (code !== undefined && UNKNOWN_HOST.includes(code)) {
    return new ModelFault('unknown-host', `${who} cannot be found: its name leads nowhere.`, { hint, cause: error });
  }
  if (error.message === 'terminated' || (code !== undefined && CUT.includes(code))) {
    return new ModelFault('cut', `${who} broke off in the middle of its answer.`, { hint, cause: error });
  }
  const why = code === 'ECONNREFUSED' ? 'nobody listens there' : `no connection, ${code ?? messageOf(error.cause)}`;
  return new ModelFault('down', `${who} does not answer: ${why}.`, { hint, cause: error });
};

/** Node hides the system's error below one or two others. */
const causeCode = (error: unknown): string | undefined => {
  let at: unknown = error;
  for (let depth = 0; depth < 4 && at instanceof Error; depth++) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
    const [first] = at instanceof AggregateError ? (at.errors as unknown[]) : [];
    at = first ?? at.cause;
  }
  return undefined;
};

/** What a server said of its trouble, short, on one line, without any of `secrets`: it may repeat the key or what was said. */
export const quote = (text: string, secrets: readonly string[]): string => {
  let clean = text.slice(0, 10_000);
  for (const secret of secrets) if (secret.trim().length > 3) clean = clean.replaceAll(secret.trim(), '***');
  clean = clean
    .replaceAll(/\b(sk|key|Bearer)[-_ ][\w*.-]{6,}/gi, '***')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return clean.length > 200 ? `${clean.slice(0, 199)}…` : clean;
};
