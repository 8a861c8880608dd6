import type { Bytes, Decibels, Milliseconds } from '../units.js';

/** What the status page shows. Plain data; what was said is not part of it. */
export interface Status {
  readonly version: string;
  readonly phase: Phase;
  /** When the program was started: milliseconds since 1970. */
  readonly since: Milliseconds;
  /** What keeps it from being ready, in the user's words. */
  readonly trouble?: string;
  readonly services: readonly ServiceStatus[];
  readonly downloads: readonly DownloadStatus[];
  /** The last ones, the newest first. */
  readonly turns: readonly TurnStatus[];
  readonly levels: readonly LevelStatus[];
}

/** `waiting`: something failed and is tried again. */
export type Phase = 'starting' | 'fetching' | 'waiting' | 'loading' | 'ready' | 'ending';

export interface ServiceStatus {
  /** "Speech recognition". */
  readonly name: string;
  /** "Vosk, small". */
  readonly detail: string;
  readonly ready: boolean;
}

export interface DownloadStatus {
  readonly name: string;
  readonly state: 'fetching' | 'unpacking' | 'done' | 'failed';
  readonly received: Bytes;
  readonly total?: Bytes;
  readonly reason?: string;
}

export interface TurnStatus {
  /** Milliseconds since 1970. */
  readonly at: Milliseconds;
  /** "answered", "nothing heard". */
  readonly ending: string;
  /** Home Assistant's names of what was done: `HassTurnOn`. */
  readonly intents: readonly string[];
  readonly parts: readonly TurnPart[];
}

/** A part of a turn; fits the spans of a timeline. */
export interface TurnPart {
  readonly label: string;
  /** On any clock that all parts of the turn share. */
  readonly start: Milliseconds;
  readonly duration: Milliseconds;
  readonly limit?: Milliseconds;
  readonly met: boolean;
}

export interface LevelStatus {
  /** "Microphone". */
  readonly name: string;
  /** Of the last second, relative to full scale. */
  readonly level: Decibels;
}
