/**
 * The page of types: what the stages of a turn hand to each other.
 *
 * Stages import this page and never each other; `main.ts` alone wires them. Everything that waits takes a signal,
 * and everything with an effect outside the program (a home that changes, a loudspeaker, a request that leaves
 * the house, history) waits for `run.committed` first.
 */
import type { Hertz, Milliseconds, SampleIndex, Samples } from './units.js';

// ── Sound ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** A piece of mono sound, −1…1. A gap in the recording is a jump of `from`. Never changed once handed out. */
export interface Block {
  readonly samples: Float32Array;
  /** Position of the first sample on the clock of the `Audio` it comes from. */
  readonly from: SampleIndex;
}

/** Sound that arrives. One reader each: a ring hands out as many as are wanted. */
export interface Audio extends AsyncIterable<Block> {
  readonly rate: Hertz;
}

// ── The turn ───────────────────────────────────────────────────────────────────────────────────────────────────

/** The moments of a turn, in the order in which they usually come. */
export const MARKS = [
  'wake', // the wake word's detection
  'lastSound', // end of the last word, as well as the voice detector can tell
  'pause', // the voice detector says that speech may have ended
  'draft', // text of the speech up to the pause
  'understood', // the home has said what the text would do
  'commit', // the turn has decided to act
  'performed', // the home has done it
  'firstText', // the first words of the answer
  'firstSynthesized', // the first sound out of the synthesizer and its effects
  'firstAudio', // the first sound handed to the loudspeaker
  'end', // the answer has been heard, or the turn was given up
] as const;
export type Mark = (typeof MARKS)[number];

/** What every stage is given of the turn it works for. */
export interface Run {
  /** Aborted when the turn, or this speculative part of it, is given up. */
  readonly signal: AbortSignal;
  /** Resolves when the turn has decided to act; rejects with the signal's reason if it never will. */
  readonly committed: Promise<void>;
  /** Notes a moment, now unless a position on the capture clock is given. The first note of a name counts. */
  mark(name: Mark, at?: SampleIndex): void;
}

// ── Listening ──────────────────────────────────────────────────────────────────────────────────────────────────

/** A wake word was heard. */
export interface Detection {
  /** The model's name as in the options, `hey_jarvis`. */
  readonly word: string;
  /** 0…1. */
  readonly score: number;
  /** End of the frame in which the score crossed the threshold, on the capture clock. */
  readonly at: SampleIndex;
}
export type WakeDetector = (microphone: Audio, signal: AbortSignal) => AsyncIterable<Detection>;

/**
 * What the end-of-speech detector says, in one stream. Segments follow each other:
 * `started (audio | paused | resumed)* ended`. `audio` carries all sound of the segment without gaps, the look-back
 * before the first sound and the silence inside pauses included; it comes before the event that its last sample causes.
 */
export type SpeechEvent =
  | { readonly kind: 'started'; readonly segment: number /** First sound. */; readonly at: SampleIndex }
  | { readonly kind: 'audio'; readonly segment: number; readonly block: Block }
  | {
      readonly kind: 'paused';
      readonly segment: number;
      /** Counts the pauses of a segment from 1. */
      readonly pause: number;
      /** Estimate of the end of the last sound before the pause. */
      readonly lastSound: SampleIndex;
    }
  | { readonly kind: 'resumed'; readonly segment: number; readonly pause: number; readonly at: SampleIndex }
  | {
      readonly kind: 'ended';
      readonly segment: number;
      readonly lastSound: SampleIndex;
      /** `silence`: long enough; `max_command`: cut at the limit; `closed`: the microphone's stream ended. */
      readonly reason: 'silence' | 'max_command' | 'closed';
    }
  /** The clock of a silence in which nothing else happens, at least every 40 ms of sound. */
  | { readonly kind: 'silence'; readonly at: SampleIndex };

export type Endpointer = (microphone: Audio, signal: AbortSignal) => AsyncIterable<SpeechEvent>;

/** Text of a segment of speech, from its first sound to `through`. */
export interface Transcript {
  /**
   * `partial`: while one speaks, may change. `draft`: complete up to the pause `pause`, void when speech goes on.
   * `final`: of the whole segment.
   */
  readonly kind: 'partial' | 'draft' | 'final';
  readonly segment: number;
  /** The pause a draft belongs to. */
  readonly pause?: number;
  /** Lower case, words only; empty where no words were heard. */
  readonly text: string;
  readonly through: SampleIndex;
  /** Which recogniser said it. */
  readonly engine: string;
  /** 0…1 where the engine has one. */
  readonly confidence?: number;
  /**
   * The same sound, heard by a recogniser that expects nothing but sentences of the home: better than `text` for a
   * command, and nonsense for anything else. To be believed only where it sounds like `text`.
   */
  readonly asCommand?: string;
  /** Two recognisers said the same. */
  readonly agreed?: boolean;
}

