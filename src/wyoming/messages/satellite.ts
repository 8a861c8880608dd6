import { flag, list, name, number, type Optional, oneOf, optional, type Shapes, text } from '../checks.js';
import type { NoFields } from './context.js';

export type PipelineStage = 'wake' | 'asr' | 'intent' | 'handle' | 'tts';

/** From the satellite: run a pipeline. */
export interface RunPipeline {
  readonly start_stage: PipelineStage;
  /** Not before the first one. */
  readonly end_stage: PipelineStage;
  /** The wake word that led to this. */
  readonly wake_word_name?: Optional<string>;
  /** Whether to begin again when the pipeline has ended; false if it is missing. */
  readonly restart_on_end?: Optional<boolean>;
  /** Wake words to listen for, where it starts with `wake`. */
  readonly wake_word_names?: Optional<readonly string[]>;
  /** What to say, where it starts with `tts`. */
  readonly announce_text?: Optional<string>;
}

/** A voice timer runs. */
export interface TimerStarted {
  readonly id: string;
  /** Seconds it will run. */
  readonly total_seconds: number;
  /** As its owner calls it. */
  readonly name?: Optional<string>;
  /** What was asked for, in parts. */
  readonly start_hours?: Optional<number>;
  readonly start_minutes?: Optional<number>;
  readonly start_seconds?: Optional<number>;
}

/** A voice timer was paused, resumed, lengthened or shortened. */
export interface TimerUpdated {
  readonly id: string;
  /** Whether it runs. */
  readonly is_active: boolean;
  /** Seconds that are left. */
  readonly total_seconds: number;
}

export interface TimerCancelled {
  readonly id: string;
}

export interface TimerFinished {
  readonly id: string;
}

export interface SatelliteMessages {
  /** To the satellite: whoever runs the pipelines is ready for it. */
  'run-satellite': NoFields;
  /** To the satellite: no pipelines until the next `run-satellite`. */
  'pause-satellite': NoFields;
  /** The satellite has begun to send audio. */
  'streaming-started': NoFields;
  /** The satellite has stopped sending audio. */
  'streaming-stopped': NoFields;
  /** To what listens to a satellite's events: it is connected. */
  'satellite-connected': NoFields;
  /** To what listens to a satellite's events: it lost its connection. */
  'satellite-disconnected': NoFields;
  /** All audio that was sent has been heard. */
  played: NoFields;
  'run-pipeline': RunPipeline;
  'timer-started': TimerStarted;
  'timer-updated': TimerUpdated;
  'timer-cancelled': TimerCancelled;
  'timer-finished': TimerFinished;
}

const stage = oneOf('wake', 'asr', 'intent', 'handle', 'tts');
const seconds = number(0, 1e9);

export const satelliteShapes: Shapes<SatelliteMessages> = {
  'run-satellite': {},
  'pause-satellite': {},
  'streaming-started': {},
  'streaming-stopped': {},
  'satellite-connected': {},
  'satellite-disconnected': {},
  played: {},
  'run-pipeline': {
    start_stage: stage,
    end_stage: stage,
    wake_word_name: optional(name),
    restart_on_end: optional(flag),
    wake_word_names: optional(list(name)),
    announce_text: optional(text),
  },
  'timer-started': {
    id: name,
    total_seconds: seconds,
    name: optional(text),
    start_hours: optional(seconds),
    start_minutes: optional(seconds),
    start_seconds: optional(seconds),
  },
  'timer-updated': { id: name, is_active: flag, total_seconds: seconds },
  'timer-cancelled': { id: name },
  'timer-finished': { id: name },
};
