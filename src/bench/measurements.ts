import type { Milliseconds } from '../units.js';
import type { EffectsDelay } from './effects-cost.js';
import { type EventLoopWatch, watchEventLoop } from './event-loop.js';
import type { Part } from './start-probe.js';
import type { StartFigures } from './starts.js';
import type { TurnFigures } from './turns.js';

/** A part of the bench that can be left out, or fail, without the others. */
export type Section = 'starts' | 'wake cost' | 'effects' | 'synthesis' | 'acknowledgements' | 'turns' | 'drafts';

/** All that a bench has measured so far. */
export interface Measurements {
  readonly turns: TurnFigures[];
  /** Of real recordings. */
  readonly recordings: TurnFigures[];
  /** How late the event loop was in turns, each time it was looked at. */
  readonly loop: EventLoopWatch;
  readonly wakeCost: Milliseconds[];
  /** Undefined for one that never came. */
  readonly acknowledgements: (Milliseconds | undefined)[];
  /** By engine. */
  readonly drafts: Map<string, Milliseconds[]>;
  readonly fresh: Milliseconds[];
  readonly cached: Milliseconds[];
  effects: EffectsDelay | undefined;
  readonly effectsCost: number[];
  readonly starts: StartFigures[];
  readonly loading: Map<Part, Milliseconds[]>;
  /** Why a section has no figures, or not all of them. */
  readonly missing: Map<Section, string>;
}

export const noMeasurements = (): Measurements => ({
  turns: [],
  recordings: [],
  loop: watchEventLoop(),
  wakeCost: [],
  acknowledgements: [],
  drafts: new Map(),
  fresh: [],
  cached: [],
  effects: undefined,
  effectsCost: [],
  starts: [],
  loading: new Map(),
  missing: new Map(),
});
