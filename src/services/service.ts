import type { Info } from '../wyoming/messages/info.js';
import type { KnownEvent, MessageType, WyomingEvent } from '../wyoming/messages.js';

/** Who is at the other end of a connection. */
export interface Peer {
  /** For the log. */
  readonly name: string;
  /** Aborted when the connection is gone, or the program ends. */
  readonly signal: AbortSignal;
  /** Settles when the connection can take more; rejects when it is gone. */
  send(event: WyomingEvent): Promise<void>;
  /** What was started and not awaited has failed: it is told so, and loses its connection. */
  fail(error: unknown): void;
}

/** What a service does on one connection. */
export interface Exchange {
  /**
   * An event that is its own. The next one of this connection waits until it settles, so what takes long is started
   * and not awaited. What it rejects with goes to the peer as `error`, and costs it the connection.
   */
  take(event: KnownEvent): Promise<void> | void;
  /** The connection is gone: what is under way has been aborted by the peer's signal; waits for its end. */
  close?(): Promise<void> | void;
}

/** Something that peers can ask for, on any number of connections at once. */
export interface Service {
  /** For the log. */
  readonly name: string;
  /** Events that are for it wherever they come. */
  readonly takes: readonly MessageType[];
  /**
   * Whether the audio on a connection is for it once one of its other events has come. One service can have audio
   * that nobody has asked anything about: `any`.
   */
  readonly hears: boolean | 'any';
  /** It serves whoever connects, before any event; default false. */
  readonly atOnce?: boolean;
  /** Its part of the `info`, as it stands now. */
  info(): Info;
  open(peer: Peer): Exchange;
}