/** Ends after the `final` of the last segment. Forgets nothing of a segment when speech goes on after a draft. */
export type Transcriber = (speech: AsyncIterable<SpeechEvent>, signal: AbortSignal) => AsyncIterable<Transcript>;

// ── The home ───────────────────────────────────────────────────────────────────────────────────────────────────

/** `wide`: more than one room or many devices. `guarded`: locks, alarms, garage doors; waits for the final text and is confirmed. */
export type Risk = 'harmless' | 'wide' | 'guarded';

/** Where, in which language and in which conversation something was said. */
export interface TurnContext {
  /** BCP 47, `en`. */
  readonly language: string;
  /** The area of the microphone, so that "here" has a meaning. */
  readonly area?: string;
  /** What belongs together: a question of the persona and its answer. Turns without one belong to their area. */
  readonly conversation?: string;
  /** Home Assistant's id of the device that listens, and the entity id of its satellite. */
  readonly device?: string;
  readonly satellite?: string;
}

declare const opaque: unique symbol;

/** A whole sentence that a home has understood. Opaque, and bound to the home that made it. */
export interface Command {
  readonly [opaque]?: never;
  /** Home Assistant's intent name, `HassTurnOn`. */
  readonly intent: string;
  /** A longer sentence that the home would understand too begins with this one: "turn on the lights" … "in the kitchen". */
  readonly extendable: boolean;
  readonly risk: Risk;
}

/** An entity whose state a command changed. */
export interface Change {
  readonly entity: string;
  /** As people call it. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** One of several things that a sentence may have meant. */
export interface Choice {
  /** What tells it from the others, without an article: "bedroom". */
  readonly name: string;
  readonly command: Command;
}

/** What really happened. Nothing is claimed that is not in here. */
export interface Outcome {
  readonly intent: string;
  readonly changed: readonly Change[];
  /** Entities that are as the command wants them without any change. */
  readonly already: readonly string[];
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
  /** Values for the slots of a written line: `name`, `names`, `area`, `value`. Ready to be spoken. */
  readonly slots: Readonly<Record<string, string>>;
  /** A sentence that must be spoken as it is: a fact that was asked for, or the home's own reply. */
  readonly speech?: string;
  /** The home has asked something back. */
  readonly expectsAnswer?: boolean;
  /**
   * Where the home needs longer than it may keep a turn waiting: what came of it in the end, in place of this outcome,
   * which has only what is known so far. Settles in any case, and never rejects: what goes wrong is in `failed`.
   */
  readonly late?: Promise<Outcome>;
  /** Where a name fits several things, and so nothing was done: which. `failed` says it too, for whoever does not ask back. */
  readonly choices?: readonly Choice[];
  /** Takes back what was changed. */
  readonly undo?: (run: Run) => Promise<Outcome>;
}

/** A house that can be told what to do. */
export interface Home {
  /** What a sentence would do; executes nothing. Undefined where it is no whole command of this home. */
  understand(text: string, context: TurnContext, signal: AbortSignal): Promise<Command | undefined>;
  /** Sentences that it understands, with its own names in them: enough for a recogniser to know what to expect. */
  phrases(): readonly string[];
  /** The outcome if all goes well, so that the reply can be prepared. Changes nothing. */
  foresee(command: Command): Outcome | undefined;
  /** Waits for `run.committed`, then does it. */
  perform(command: Command, run: Run): Promise<Outcome>;
}

/** A JSON Schema of an object. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Something that a language model may have a home do. */
export interface Tool {
  /** Lower case with underscores, `turn_on`. */
  readonly name: string;
  readonly description: string;
  /** Of its arguments. */
  readonly parameters: JsonSchema;
  /** Whether it changes anything. One that only reads may run before the turn has decided to act. */
  readonly writes: boolean;
}

/** A home for a language model: what it may be told of it, and what it may do with it. */
export interface Hands {
  /** What is in the home, exposed things only: what never changes first, states last, in an order that keeps. */
  describe(context: TurnContext): { readonly things: string; readonly states: string };
  tools(context: TurnContext): readonly Tool[];
  /**
   * A call as a command, checked against the tool's schema, what is exposed, and the risk of what it touches; `Home.perform`
   * does it. Throws a `Fault` 'input' whose message tells a language model what is wrong.
   */
  command(
    call: { readonly name: string; readonly arguments: unknown },
    context: TurnContext,
    signal: AbortSignal,
  ): Promise<Command>;
}

// ── The mind ───────────────────────────────────────────────────────────────────────────────────────────────────

/** What a language model wants done, before anybody has checked it. */
export interface ToolCall {
  /** Where the model gives one. */
  readonly id?: string;
  readonly name: string;
  readonly arguments: unknown;
}

export type ChatMessage =
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly calls?: readonly ToolCall[] }
  /** What came of a call. */
  | { readonly role: 'tool'; readonly name: string; readonly id?: string; readonly text: string };

