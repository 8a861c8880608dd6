import { name, type Optional, optional, type Shapes, text } from '../checks.js';
import { type Context, context, type NoFields } from './context.js';

/** Chooses, for the rest of the connection, which of several programs of a kind answers. Optional; goes first. */
export interface SelectProgram {
  /** As in `info`. */
  readonly name: string;
}

/** Asks for a `pong`. */
export interface Ping {
  /** Comes back in the answer. */
  readonly text?: Optional<string>;
}

export interface Pong {
  /** As in the `ping`. */
  readonly text?: Optional<string>;
}

/** Something failed. */
export interface ErrorMessage {
  /** For people. */
  readonly text: string;
  /** For programs. */
  readonly code?: Optional<string>;
}

/** An event that two peers have agreed upon, outside the protocol. */
export interface UserEvent {
  readonly name: string;
  readonly data?: Optional<Readonly<Record<string, unknown>>>;
  readonly context?: Optional<Context>;
}

export interface GeneralMessages {
  /** Asks for `info`. */
  describe: NoFields;
  'select-program': SelectProgram;
  ping: Ping;
  pong: Pong;
  error: ErrorMessage;
  'user-event': UserEvent;
}

export const generalShapes: Shapes<GeneralMessages> = {
  describe: {},
  'select-program': { name },
  ping: { text: optional(text) },
  pong: { text: optional(text) },
  error: { text, code: optional(name) },
  'user-event': { name, data: context, context },
};
