import type { TurnFigures } from '../../src/bench/turns.js';

/** A turn that went well, but for what is said. */
export const turn = (different: Partial<TurnFigures> = {}): TurnFigures => ({
  file: '000.wav',
  kind: 'command',
  say: 'turn on the fan',
  speaker: 3,
  pause: 0,
  verdict: 'right',
  heard: 'turn on the fan',
  understood: 'command',
  replies: ['It spins.'],
  missed: false,
  reopened: 0,
  cutShort: false,
  cached: false,
  wake: -20,
  total: 200,
  marks: {},
  ...different,
});
