/** What things are like, for a language model to speak of. */
import { describeState } from '../../home-assistant/describe-state.js';
import type { Entity } from '../../home-assistant/house.js';
import { quoted } from '../../home-assistant/prompt-text.js';
import type { Outcome } from '../../stages.js';
import { nothingDone } from '../ha/outcomes.js';

const MOST_READ = 25;
const OPENINGS = new Set(['door', 'garage_door', 'window', 'opening', 'lock']);

/** Somebody else's name, without the quotes: it may be spoken. */
const told = (name: string): string => quoted(name, 60).slice(1, -1);

/** Home Assistant calls an open window "on". */
const stateOf = (entity: Entity): string => {
  const { domain, deviceClass, state } = entity;
  if (domain === 'binary_sensor' && OPENINGS.has(deviceClass ?? '')) {
    if (state === 'on') return deviceClass === 'lock' ? 'unlocked' : 'open';
    if (state === 'off') return deviceClass === 'lock' ? 'locked' : 'closed';
  }
  return describeState(entity);
};

/** A line for each thing, at most so many. */
export function readStates(things: readonly Entity[]): Outcome {
  const lines = things.slice(0, MOST_READ).map((entity) => {
    const place = entity.area ? ` (${told(entity.area.name)})` : '';
    return `${told(entity.name)}${place}: ${stateOf(entity)}`;
  });
  const more = things.length - lines.length;
  return {
    ...nothingDone('HassGetState'),
    ...(things.length === 1 ? { slots: { name: told(things[0]!.name) } } : {}),
    speech: [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('; '),
  };
}
