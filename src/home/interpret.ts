import type { Risk } from '../stages.js';
import { type Deed, intentFor, isDeed, isSafe } from './abilities.js';
import type { Action } from './actions.js';
import type { Entity, House } from './house.js';
import type { Reading } from './matcher.js';
import type { Meaning, Question, TimerDeed } from './meaning.js';
import { ableTo, isOfKind, kindName, resolveTargets, type Targets } from './targets.js';

/** From how many things on a command is `wide` though they are in one room. */
const MANY = 5;

const value = (reading: Reading, as: string): unknown => reading.captures.find((capture) => capture.as === as)?.value;

/** What a reading means in a house, for somebody who speaks in the area `here`; undefined where it makes no sense. */
export function interpret(reading: Reading, house: House, here: string | undefined): Meaning | undefined {
  const { fixed } = reading;
  const intent = String(fixed.intent);
  const todo = String(fixed.do);
  if (todo === 'undo') return { kind: 'undo', intent };
  if (todo.startsWith('timer_')) {
    const duration = value(reading, 'duration') as Reading | undefined;
    const seconds = duration ? secondsOf(duration) : 0;
    return { kind: 'timer', intent, deed: todo.slice('timer_'.length) as TimerDeed, seconds };
  }
  if (todo.startsWith('ask_')) return ask(todo.slice('ask_'.length), intent, reading, house, here);
  return change(todo, intent, reading, house, here);
}

const secondsOf = ({ fixed, captures }: Reading): number => {
  const sizes: Readonly<Record<string, number>> = { hours: 3600, minutes: 60, seconds_more: 1 };
  const fixedSeconds = typeof fixed.seconds === 'number' ? fixed.seconds : 0;
  return captures.reduce((sum, { as, value: count }) => sum + (sizes[as] ?? 0) * (count as number), fixedSeconds);
};

/** A number as it was said; `plain` has no unit. */
interface Amount {
  readonly value: number;
  readonly unit: 'percent' | 'degrees' | 'plain';
}

/** The value of an amount, a percentage or a temperature. */
function amountOf(captured: unknown): Amount | undefined {
  if (typeof captured === 'number') return { value: captured, unit: 'degrees' };
  if (captured === undefined) return undefined;
  const { fixed, captures } = captured as Reading;
  if (typeof fixed.percent === 'number') return { value: fixed.percent, unit: 'percent' };
  const [first] = captures;
  return first && { value: first.value as number, unit: first.as as Amount['unit'] };
}

function change(
  todo: string,
  intent: string,
  reading: Reading,
  house: House,
  here: string | undefined,
): Meaning | undefined {
  const { fixed } = reading;
  const amount = amountOf(value(reading, 'amount') ?? value(reading, 'degrees') ?? value(reading, 'step'));
  const by = fixed.by === 1 || fixed.by === -1 ? fixed.by : undefined;
  const colour = value(reading, 'colour') as string | undefined;

  // "turn on the lamp at forty percent", "open the blind halfway".
  const asLevel = amount !== undefined && ['on', 'open', 'close'].includes(todo);
  const named = NAMED[todo];
  const deed: unknown = asLevel ? 'level' : todo === 'on' && colour ? 'colour' : (named?.deed ?? todo);
  if (!isDeed(deed)) return undefined;
  const targets = targetsOf(reading, deed, named?.domain, house, here);
  if (targets === undefined) return undefined;
  if ('kind' in targets) return { ...targets, intent };

  const domains = new Set([...targets.entities, ...(targets.unclear?.candidates ?? [])].map(({ domain }) => domain));
  const [domain = 'light'] = domains;
  // One value does not fit a lamp and a thermostat.
  if ((deed === 'level' || deed === 'step') && domains.size > 1) return undefined;
  if ((deed === 'level' || amount !== undefined) && !fits(amount, domain)) return undefined;
  const action: Action = {
    deed,
    ...(amount ? { amount: amount.value } : {}),
    ...(by ? { by } : {}),
    ...(colour ? { colour } : {}),
  };
  const known = named ? intent : (intentFor(deed, domain) ?? intent);
  const changing = (of: Targets): Meaning => ({
    kind: 'change',
    intent: known,
    action,
    entities: of.entities.map(({ id }) => id),
    ...(of.group ? { group: of.group } : {}),
    ...(of.area ? { area: of.area } : {}),
    risk: risk(of, deed),
  });
  return targets.unclear ? cannot(known, targets, house, changing) : changing(targets);
}

/** A name that several things share, with what each of them would be told; the rest of a list waits for the answer too. */
function cannot(
  intent: string,
  { entities, unclear }: Targets,
  house: House,
  meaningOf: (targets: Targets) => Meaning,
): Meaning {
  const { candidates = [], name, reason } = unclear!;
  const rooms = new Set(candidates.map(({ area }) => area));
  if (entities.length > 0 || rooms.size < candidates.length) return { kind: 'cannot', intent, name, reason };
  const choices = candidates.map((entity) => ({
    name: house.areas.get(entity.area)!.name,
    meaning: meaningOf({ entities: [entity], sweeping: false }),
  }));
  return { kind: 'cannot', intent, name, reason, choices };
}

/** Deeds that name what they are about: "set the temperature", "louder". */
const NAMED: Readonly<Record<string, { readonly deed: Deed; readonly domain: string }>> = {
  temperature: { deed: 'level', domain: 'climate' },
  temperature_step: { deed: 'step', domain: 'climate' },
  volume: { deed: 'level', domain: 'media_player' },
  volume_step: { deed: 'step', domain: 'media_player' },
  play: { deed: 'play', domain: 'media_player' },
  pause: { deed: 'pause', domain: 'media_player' },
  next: { deed: 'next', domain: 'media_player' },
  previous: { deed: 'previous', domain: 'media_player' },
  mute: { deed: 'mute', domain: 'media_player' },
  unmute: { deed: 'unmute', domain: 'media_player' },
};

