/** The tools of the simulated house, so that language models can be tried without Home Assistant. */

import { Fault } from '../../faults.js';
import type { Command, Hands, TurnContext } from '../../stages.js';
import { isSafe } from '../abilities.js';
import type { Action } from '../actions.js';
import type { Entity, House, States } from '../house.js';
import type { Meaning } from '../meaning.js';
import { describe } from '../speech.js';
import { type Asked, readCall } from './calls.js';
import type { Inventory } from './names.js';
import { toolsFor } from './schemas.js';
import type { ToolSpec } from './specs.js';

interface DemoHands {
  readonly house: House;
  readonly states: () => States;
  /** The area of a turn. */
  readonly here: (context: TurnContext) => string | undefined;
  readonly commandOf: (meaning: Meaning) => Command;
}

/** What this house has no simulation of. */
const MISSING = new Set(['vacuum', 'run', 'list_add', 'list_complete', 'list_show']);
const offers = ({ name }: ToolSpec): boolean => !MISSING.has(name);
/** From how many things on a command is `wide` though they are in one room. */
const MANY = 5;

export function demoHands({ house, states, here, commandOf }: DemoHands): Hands {
  const areas = [...house.areas.values()].map(({ id, name, also }) => ({ id, name, aliases: also }));
  const things = [...house.entities.values()].map(({ id, domain, name, also, area }) => ({
    id,
    domain,
    name,
    names: [name, ...also],
    area: areas.find((one) => one.id === area)!,
  }));
  const isGuarded = (id: string): boolean => house.entities.get(id)?.guarded ?? true;
  const inventory: Inventory = { things, areas, floors: [], isGuarded };
  const tools = toolsFor(inventory, offers);
  const byRoom = areas.map(({ id, name }) => {
    const all = things.filter(({ area }) => area.id === id);
    return [`Area "${name}":`, ...all.map((one) => `${one.id} "${one.name}"`)].join('\n');
  });

  return {
    describe: () => ({
      things: byRoom.join('\n'),
      states: things.map(({ id }) => `${id}: ${describe(states().get(id)!)}`).join('\n'),
    }),
    tools: () => tools,
    async command(call, context, signal) {
      signal.throwIfAborted();
      return commandOf(meaningOf(readCall(call, { inventory, offers, here: here(context) }), house));
    },
  };
}

function meaningOf(asked: Asked, house: House): Meaning {
  const { spec, values, group } = asked;
  const entities = asked.things.map(({ id }) => house.entities.get(id)!);
  const ids = entities.map(({ id }) => id);
  const timer = (intent: string, deed: 'start' | 'cancel' | 'status', seconds = 0): Meaning => ({
    kind: 'timer',
    intent,
    deed,
    seconds,
  });
  switch (spec.name) {
    case 'get_state':
      return { kind: 'question', intent: 'HassGetState', question: { about: 'report', entities: ids } };
    case 'start_timer': {
      const part = (key: string, size: number): number => Number(values[key] ?? 0) * size;
      return timer('HassStartTimer', 'start', part('hours', 3600) + part('minutes', 60) + part('seconds', 1));
    }
    case 'cancel_timer':
      return timer('HassCancelTimer', 'cancel');
    case 'timers':
      return timer('HassTimerStatus', 'status');
  }
  const { intent, action } = deedOf(asked);
  return {
    kind: 'change',
    intent,
    action,
    entities: ids,
    ...(group ? { area: group.place } : {}),
    risk: riskOf(entities, action),
  };
}

function riskOf(entities: readonly Entity[], { deed }: Action): 'harmless' | 'wide' | 'guarded' {
  if (!isSafe(deed) && entities.some(({ guarded }) => guarded)) return 'guarded';
  const rooms = new Set(entities.map(({ area }) => area));
  return rooms.size > 1 || entities.length >= MANY ? 'wide' : 'harmless';
}

const level = (intent: string, amount: unknown): { intent: string; action: Action } => ({
  intent,
  action: { deed: 'level', amount: Number(amount) },
});

function deedOf({ spec, values }: Asked): { readonly intent: string; readonly action: Action } {
  const { action, brightness, color, kelvin, mode, percent, position, temperature } = values;
  const refuse = (what: string): Fault => new Fault('input', `${spec.name}: ${what}.`);
  switch (spec.name) {
    case 'turn_on':
      return { intent: 'HassTurnOn', action: { deed: 'on' } };
    case 'turn_off':
      return { intent: 'HassTurnOff', action: { deed: 'off' } };
    case 'toggle':
      return { intent: 'HassToggle', action: { deed: 'toggle' } };
    case 'set_light':
      if (kelvin !== undefined) throw refuse('the lamps of this house have no color temperature');
      if ((brightness === undefined) === (color === undefined)) throw refuse('say brightness or color, one of them');
      return color === undefined
        ? level('HassLightSet', brightness)
        : { intent: 'HassLightSet', action: { deed: 'colour', colour: String(color) } };
    case 'set_climate':
      if (temperature !== undefined) return level('HassClimateSetTemperature', temperature);
      if (mode === 'off') return { intent: 'HassTurnOff', action: { deed: 'off' } };
      if (mode === 'heat') return { intent: 'HassTurnOn', action: { deed: 'on' } };
      throw refuse('say a temperature, or the mode heat or off');
    case 'move_cover':
      if ((action === undefined) === (position === undefined)) throw refuse('say an action or a position, one of them');
      if (position !== undefined) return level('HassSetPosition', position);
      return action === 'stop'
        ? { intent: 'HassStopMoving', action: { deed: 'stop' } }
        : {
            intent: action === 'open' ? 'HassTurnOn' : 'HassTurnOff',
            action: { deed: action as 'open' | 'close' },
          };
    case 'set_lock':
      return {
        intent: action === 'lock' ? 'HassTurnOn' : 'HassTurnOff',
        action: { deed: action as 'lock' | 'unlock' },
      };
    case 'set_fan_speed':
      return level('HassFanSetSpeed', percent);
    case 'set_volume':
      return level('HassSetVolume', percent);
    case 'media':
      return { intent: MEDIA[String(action)]!, action: { deed: action as Action['deed'] } };
    default:
      throw new Fault('internal', `The tool ${spec.name} is not simulated`);
  }
}

const MEDIA: Readonly<Record<string, string>> = {
  play: 'HassMediaUnpause',
  pause: 'HassMediaPause',
  next: 'HassMediaNext',
  previous: 'HassMediaPrevious',
  mute: 'HassMediaPlayerMute',
  unmute: 'HassMediaPlayerUnmute',
};
