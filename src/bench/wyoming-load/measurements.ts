import type { Bytes, Milliseconds } from '../../units.js';
import type { SatellitePath } from './satellite-path.js';
import type { WakeFigures } from './wake-figures.js';

/** A part of the bench of the services; one that fails leaves the others alone. */
export type LoadSection =
  | 'wake streams'
  | 'idle'
  | 'at work'
  | 'hostile'
  | 'protocol'
  | 'speech'
  | 'recognition'
  | 'satellite';

/** Streams at once, and what came of them. */
export interface StreamsMeasured {
  readonly streams: number;
  readonly figures: WakeFigures;
  /** Share of a core. */
  readonly cpu: number | undefined;
}

export interface IdleMeasured {
  readonly connections: number;
  /** Undefined where the system does not tell. */
  readonly memory: Bytes | undefined;
  readonly described: readonly Milliseconds[];
  readonly failed: number;
}

export interface AnswersMeasured {
  readonly described: readonly Milliseconds[];
  /** Questions and exchanges that failed, of so many, and what was wrong with the first. */
  readonly failed: number;
  readonly of: number;
  readonly why: string | undefined;
}

export interface HostileMeasured extends AnswersMeasured {
  readonly exchanges: number;
  readonly took: Milliseconds;
  /** Undefined where the system does not tell. */
  readonly memory: HostileMemory | undefined;
}

/** Resident, of all processes of the program. */
export interface HostileMemory {
  readonly before: Bytes;
  /** When half of the exchanges were over. */
  readonly half: Bytes;
  readonly peak: Bytes;
  /** As far as it came down in the time it was given. */
  readonly after: Bytes;
}

/** All that was measured so far. */
export interface LoadMeasurements {
  readonly wake: StreamsMeasured[];
  idle: IdleMeasured | undefined;
  work: AnswersMeasured | undefined;
  hostile: HostileMeasured | undefined;
  /** Microseconds of CPU a chunk. */
  framing: number | undefined;
  loopback: number | undefined;
  readonly fresh: Milliseconds[];
  readonly cached: Milliseconds[];
  readonly transcripts: Milliseconds[];
  satellite: SatellitePath | undefined;
  /** Why a section has no figures, or not all of them. */
  readonly missing: Map<LoadSection, string>;
}

export const noLoadMeasurements = (): LoadMeasurements => ({
  wake: [],
  idle: undefined,
  work: undefined,
  hostile: undefined,
  framing: undefined,
  loopback: undefined,
  fresh: [],
  cached: [],
  transcripts: [],
  satellite: undefined,
  missing: new Map(),
});
