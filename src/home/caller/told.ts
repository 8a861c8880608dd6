import type { Reading } from '../matcher.js';
import { degrees, percent, spokenDuration } from '../speech.js';

/** A thing, or all things of a kind in a place. */
export interface Target {
  readonly name?: string;
  readonly area?: string;
  readonly floor?: string;
  /** Home Assistant's, never without a name or a place. */
  readonly domain?: string | readonly string[];
  readonly device_class?: string | readonly string[];
}

/** What a sentence tells Home Assistant to do. */
export interface Told {
  readonly intent: string;
  /** What is done to it, as the grammar says. */
  readonly deed: string;
  /** One intent each; a single one without any fields where nothing is named. */
  readonly targets: readonly Target[];
  /** Slots that all of these intents share. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What was set, in words. */
  readonly value?: string;
  /** The state that was asked about. */
  readonly state?: string;
}

/** Kelvin. Home Assistant's colours are CSS's, which know no warmth. */
const WARMTH: Readonly<Record<string, number>> = { 'warm white': 2700, 'cold white': 6500 };
/** Slots that are a share of something, 0…100. */
const SHARES = new Set(['brightness', 'position', 'percentage', 'volume_level']);
const PLACES = ['area', 'floor'] as const;

/** What a reading of `homes/caller.en.yaml` tells; undefined where no such value can be. */
export function toldBy({ fixed, captures }: Reading): Told | undefined {
  const deed = String(fixed.do);
  const targets: Target[] = [];
  const own: Record<string, unknown> = {};
  const values: Record<string, unknown> = {};
  let value: string | undefined;
  let state: string | undefined;

  for (const { as, value: said } of captures) {
    if (as === 'targets' || as === 'lights' || as === 'covers') {
      targets.push(...(said as Reading).captures.map((one) => targetOf(one.value as Reading)));
    } else if (as === 'target') targets.push(targetOf(said as Reading));
    else if (as === 'timer') Object.assign(values, timerOf(said as Reading));
    else if (as === 'duration') {
      const parts = lengthOf(said as Reading);
      if (!parts) return undefined;
      Object.assign(values, parts);
      value = spokenLength(parts);
    } else if (SHARES.has(as)) {
      const share = shareOf(said as Reading);
      if (share === undefined) return undefined;
      values[as] = share;
      value = percent(share);
    } else if (as === 'temperature' || as === 'degrees') {
      const warmth = typeof said === 'number' ? said : ((said as Reading).captures[0]?.value as number);
      values.temperature = warmth;
      value = degrees(warmth);
    } else if (as === 'colour') {
      const kelvin = WARMTH[said as string];
      if (kelvin === undefined) values.color = said;
      else values.temperature = kelvin;
      value = said as string;
    } else if (as === 'state') state = said as string;
    else if (as === 'item' || as === 'message') values[as] = said;
    else own[as] = as === 'domain' || as === 'device_class' ? listed(said as string) : said;
  }
  if (fixed.volume_step !== undefined) values.volume_step = fixed.volume_step;
  const all = targets.length > 0 ? targets.map((one) => ({ ...one, ...own })) : [own as Target];
  const domain = fixed.domain === undefined ? {} : { domain: String(fixed.domain) };
  return {
    // "Open the blinds halfway."
    ...(values.position === undefined
      ? { intent: String(fixed.intent), deed }
      : { intent: 'HassSetPosition', deed: 'position' }),
    targets: all.map((one) => ({ ...one, ...domain })),
    values,
    ...(value !== undefined && { value }),
    ...(state !== undefined && { state }),
  };
}

const listed = (text: string): string | readonly string[] => (text.includes(' ') ? text.split(' ') : text);

function targetOf({ captures }: Reading): Target {
  const target: Record<string, unknown> = {};
  for (const { as, value } of captures) {
    target[as] = as === 'domain' || as === 'device_class' ? listed(value as string) : value;
  }
  return target;
}

/** 0…100; undefined for more than there is. */
function shareOf({ fixed, captures }: Reading): number | undefined {
  const share = typeof fixed.percent === 'number' ? fixed.percent : Math.round(captures[0]?.value as number);
  return share <= 100 ? share : undefined;
}

type Length = Partial<Record<'hours' | 'minutes' | 'seconds', number>>;

/** A length as it was said, for that is how Home Assistant tells timers apart: "ninety minutes" is no "hour and a half". */
function lengthOf({ fixed, captures }: Reading): Length | undefined {
  const parts: Length = {};
  for (const unit of ['hours', 'minutes', 'seconds'] as const) {
    const said = captures.find(({ as }) => as === unit)?.value as number | undefined;
    const known = fixed[unit];
    const count = (said ?? 0) + (typeof known === 'number' ? known : 0);
    if (said !== undefined || known !== undefined) parts[unit] = count;
  }
  const { hours = 0, minutes = 0, seconds = 0 } = parts;
  if ([hours, minutes, seconds].every(Number.isInteger)) return hours + minutes + seconds > 0 ? parts : undefined;
  const total = Math.round(hours * 3600 + minutes * 60 + seconds);
  const split = { hours: Math.floor(total / 3600), minutes: Math.floor((total % 3600) / 60), seconds: total % 60 };
  return Object.fromEntries(Object.entries(split).filter(([, count]) => count > 0));
}

const spokenLength = ({ hours = 0, minutes = 0, seconds = 0 }: Length): string =>
  spokenDuration(hours * 3600 + minutes * 60 + seconds);

function timerOf({ captures }: Reading): Record<string, unknown> {
  const [which] = captures;
  if (which === undefined) return {};
  if (which.as !== 'start') return { [which.as]: which.value };
  const length = lengthOf(which.value as Reading) ?? {};
  return Object.fromEntries(Object.entries(length).map(([unit, count]) => [`start_${unit}`, count]));
}

/** Whether it is told where or what: a domain alone would be the whole house. */
export const isPlaced = (target: Target): boolean =>
  target.name !== undefined || PLACES.some((place) => target[place] !== undefined);