const fits = (amount: Amount | undefined, domain: string): boolean =>
  amount !== undefined && (domain === 'climate' ? amount.unit !== 'percent' : amount.unit !== 'degrees');

function risk(targets: Targets, deed: Deed): Risk {
  const { entities, sweeping } = targets;
  if (!isSafe(deed) && entities.some(({ guarded }) => guarded)) return 'guarded';
  const rooms = new Set(entities.map(({ area }) => area));
  return sweeping || rooms.size > 1 || entities.length >= MANY ? 'wide' : 'harmless';
}

/** The things a command is about, named or not. */
function targetsOf(
  reading: Reading,
  deed: Deed,
  domain: string | undefined,
  house: House,
  here: string | undefined,
): Targets | Omit<Extract<Meaning, { kind: 'cannot' }>, 'intent'> | undefined {
  const usable = ableTo(deed, reading.fixed.only ?? domain);
  const area = value(reading, 'area') as string | undefined;
  const list = value(reading, 'targets') as Reading | undefined;
  const group = value(reading, 'group') as Reading | undefined;
  if (list || group) {
    const each = list ? list.captures.map((capture) => capture.value as Reading) : [group!];
    return resolveTargets(each, usable, house, here, area);
  }
  const of = domain ?? (reading.fixed.of as string | undefined);
  if (of === undefined) return undefined;
  const all = [...house.entities.values()].filter((entity) => entity.domain === of && !entity.guarded);
  if (of === 'light') {
    const lights = all.filter((entity) => entity.area === here);
    if (lights.length === 0) return undefined;
    const room = house.areas.get(here!)!.name;
    return { entities: lights, sweeping: false, area: room, group: `the ${room} lights` };
  }
  const entity = implied(all, area, here);
  if (entity) return { entities: [entity], sweeping: false };
  const room = area === undefined ? undefined : house.areas.get(area)?.name;
  const what = of === 'climate' ? 'heating' : 'music';
  return { kind: 'cannot', name: room ? `${room} ${what}` : what, reason: 'there is none' };
}

/** The thing that is meant though it was not named: the one of the room, else the main one. */
function implied(all: readonly Entity[], area: string | undefined, here: string | undefined): Entity | undefined {
  const inRoom = (room: string | undefined): Entity | undefined => {
    const there = all.filter((entity) => entity.area === room);
    return there.length === 1 ? there[0] : there.find(({ main }) => main);
  };
  return area === undefined ? (inRoom(here) ?? all.find(({ main }) => main)) : inRoom(area);
}

function ask(
  about: string,
  intent: string,
  reading: Reading,
  house: House,
  here: string | undefined,
): Meaning | undefined {
  const area = value(reading, 'area') as string | undefined;
  const asked = (question: Question): Meaning => ({ kind: 'question', intent, question });
  const state = value(reading, 'state') as string | undefined;
  const list = value(reading, 'targets') as Reading | undefined;
  const each = list?.captures.map((capture) => capture.value as Reading);

  switch (about) {
    case 'time':
    case 'date':
      return asked({ about });
    case 'temperature':
    case 'humidity':
      return asked({ about, ...((area ?? here) ? { area: area ?? here! } : {}) });
    case 'volume':
    case 'playing': {
      const players = [...house.entities.values()].filter(({ domain }) => domain === 'media_player');
      const player = implied(players, undefined, here);
      return player && asked({ about, entities: [player.id] });
    }
    case 'which': {
      const kind = value(reading, 'kind') as string | undefined;
      const entities = [...house.entities.values()].filter(
        (entity) =>
          (kind === undefined ? canBe(entity, state!) : isOfKind(entity, kind)) &&
          (area === undefined || entity.area === area),
      );
      return asked({
        about,
        entities: entities.map(({ id }) => id),
        state: state!,
        kind: kind === undefined ? 'thing' : kindName(kind),
        ...(area ? { area: house.areas.get(area)!.name } : {}),
      });
    }
    default: {
      const usable = (entity: Entity): boolean => (about === 'state' ? canBe(entity, state!) : true);
      const targets = each && resolveTargets(each, usable, house, here);
      if (!targets) return undefined;
      if (targets.unclear) {
        return cannot(intent, targets, house, ({ entities: [one] }) =>
          asked(
            about === 'level' ? { about, entities: [one!.id] } : { about: 'state', entities: [one!.id], state: state! },
          ),
        );
      }
      const entities = targets.entities.map(({ id }) => id);
      if (about === 'level') return asked({ about, entities });
      return asked({ about: 'state', entities, state: state!, ...(targets.group ? { group: targets.group } : {}) });
    }
  }
}

const STATES: Readonly<Record<string, readonly string[]>> = {
  on: ['light', 'switch', 'fan', 'media_player', 'climate'],
  off: ['light', 'switch', 'fan', 'media_player', 'climate'],
  open: ['cover', 'binary_sensor', 'lock'],
  closed: ['cover', 'binary_sensor', 'lock'],
  locked: ['lock'],
  unlocked: ['lock'],
  playing: ['media_player'],
  paused: ['media_player'],
  armed: ['alarm_control_panel'],
  disarmed: ['alarm_control_panel'],
};

const canBe = ({ domain }: Entity, state: string): boolean =>
  STATES[state]?.includes(domain) === true && !(domain === 'lock' && (state === 'open' || state === 'closed'));
