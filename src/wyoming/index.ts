/** The Wyoming protocol 1.10: events, framing, server and client. Imports nothing but Node's own modules. */

export type { Optional } from './checks.js';
export { type Client, type ClientOptions, type Health, openClient } from './client.js';
export type { Clock } from './clock.js';
export { type ConnectOptions, connect } from './connect.js';
export type { Connection } from './connection.js';
export { describe } from './describe.js';
export { encode, PROTOCOL_VERSION } from './encode.js';
export { clientLimits, type Limits, serverLimits } from './limits.js';
export type * from './messages/audio.js';
export type * from './messages/context.js';
export type * from './messages/conversation.js';
export type * from './messages/detection.js';
export type * from './messages/general.js';
export type * from './messages/info.js';
export type * from './messages/recognition.js';
export type * from './messages/satellite.js';
export type * from './messages/synthesis.js';
export {
  type EventOf,
  expectEvent,
  isEvent,
  type KnownEvent,
  type Messages,
  type MessageType,
  message,
  messageTypes,
  remoteError,
  type UnknownEvent,
  unknownEvent,
  type WyomingEvent,
  wireName,
} from './messages.js';
export { createParser, type Parser } from './parser.js';
export { type ServerOptions, serve, type WyomingServer } from './server.js';
export { type Address, formatUri, parseUri } from './uri.js';
export { WyomingError, type WyomingErrorCode } from './wyoming-error.js';
