/** What kind of trouble it is, and with it the exit code of the command line (see `exitCode`). */
export type FaultCode =
  | 'usage' // the command line or an option is wrong
  | 'input' // a file or audio that was handed in cannot be used
  | 'model' // a model is missing, corrupt or cannot be fetched
  | 'storage' // disk full, folder not writable
  | 'engine' // a recogniser, synthesizer or detector failed
  | 'network' // something elsewhere did not answer
  | 'busy' // a limit is reached
  | 'internal';

interface FaultDetails {
  /** What the user can do about it, as a sentence. */
  readonly hint?: string;
  /** Whether the same call may succeed later. */
  readonly retry?: boolean;
  readonly cause?: unknown;
}

/**
 * Trouble that is understood: the message says what is wrong in the user's words and is shown without a stack.
 * Anything else that is thrown is a defect of the program.
 */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly hint: string | undefined;
  readonly retry: boolean;

  constructor(code: FaultCode, message: string, details: FaultDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Fault';
    this.code = code;
    this.hint = details.hint;
    this.retry = details.retry ?? false;
  }
}

/** True for what an aborted signal throws: never logged as an error. */
export const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || (error as NodeJS.ErrnoException).code === 'ABORT_ERR');

/** One line for a log or a message, whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
