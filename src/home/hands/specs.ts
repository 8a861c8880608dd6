/** The tools: what they are called, which things they take, and what else they are told. The same for every kind of house. */
import type { JsonSchema } from '../../stages.js';

export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly writes: boolean;
  /** The things it takes; those of no domain are not about things. */
  readonly domains: readonly string[];
  /** `named`: one thing by its name. `grouped`: or all of a kind in an area. `none`: nothing of the house. */
  readonly target: 'named' | 'grouped' | 'none';
  /** What names the thing; `name` unless said otherwise. */
  readonly called?: string;
  readonly more: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
}

const percent = { type: 'integer', minimum: 0, maximum: 100 };
const text = (description: string): JsonSchema => ({ type: 'string', minLength: 1, maxLength: 200, description });
const oneOf = (...values: string[]): JsonSchema => ({ type: 'string', enum: values });
const count = (maximum: number): JsonSchema => ({ type: 'integer', minimum: 0, maximum });

/** Those of Home Assistant's own sentences. */
const COLOURS = ['white', 'red', 'orange', 'yellow', 'green', 'turquoise', 'blue', 'purple', 'pink', 'brown'];
const MODES = ['off', 'heat', 'cool', 'heat_cool', 'auto', 'dry', 'fan_only'];
const PLAYING = ['play', 'pause', 'next', 'previous', 'mute', 'unmute'];

const SWITCHED = [
  ...['light', 'switch', 'fan', 'media_player', 'climate', 'humidifier', 'water_heater', 'input_boolean'],
  ...['siren', 'remote'],
];

export const TOOLS: readonly ToolSpec[] = [
  spec('turn_on', 'Turn something on, or everything of a kind in an area.', SWITCHED, 'grouped'),
  spec('turn_off', 'Turn something off, or everything of a kind in an area.', SWITCHED, 'grouped'),
  spec('toggle', 'Turn on what is off, and off what is on.', SWITCHED, 'named'),
  spec('set_light', 'Set brightness (percent), color or color temperature (kelvin) of a light.', ['light'], 'grouped', {
    brightness: percent,
    color: oneOf(...COLOURS),
    kelvin: { type: 'integer', minimum: 1000, maximum: 10_000 },
  }),
  spec('set_climate', 'Set the temperature (degrees) or the mode of a thermostat.', ['climate'], 'grouped', {
    temperature: { type: 'number', minimum: -50, maximum: 150 },
    mode: oneOf(...MODES),
  }),
  spec(
    'move_cover',
    'Open, close or stop blinds, curtains, doors and valves, or set how far (percent) they are open.',
    ['cover', 'valve'],
    'grouped',
    { action: oneOf('open', 'close', 'stop'), position: percent },
  ),
  spec('set_lock', 'Lock or unlock a door.', ['lock'], 'named', { action: oneOf('lock', 'unlock') }, ['action']),
  spec('set_fan_speed', 'Set the speed of a fan.', ['fan'], 'grouped', { percent }, ['percent']),
  spec('set_volume', 'Set the volume of a player.', ['media_player'], 'named', { percent }, ['percent']),
  spec('media', 'Control a player.', ['media_player'], 'named', { action: oneOf(...PLAYING) }, ['action']),
  spec(
    'vacuum',
    'Start a vacuum or mower, or send it home.',
    ['vacuum', 'lawn_mower'],
    'named',
    {
      action: oneOf('start', 'dock'),
    },
    ['action'],
  ),
  spec('run', 'Run a scene or a script, or press a button.', ['scene', 'script', 'button', 'input_button'], 'named'),
  reading('get_state', 'Read the state of something, or of everything of a kind in an area.', [], 'grouped'),
  spec('start_timer', 'Start a timer.', [], 'none', {
    hours: count(23),
    minutes: count(999),
    seconds: count(999),
    label: text('what it is for'),
  }),
  spec('cancel_timer', 'Cancel a timer, by its label where there are several.', [], 'none', {
    label: text('its label'),
  }),
  reading('timers', 'How long the timers have left.', [], 'none'),
  list('list_add', 'Put an item on a list.', true, { item: text('the item') }),
  list('list_complete', 'Check an item off a list.', true, { item: text('the item') }),
  list('list_show', 'What is open on a list.', false, {}),
];

function spec(
  name: string,
  description: string,
  domains: readonly string[],
  target: ToolSpec['target'],
  more: ToolSpec['more'] = {},
  required: readonly string[] = [],
): ToolSpec {
  return { name, description, writes: true, domains, target, more, required };
}

function reading(name: string, description: string, domains: readonly string[], target: ToolSpec['target']): ToolSpec {
  return { ...spec(name, description, domains, target), writes: false };
}

function list(name: string, description: string, writes: boolean, more: ToolSpec['more']): ToolSpec {
  const required = Object.keys(more);
  return { ...spec(name, description, ['todo'], 'named', more, required), writes, called: 'list' };
}
