/** What went wrong, for programs. The last four are the fault of this side of the wire or of the network. */
export type WyomingErrorCode =
  | 'invalid-header' // the header line is no JSON object with a type and sane lengths
  | 'invalid-data' // the data is no JSON object, or nested too deeply
  | 'invalid-message' // a known event lacks a field, or has one of the wrong kind
  | 'too-large' // a header, data or payload above the limit
  | 'too-slow' // an event was begun and not completed in time, or nothing was read for too long
  | 'truncated' // the peer closed in the middle of an event
  | 'unexpected' // a well-formed event that has no place here
  | 'remote' // the peer answered with an `error` event; see `remoteCode`
  | 'closed' // the connection is closed
  | 'busy' // more connections than allowed
  | 'uri' // the address cannot be understood
  | 'refused' // nothing listens there
  | 'unknown-host' // the name cannot be resolved
  | 'unreachable' // no way to the host, or the network failed
  | 'timeout' // no answer in time
  | 'address-in-use' // somebody else listens there
  | 'internal'; // the handler failed

interface WyomingErrorDetails {
  /** The `code` of the peer's `error` event. */
  readonly remoteCode?: string | undefined;
  readonly cause?: unknown;
}

/** Everything this library throws on purpose. The message is a sentence for people. */
export class WyomingError extends Error {
  readonly code: WyomingErrorCode;
  readonly remoteCode: string | undefined;

  constructor(code: WyomingErrorCode, message: string, details: WyomingErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'WyomingError';
    this.code = code;
    this.remoteCode = details.remoteCode;
  }
}
