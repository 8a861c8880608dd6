import { type Check, object } from './checks.js';
import { type AudioMessages, audioShapes } from './messages/audio.js';
import { type ConversationMessages, conversationShapes } from './messages/conversation.js';
import { type DetectionMessages, detectionShapes } from './messages/detection.js';
import { type GeneralMessages, generalShapes } from './messages/general.js';
import { type InfoMessages, infoShapes } from './messages/info.js';
import { type RecognitionMessages, recognitionShapes } from './messages/recognition.js';
import { type SatelliteMessages, satelliteShapes } from './messages/satellite.js';
import { type SynthesisMessages, synthesisShapes } from './messages/synthesis.js';
import { WyomingError } from './wyoming-error.js';

/** Every event of the protocol, with its data. Field names are those on the wire. */
export interface Messages
  extends AudioMessages,
    RecognitionMessages,
    SynthesisMessages,
    DetectionMessages,
    ConversationMessages,
    SatelliteMessages,
    InfoMessages,
    GeneralMessages {}

export type MessageType = keyof Messages;

/** An event of the protocol. Fields that the protocol does not know stay in `data`. */
export type EventOf<Type extends MessageType> = Type extends MessageType
  ? {
      readonly type: Type;
      readonly data: Messages[Type];
    } & (Type extends 'audio-chunk' ? { readonly payload: Uint8Array } : { readonly payload?: Uint8Array })
  : never;

export type KnownEvent = EventOf<MessageType>;

/**
 * An event outside the protocol. What it is called on the wire is its `name`: were that the `type`, no `switch` over
 * the type of an event could tell TypeScript anything.
 */
export interface UnknownEvent {
  readonly type: 'unknown';
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly payload?: Uint8Array;
}

export type WyomingEvent = KnownEvent | UnknownEvent;

/** Data may be left out where nothing in it is required; only `audio-chunk` must have a payload. */
type Rest<Type extends MessageType> = Type extends 'audio-chunk'
  ? [data: Messages[Type], payload: Uint8Array]
  : Record<never, never> extends Messages[Type]
    ? [data?: Messages[Type], payload?: Uint8Array]
    : [data: Messages[Type], payload?: Uint8Array];

const shapes = {
  ...audioShapes,
  ...recognitionShapes,
  ...synthesisShapes,
  ...detectionShapes,
  ...conversationShapes,
  ...satelliteShapes,
  ...infoShapes,
  ...generalShapes,
};

const checks: ReadonlyMap<string, Check<unknown>> = new Map(
  Object.entries(shapes).map(([type, shape]) => [type, object(shape) as Check<unknown>]),
);

/** The types of all events of the protocol. */
export const messageTypes = Object.keys(shapes) as readonly MessageType[];

/** An event to send: `message('transcript', { text })`. */
export const message = <Type extends MessageType>(type: Type, ...[data, payload]: Rest<Type>): EventOf<Type> =>
  ({ type, data: data ?? {}, ...(payload ? { payload } : {}) }) as unknown as EventOf<Type>;

/** An event outside the protocol, to send to who understands it. */
export const unknownEvent = (
  name: string,
  data: Readonly<Record<string, unknown>> = {},
  payload?: Uint8Array,
): UnknownEvent => ({ type: 'unknown', name, data, ...(payload ? { payload } : {}) });

const NO_AUDIO = new Uint8Array(0);

/**
 * Takes an event from elsewhere into the types: an event of the protocol has all its required fields, and every field
 * that it has is of the right kind and within its limits. Throws `invalid-message` otherwise. Unknown ones pass.
 */
export const checkedEvent = (
  type: string,
  data: Readonly<Record<string, unknown>>,
  payload?: Uint8Array,
): WyomingEvent => {
  const check = checks.get(type);
  if (!check) return unknownEvent(type, data, payload);
  const problem = check(data);
  if (problem) {
    const where = problem.path === '' ? 'its data' : `"${problem.path}"`;
    throw new WyomingError('invalid-message', `In "${type}", ${where} must be ${problem.expected}.`);
  }
  const body = payload ?? (type === 'audio-chunk' ? NO_AUDIO : undefined);
  return (body ? { type, data, payload: body } : { type, data }) as KnownEvent;
};

/** What an event is called on the wire. */
export const wireName = (event: WyomingEvent): string => (event.type === 'unknown' ? event.name : event.type);

/** Whether it is one of these events. A `switch` over `event.type` tells as well. */
export const isEvent = <Type extends MessageType>(
  event: WyomingEvent | undefined,
  ...types: readonly Type[]
): event is EventOf<Type> => event !== undefined && (types as readonly string[]).includes(event.type);

/**
 * The event, which has to be one of these: an `error` from the peer is thrown as `remote`, the end of the connection
 * (undefined) as `closed`, anything else as `unexpected`.
 */
export const expectEvent = <Type extends MessageType>(
  event: WyomingEvent | undefined,
  ...types: readonly Type[]
): EventOf<Type> => {
  if (isEvent(event, ...types)) return event;
  const wanted = types.join(' or ');
  if (!event) throw new WyomingError('closed', `The connection ended where ${wanted} was expected.`);
  if (event.type === 'error') throw remoteError(event);
  throw new WyomingError('unexpected', `"${shortened(wireName(event))}" came where ${wanted} was expected.`);
};

/** What the peer says went wrong, as something to throw. */
export const remoteError = ({ data: { text, code } }: EventOf<'error'>): WyomingError =>
  new WyomingError('remote', text, { remoteCode: code ?? undefined });

const shortened = (type: string): string => (type.length > 64 ? `${type.slice(0, 64)}…` : type);
