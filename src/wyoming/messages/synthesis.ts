import { name, type Optional, object, optional, type Shapes, text } from '../checks.js';
import { type Context, context, type NoFields } from './context.js';

/** The voice that is wanted: by name (and speaker), or any of a language. */
export interface SynthesizeVoice {
  /** As in `info`; goes before the language. */
  readonly name?: Optional<string>;
  readonly language?: Optional<string>;
  /** One of the voice's speakers, as in `info`. */
  readonly speaker?: Optional<string>;
}

/** How to speak. */
export interface SynthesizeStart {
  readonly voice?: Optional<SynthesizeVoice>;
  /** Plain text if it is missing; other values are passed on. */
  readonly text_format?: Optional<'text' | 'ssml' | (string & {})>;
  readonly context?: Optional<Context>;
}

/**
 * Asks for text as audio: `audio-start`, `audio-chunk`…, `audio-stop` answer. Between `synthesize-start` and
 * `synthesize-stop` it repeats the whole text for servers without streaming, and others must ignore it.
 */
export interface Synthesize extends SynthesizeStart {
  readonly text: string;
}

/** A piece of a text that is spoken while it is still being written. */
export interface SynthesizeChunk {
  readonly text: string;
}

export interface SynthesisMessages {
  synthesize: Synthesize;
  'synthesize-start': SynthesizeStart;
  'synthesize-chunk': SynthesizeChunk;
  /** The text is complete. */
  'synthesize-stop': NoFields;
  /** The audio of a streamed text is complete. */
  'synthesize-stopped': NoFields;
}

const start: Shapes<SynthesisMessages>['synthesize-start'] = {
  voice: optional(object<SynthesizeVoice>({ name: optional(name), language: optional(name), speaker: optional(name) })),
  text_format: optional(name),
  context,
};

export const synthesisShapes: Shapes<SynthesisMessages> = {
  synthesize: { ...start, text },
  'synthesize-start': start,
  'synthesize-chunk': { text },
  'synthesize-stop': {},
  'synthesize-stopped': {},
};
