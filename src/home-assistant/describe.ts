import { describeState } from './describe-state.js';
import type { Area, Entity, House } from './house-shape.js';
import { quoted } from './prompt-text.js';

interface Budget {
  /** Characters of `things`; about three to a token. Default 12,000. */
  readonly things?: number;
  /** Characters of `states`. Default 8,000. */
  readonly states?: number;
}

/** What can be told to do something; then what is asked about; the rest. */
const RANKS: readonly ReadonlySet<string>[] = [
  new Set([
    ...['light', 'switch', 'cover', 'climate', 'fan', 'media_player', 'lock', 'scene', 'script', 'vacuum', 'todo'],
    ...['humidifier', 'lawn_mower', 'alarm_control_panel', 'water_heater', 'valve', 'siren', 'timer'],
    ...['input_boolean', 'input_number', 'input_select', 'number', 'select', 'button', 'input_button'],
  ]),
  new Set(['sensor', 'binary_sensor', 'weather', 'person', 'calendar', 'sun']),
];
const rankOf = ({ domain }: Entity): number => {
  const rank = RANKS.findIndex((domains) => domains.has(domain));
  return rank < 0 ? RANKS.length : rank;
};

const LONGEST_NAME = 60;
const MOST_OTHER_NAMES = 3;
/** Kept for the line that counts what is left out. */
const FOR_THE_REST = 200;

/**
 * The house for a language model: `things` changes only when somebody renames or moves something, `states` at any time;
 * a line for each entity, in the order of `House.entities`. Names and states are other people's text: quoted, bounded,
 * on one line.
 *
 * Where not all fit, things that can be controlled go before things that can be read, and every area gets its first one
 * before any gets its second; what is left out is counted by kind. So one more entity in the house moves few lines.
 */
export const describeHouse = (
  house: House,
  { things: thingsBudget = 12_000, states: statesBudget = 8_000 }: Budget = {},
): { readonly things: string; readonly states: string } => {
  const chosen = choose(house.entities, thingsBudget - FOR_THE_REST);

  const things: string[] = [];
  let place: Area | undefined | null = null;
  for (const entity of house.entities) {
    const line = chosen.get(entity);
    if (line === undefined) continue;
    if (entity.area !== place) things.push(placeLine(entity.area));
    place = entity.area;
    things.push(line);
  }
  const rest = house.entities.filter((entity) => !chosen.has(entity));
  if (rest.length > 0) things.push(restLine(rest).slice(0, FOR_THE_REST - 1));

  const states: string[] = [];
  let size = 0;
  for (const entity of house.entities) {
    if (!chosen.has(entity)) continue;
    const line = `${entity.id}: ${describeState(entity)}`;
    size += line.length + 1;
    if (size > statesBudget) break;
    states.push(line);
  }
  return { things: things.join('\n'), states: states.join('\n') };
};

/** The entities to tell of, with their lines. */
const choose = (entities: readonly Entity[], budget: number): ReadonlyMap<Entity, string> => {
  const counts = new Map<string, number>();
  const turns = entities.map((entity) => {
    const rank = rankOf(entity);
    const key = `${rank} ${entity.area?.id ?? ''}`;
    const turn = counts.get(key) ?? 0;
    counts.set(key, turn + 1);
    return { entity, rank, turn };
  });
  // The sort is stable: among equals the order of the house counts.
  turns.sort((a, b) => a.rank - b.rank || a.turn - b.turn);
  const chosen = new Map<Entity, string>();
  const places = new Set<Area | undefined>();
  let size = 0;
  for (const { entity } of turns) {
    const line = thingLine(entity);
    size += line.length + 1;
    if (!places.has(entity.area)) size += placeLine(entity.area).length + 1;
    if (size > budget) break;
    places.add(entity.area);
    chosen.set(entity, line);
  }
  return chosen;
};

const withOthers = (name: string, names: readonly string[]): string => {
  const others = names.filter((other) => other !== name).slice(0, MOST_OTHER_NAMES);
  const also = others.length > 0 ? ` or ${others.map((other) => quoted(other, LONGEST_NAME)).join(' or ')}` : '';
  return `${quoted(name, LONGEST_NAME)}${also}`;
};

const placeLine = (area: Area | undefined): string => {
  if (!area) return 'Without an area:';
  const floor = area.floor ? `, floor ${withOthers(area.floor.name, area.floor.aliases)}` : '';
  return `Area ${withOthers(area.name, area.aliases)}${floor}:`;
};

const thingLine = ({ id, name, names, deviceClass }: Entity): string => {
  const kind = deviceClass && /^\w+$/.test(deviceClass) && !id.includes(deviceClass) ? ` (${deviceClass})` : '';
  return `${id} ${withOthers(name, names)}${kind}`;
};

const restLine = (rest: readonly Entity[]): string => {
  const counts = new Map<string, number>();
  for (const { domain } of rest) counts.set(domain, (counts.get(domain) ?? 0) + 1);
  const kinds = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, 8);
  return `${rest.length} more are not listed: ${kinds.map(([domain, count]) => `${count} ${domain}`).join(', ')}.`;
};
