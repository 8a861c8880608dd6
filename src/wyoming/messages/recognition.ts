import { list, name, type Optional, optional, type Shapes, text } from '../checks.js';
import { type Context, context, type NoFields } from './context.js';

/** Asks for what is said in the audio that follows (`audio-start`, `audio-chunk`…, `audio-stop`). */
export interface Transcribe {
  /** The model, by its name in `info`. */
  readonly name?: Optional<string>;
  /** Of the speech that follows, as `en` or `en-GB`. */
  readonly language?: Optional<string>;
  readonly context?: Optional<Context>;
  /** How eagerly the end of a command is taken; other values are passed on. */
  readonly vad_sensitivity?: Optional<'default' | 'relaxed' | 'aggressive' | (string & {})>;
  /** Names that are likely to be said; they count more than the terms. */
  readonly transcript_names?: Optional<readonly string[]>;
  /** Words of the field that are likely to be said. */
  readonly transcript_terms?: Optional<readonly string[]>;
}

/** What was said. To a conversation service it is the request. */
export interface Transcript {
  readonly text: string;
  readonly context?: Optional<Context>;
  readonly language?: Optional<string>;
}

/** A transcript comes in pieces: `transcript-chunk`…, `transcript-stop`, and a whole `transcript` for who knows no pieces. */
export interface TranscriptStart {
  readonly context?: Optional<Context>;
  readonly language?: Optional<string>;
}

/** A piece of the transcript, to be appended as it is. */
export interface TranscriptChunk {
  readonly text: string;
}

export interface RecognitionMessages {
  transcribe: Transcribe;
  transcript: Transcript;
  'transcript-start': TranscriptStart;
  'transcript-chunk': TranscriptChunk;
  'transcript-stop': NoFields;
}

export const recognitionShapes: Shapes<RecognitionMessages> = {
  transcribe: {
    name: optional(name),
    language: optional(name),
    context,
    vad_sensitivity: optional(name),
    transcript_names: optional(list(text)),
    transcript_terms: optional(list(text)),
  },
  transcript: { text, context, language: optional(name) },
  'transcript-start': { context, language: optional(name) },
  'transcript-chunk': { text },
  'transcript-stop': {},
};