/** What a language model is asked. What comes first never changes, so that it is still in the model's memory. */
export interface Prompt {
  /** Persona and home: the same bytes each turn. */
  readonly system: string;
  readonly messages: readonly ChatMessage[];
  /** Words that were spoken already, as the beginning of the model's own answer. */
  readonly begin?: string;
  readonly tools?: readonly Tool[];
}

/** What a language model says, as it comes. */
export type Thinking =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly call: ToolCall };

export interface LanguageModel {
  /** For logs: `ollama llama3.2:1b`. */
  readonly name: string;
  /** Runs in this house; else a question to it is speech that leaves the house, and waits for `run.committed`. */
  readonly local: boolean;
  /**
   * Whether it was shown to decide actions right; one that was not is given no tools. Known once it has answered `warm`.
   */
  readonly hands: boolean;
  /**
   * Throws a `Fault` that says which trouble it is. An abort ends the work at the server too, in the prefill as well.
   * @param committed the turn's; what leaves the house waits for it, and without it nothing leaves.
   */
  ask(prompt: Prompt, signal: AbortSignal, committed?: Promise<void>): AsyncIterable<Thinking>;
  /** Has the beginning of a prompt read ahead. */
  warm(prompt: Pick<Prompt, 'system' | 'messages' | 'tools'>, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

// ── Answering ──────────────────────────────────────────────────────────────────────────────────────────────────

/** A sentence or two for the voice. */
export interface Say {
  readonly text: string;
  /** `taunt` covers a wait and claims nothing; `claim` says what was done; `talk` is conversation. */
  readonly kind: 'taunt' | 'claim' | 'talk';
  /** Spoken without effects or jest: warnings, and anything that must be understood at once. */
  readonly plain?: boolean;
}

/** What the responder makes of a text before anything is done. */
export interface Understanding {
  /** `command`: the home knows it. `stop`: a stop phrase. `unfinished`: plainly breaks off. `talk`: anything else. */
  readonly kind: 'command' | 'stop' | 'unfinished' | 'talk' | 'nothing';
  readonly extendable: boolean;
  readonly risk: Risk;
  /** What will be said if all goes well: worth synthesizing already. */
  readonly likely: readonly Say[];
  /** What was taken to be said, where a transcript has two readings. */
  readonly text?: string;
}

/** How a reply ended. */
export interface Result {
  readonly outcomes: readonly Outcome[];
  /** The persona has asked something and waits for the answer. */
  readonly expectsAnswer: boolean;
  /** It was not understood, or the attempt to do it broke; what a home could not do is in the outcomes. */
  readonly trouble?: 'not-understood' | 'failed';
}

export interface Reply {
  readonly understood: Promise<Understanding>;
  /** What to say, as it becomes known. Yields nothing before `run.committed`. */
  readonly says: AsyncIterable<Say>;
  /** Settles after `says` has ended. */
  readonly result: Promise<Result>;
}

export type Responder = (said: Transcript, context: TurnContext, run: Run) => Reply;

/** Speaks sentences as they come, effects applied. Blocks of at most 20 ms. */
export type Synthesizer = (says: AsyncIterable<Say>, run: Run) => Audio;

/** A stage of the effects chain. Synchronous; owns no time. */
export interface Effect {
  /** How far the output lags behind the input. */
  readonly delay: Samples;
  /** As many samples out as in. The input is left as it is; the output may be reused by the next call. */
  process(block: Float32Array): Float32Array;
  /** The rest after the last block: the delayed samples and a tail such as a reverberation. */
  flush(): Float32Array;
  /** As new. */
  reset(): void;
}

/** What a listener really heard. */
export interface Playback {
  readonly heard: Milliseconds;
  /** The whole of the audio was played. */
  readonly complete: boolean;
}

/** Plays audio to its end or until `run.signal` is aborted, and then says how much was heard. */
export type Speaker = (audio: Audio, run: Run) => Promise<Playback>;
