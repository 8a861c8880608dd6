import type { Milliseconds } from '../units.js';
import { cutSounds, queueSound } from './sounds.js';
import { andThen, MOST_TIMERS, type SatelliteState, type SatelliteTimer, type Step, step, type Told } from './state.js';

type TimerMessage = Extract<Told, { type: `timer-${string}` }>;

/**
 * Core keeps the timers and says when one is over, but forgets them when it restarts, and says nothing to a satellite that
 * it has lost. So each is counted here as well, and rings this much after its time without a word from Core.
 */
const GRACE: Milliseconds = 3_000;

export const heardOfTimer = (state: SatelliteState, message: TimerMessage): Step => {
  const known = state.timers.find(({ id }) => id === message.id);
  switch (message.type) {
    case 'timer-started': {
      const { id, seconds, name } = message;
      return keep(state, 'started', {
        id,
        seconds,
        ends: state.now + seconds * 1000,
        ...(name !== undefined && { name }),
      });
    }
    case 'timer-updated': {
      // One that began before we did is as good as any.
      const timer = known ?? { id: message.id, seconds: message.seconds, ends: undefined };
      return keep(state, 'updated', {
        ...timer,
        ends: message.active ? state.now + message.seconds * 1000 : undefined,
      });
    }
    case 'timer-cancelled': {
      const rings = cutSounds(state, ({ source }) => source.from === 'alarm' && source.timer.id === message.id);
      if (!known) return rings;
      return andThen(rings, (quiet) =>
        step(without(quiet, known.id), { kind: 'tell', news: { kind: 'timer', change: 'cancelled', timer: known } }),
      );
    }
    case 'timer-finished': {
      if (!known && state.rung.includes(message.id)) {
        return step({ ...state, rung: state.rung.filter((id) => id !== message.id) });
      }
      return ring(state, known ?? { id: message.id, seconds: 0, ends: undefined });
    }
  }
};

/** When the next timer rings by itself. */
export const nextRing = ({ timers }: SatelliteState): Milliseconds =>
  timers.reduce((next, { ends }) => Math.min(next, ends === undefined ? next : ends + GRACE), Number.POSITIVE_INFINITY);

/** Rings what is overdue. */
export const ringOverdue = (state: SatelliteState): Step => {
  const overdue = state.timers.filter(({ ends }) => ends !== undefined && ends + GRACE <= state.now);
  return andThen(
    step(state),
    ...overdue.map(
      (timer) => (before: SatelliteState) =>
        ring({ ...before, rung: [...before.rung, timer.id].slice(-MOST_TIMERS) }, timer),
    ),
  );
};

const ring = (state: SatelliteState, timer: SatelliteTimer): Step =>
  andThen(
    step(without(state, timer.id), { kind: 'tell', news: { kind: 'timer', change: 'finished', timer } }),
    (rest) => queueSound(rest, { from: 'alarm', timer }),
  );

const keep = (state: SatelliteState, change: 'started' | 'updated', timer: SatelliteTimer): Step => {
  const others = without(state, timer.id);
  if (others.timers.length >= MOST_TIMERS) return step(state);
  return step(
    { ...others, timers: [...others.timers, timer] },
    { kind: 'tell', news: { kind: 'timer', change, timer } },
  );
};

const without = (state: SatelliteState, id: string): SatelliteState => ({
  ...state,
  timers: state.timers.filter((timer) => timer.id !== id),
});
