import { currentServer, mayListen, type SatelliteState, type SatelliteTimer } from './state.js';

/** What there is to see of a satellite: for lights and automations. */
export interface SatelliteView {
  /** Home Assistant is ready for it. */
  readonly connected: boolean;
  /** By Home Assistant or by a switch of our own. */
  readonly muted: boolean;
  readonly activity: 'idle' | 'listening' | 'thinking' | 'speaking' | 'ringing';
  readonly timers: readonly SatelliteTimer[];
}

/** The view of a state; the one before if it looks the same. */
export const viewOf = (state: SatelliteState, before?: SatelliteView): SatelliteView => {
  const view: SatelliteView = {
    connected: currentServer(state) !== undefined,
    muted: !mayListen(state),
    activity: activityOf(state),
    timers: state.timers,
  };
  const same =
    before !== undefined &&
    view.connected === before.connected &&
    view.muted === before.muted &&
    view.activity === before.activity &&
    view.timers === before.timers;
  return same ? before : view;
};

const activityOf = ({ turn, sounds: [sound] }: SatelliteState): SatelliteView['activity'] => {
  if (turn?.phase === 'streaming' || turn?.phase === 'clearing') return 'listening';
  if (sound) return sound.source.from === 'alarm' ? 'ringing' : 'speaking';
  return turn ? 'thinking' : 'idle';
};
