/** What a peer may ask of us. */
export interface Limits {
  /** Bytes of the JSON line an event begins with. Python's library reads 64 KiB. */
  readonly header: number;
  /** Bytes of the JSON after it. What takes long to parse holds everybody up. */
  readonly data: number;
  /** Bytes of payload: a chunk of audio. */
  readonly payload: number;
  /** How deeply objects and lists may be nested. */
  readonly depth: number;
  /** Milliseconds in which an event that was begun must be complete. */
  readonly eventTime: number;
  /** Milliseconds a peer may leave what we sent unread. */
  readonly sendTime: number;
  /** Bytes that may wait to be sent, for senders that do not wait. */
  readonly unsent: number;
  /** Milliseconds a connection is kept after one side has closed its half of it. */
  readonly linger: number;
}

/** For who is spoken to by anybody. */
export const serverLimits: Limits = {
  header: 64 * 1024,
  data: 128 * 1024,
  payload: 4 * 1024 * 1024,
  depth: 64,
  eventTime: 10_000,
  sendTime: 30_000,
  unsent: 16 * 1024 * 1024,
  linger: 2000,
};

/** For who chose its peer: the `info` of a service with a thousand voices is large. */
export const clientLimits: Limits = { ...serverLimits, data: 4 * 1024 * 1024 };
