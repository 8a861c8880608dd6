/** Values for the slots of the persona's lines: names and amounts as they are said. */
import type { House } from '../../home-assistant/house.js';
import { spokenNumber } from '../numbers.js';
import { degrees, percent, spokenDuration, withArticles } from '../speech.js';
import type { Meaning } from './meaning.js';
import { isEnglish } from './reasons.js';

type Spoken = Pick<Meaning, 'context' | 'intent' | 'slots' | 'texts' | 'targets'>;

/** The longest list that anyone listens to. */
const MOST_NAMES = 4;
const KINDS: Readonly<Record<string, string>> = {
  light: 'lights',
  switch: 'switches',
  fan: 'fans',
  lock: 'locks',
  media_player: 'speakers',
  blind: 'blinds',
  curtain: 'curtains',
  shutter: 'shutters',
  shade: 'shades',
  window: 'windows',
  garage: 'garage doors',
};

/** Of the things `fine` that are as the command wants them. */
export function slotsFor(meaning: Spoken, fine: readonly string[], house: House): Record<string, string> {
  if (fine.length === 0) return {};
  const { texts, context, targets } = meaning;
  const names = fine.map((id) => house.entity(id)?.name ?? id);
  const name = fine.length === 1 ? (texts.name ?? names[0]!) : undefined;
  const group = fine.length === targets.length ? groupOf(meaning) : undefined;
  const list = !isEnglish(context.language)
    ? names.join(', ')
    : names.length > MOST_NAMES
      ? `${spokenNumber(names.length)} devices`
      : withArticles(name === undefined ? names : [name]);
  const value = spokenValue(meaning);
  return {
    ...(name === undefined ? {} : { name }),
    names: group ?? list,
    ...(texts.area === undefined ? {} : { area: texts.area }),
    ...(value === undefined ? {} : { value }),
  };
}

/** "the kitchen lights", "all lights". */
function groupOf({ context, texts, slots, targets }: Spoken): string | undefined {
  if (!isEnglish(context.language) || slots.name !== undefined || targets.length < 2) return undefined;
  const kind = KINDS[String(slots.device_class ?? slots.domain)];
  if (kind === undefined) return undefined;
  const { area } = texts;
  return area === undefined ? (texts.floor === undefined ? `all ${kind}` : undefined) : `the ${area} ${kind}`;
}

const VALUES: Readonly<Record<string, readonly [slot: string, unit: 'percent' | 'degrees']>> = {
  HassSetPosition: ['position', 'percent'],
  HassFanSetSpeed: ['percentage', 'percent'],
  HassSetVolume: ['volume_level', 'percent'],
  HassClimateSetTemperature: ['temperature', 'degrees'],
  HassHumidifierSetpoint: ['humidity', 'percent'],
};

function spokenValue({ context, intent, slots, texts }: Spoken): string | undefined {
  const amount = (value: unknown, unit: 'percent' | 'degrees'): string | undefined => {
    if (typeof value !== 'number') return undefined;
    if (isEnglish(context.language)) return unit === 'percent' ? percent(value) : degrees(value);
    return `${value} ${unit === 'percent' ? '%' : '°'}`;
  };
  if (intent === 'HassLightSet') return amount(slots.brightness, 'percent') ?? texts.color;
  const known = VALUES[intent];
  return known && amount(slots[known[0]], known[1]);
}

/** The length of a timer that was asked for, in English; undefined where that cannot be told. */
export function durationOf({ slots }: Pick<Meaning, 'slots'>): string | undefined {
  const part = (slot: string, size: number): number => {
    const value = slots[slot];
    return typeof value === 'number' ? value * size : 0;
  };
  const seconds = part('hours', 3600) + part('minutes', 60) + part('seconds', 1);
  return seconds > 0 ? spokenDuration(seconds) : undefined;
}
