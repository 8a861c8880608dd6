import {
  flag,
  integer,
  list,
  name,
  type Optional,
  object,
  optional,
  type Shape,
  type Shapes,
  text,
} from '../checks.js';
import { type AudioFormat, audioFormat } from './audio.js';

export interface Attribution {
  /** Who made it. */
  readonly name: string;
  /** Where it is from. */
  readonly url: string;
}

/** A program, a model or a voice. */
export interface Artifact {
  readonly name: string;
  readonly attribution: Attribution;
  /** Whether it can be used now. */
  readonly installed: boolean;
  /** For people. */
  readonly description?: Optional<string>;
  readonly version?: Optional<string>;
}

/** A model with the languages it knows, as `en` or `en-GB`. */
export interface LanguageModel extends Artifact {
  readonly languages: readonly string[];
}

export interface AsrModel extends LanguageModel {}

/** Speech to text. */
export interface AsrProgram extends Artifact {
  readonly models: readonly AsrModel[];
  /** Whether it sends `transcript-start`, `-chunk`, `-stop`; false if it is missing. */
  readonly supports_transcript_streaming?: Optional<boolean>;
  /** Whether somebody else must find the end of the speech; true if it is missing. */
  readonly requires_external_vad?: Optional<boolean>;
  /** Whether it hears better with automatic gain; true if it is missing. */
  readonly prefers_auto_gain_enabled?: Optional<boolean>;
  /** Whether it hears better with noise reduction; true if it is missing. */
  readonly prefers_noise_reduction_enabled?: Optional<boolean>;
}

export interface TtsVoiceSpeaker {
  readonly name: string;
}

export interface TtsVoice extends LanguageModel {
  readonly speakers?: Optional<readonly TtsVoiceSpeaker[]>;
}

/** Text to speech. */
export interface TtsProgram extends Artifact {
  readonly voices: readonly TtsVoice[];
  /** Whether it takes `synthesize-start`, `-chunk`, `-stop`; false if it is missing. */
  readonly supports_synthesize_streaming?: Optional<boolean>;
}

export interface HandleModel extends LanguageModel {}

/** Takes a text, acts and answers. */
export interface HandleProgram extends Artifact {
  readonly models: readonly HandleModel[];
  /** Whether it sends `handled-start`, `-chunk`, `-stop`; false if it is missing. */
  readonly supports_handled_streaming?: Optional<boolean>;
  /** Whether it may act on the home; false if it is missing. */
  readonly supports_home_control?: Optional<boolean>;
}

export interface WakeModel extends LanguageModel {
  /** What has to be said. */
  readonly phrase?: Optional<string>;
}

/** Hears wake words. */
export interface WakeProgram extends Artifact {
  readonly models: readonly WakeModel[];
}

export interface IntentModel extends LanguageModel {}

/** Takes a text and says what it means. */
export interface IntentProgram extends Artifact {
  readonly models: readonly IntentModel[];
}

/** A microphone. */
export interface MicProgram extends Artifact {
  /** Missing from peers before 1.6. */
  readonly mic_format?: Optional<AudioFormat>;
}

/** A loudspeaker. */
export interface SndProgram extends Artifact {
  /** Missing from peers before 1.6. */
  readonly snd_format?: Optional<AudioFormat>;
}

export interface Satellite extends Artifact {
  /** The room it stands in. */
  readonly area?: Optional<string>;
  /** Whether it finds the end of speech itself. */
  readonly has_vad?: Optional<boolean>;
  readonly active_wake_words?: Optional<readonly string[]>;
  readonly max_active_wake_words?: Optional<number>;
  /** Whether pipelines can be started from afar. */
  readonly supports_trigger?: Optional<boolean>;
}

/** Everything a server offers. */
export interface Info {
  readonly asr?: Optional<readonly AsrProgram[]>;
  readonly tts?: Optional<readonly TtsProgram[]>;
  readonly handle?: Optional<readonly HandleProgram[]>;
  readonly intent?: Optional<readonly IntentProgram[]>;
  readonly wake?: Optional<readonly WakeProgram[]>;
  readonly mic?: Optional<readonly MicProgram[]>;
  readonly snd?: Optional<readonly SndProgram[]>;
  readonly satellite?: Optional<Satellite>;
}

export interface InfoMessages {
  info: Info;
}

const artifact: Shape<Artifact> = {
  name,
  attribution: object<Attribution>({ name, url: name }),
  installed: flag,
  description: optional(text),
  version: optional(name),
};
const languageModel: Shape<LanguageModel> = { ...artifact, languages: list(name) };
const models = list(object<LanguageModel>(languageModel));
const programs = <Program>(shape: Shape<Program>) => optional(list(object<Program>(shape)));
const format = optional(object<AudioFormat>(audioFormat));
const perhaps = optional(flag);

export const infoShapes: Shapes<InfoMessages> = {
  info: {
    asr: programs<AsrProgram>({
      ...artifact,
      models,
      supports_transcript_streaming: perhaps,
      requires_external_vad: perhaps,
      prefers_auto_gain_enabled: perhaps,
      prefers_noise_reduction_enabled: perhaps,
    }),
    tts: programs<TtsProgram>({
      ...artifact,
      voices: list(object<TtsVoice>({ ...languageModel, speakers: optional(list(object<TtsVoiceSpeaker>({ name }))) })),
      supports_synthesize_streaming: perhaps,
    }),
    handle: programs<HandleProgram>({
      ...artifact,
      models,
      supports_handled_streaming: perhaps,
      supports_home_control: perhaps,
    }),
    intent: programs<IntentProgram>({ ...artifact, models }),
    wake: programs<WakeProgram>({
      ...artifact,
      models: list(object<WakeModel>({ ...languageModel, phrase: optional(text) })),
    }),
    mic: programs<MicProgram>({ ...artifact, mic_format: format }),
    snd: programs<SndProgram>({ ...artifact, snd_format: format }),
    satellite: optional(
      object<Satellite>({
        ...artifact,
        area: optional(text),
        has_vad: perhaps,
        active_wake_words: optional(list(name)),
        max_active_wake_words: optional(integer(0, 1000)),
        supports_trigger: perhaps,
      }),
    ),
  },
};
