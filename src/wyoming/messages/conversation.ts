import { anything, list, name, type Optional, object, optional, type Shape, type Shapes, text } from '../checks.js';
import { type Context, context, type NoFields } from './context.js';

/** Asks for the intent of a text. */
export interface Recognize {
  readonly text: string;
  readonly context?: Optional<Context>;
}

/** A value that was named in a text. */
export interface Entity {
  readonly name: string;
  readonly value?: unknown;
}

/** What a text means. Home Assistant acts on it itself. */
export interface Intent {
  /** As `HassTurnOn`. */
  readonly name: string;
  readonly entities?: Optional<readonly Entity[]>;
  /** To be said when it is done. */
  readonly text?: Optional<string>;
  readonly context?: Optional<Context>;
}

/** An answer in words. */
export interface Answer {
  /** To be shown or spoken. */
  readonly text?: Optional<string>;
  readonly context?: Optional<Context>;
}

export interface NotRecognized extends Answer {}

/** Several `intent`s follow, up to `intents-stop`. */
export interface IntentsStart {
  readonly context?: Optional<Context>;
}

export interface IntentsStop {
  readonly context?: Optional<Context>;
}

/** It is done, or answered. */
export interface Handled extends Answer {}

/** It could not be done. */
export interface NotHandled extends Answer {}

/** An answer comes in pieces: `handled-chunk`…, `handled-stop`, and a whole `handled` for who knows no pieces. */
export interface HandledStart {
  readonly context?: Optional<Context>;
}

/** A piece of the answer, to be appended as it is. */
export interface HandledChunk {
  readonly text: string;
}

export interface ConversationMessages {
  recognize: Recognize;
  intent: Intent;
  'not-recognized': NotRecognized;
  'intents-start': IntentsStart;
  'intents-stop': IntentsStop;
  handled: Handled;
  'not-handled': NotHandled;
  'handled-start': HandledStart;
  'handled-chunk': HandledChunk;
  'handled-stop': NoFields;
}

const answer: Shape<Answer> = { text: optional(text), context };

export const conversationShapes: Shapes<ConversationMessages> = {
  recognize: { text, context },
  intent: { ...answer, name, entities: optional(list(object<Entity>({ name, value: anything }))) },
  'not-recognized': answer,
  'intents-start': { context },
  'intents-stop': { context },
  handled: answer,
  'not-handled': answer,
  'handled-start': { context },
  'handled-chunk': { text },
  'handled-stop': {},
};
