import type { EntityState } from './house.js';
import { spokenNumber } from './numbers.js';

/** "a", "a and b", "a, b and c". */
export const spokenList = (items: readonly string[]): string =>
  [items.slice(0, -1).join(', '), items.at(-1) ?? ''].filter(Boolean).join(' and ');

/** "the lamp and the fan". */
export const withArticles = (names: readonly string[]): string => spokenList(names.map((name) => `the ${name}`));

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const percent = (value: number): string => `${spokenNumber(value)} percent`;
export const degrees = (value: number): string =>
  `${spokenNumber(value)} ${Math.abs(value) === 1 ? 'degree' : 'degrees'}`;

const UNITS = [
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;

/** "one hour and thirty minutes"; less than a second is "no time". */
export function spokenDuration(seconds: number): string {
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [size, name] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${spokenNumber(count)} ${name}${count === 1 ? '' : 's'}`);
  }
  return parts.length === 0 ? 'no time' : spokenList(parts);
}

/** A name that takes "are": "the curtains". */
export const isPlural = (name: string): boolean => /[^s]s$/.test(name) && name !== 'christmas';

/** A state as one word, then what is worth knowing: "on, 40 %, red". */
export function describe({ state, attributes }: EntityState): string {
  const { brightness, color, position, percentage, temperature, volume, muted, track } = attributes;
  const parts: unknown[] = [state];
  if (state === 'on' && brightness !== undefined) parts.push(`${brightness} %`);
  if (state === 'on' && color !== undefined) parts.push(color);
  if (state === 'on' && percentage !== undefined) parts.push(`${percentage} %`);
  if (state === 'open' && position !== undefined && position !== 100) parts.push(`${position} %`);
  if (state === 'heat' && temperature !== undefined) parts.push(`${temperature} °C`);
  if (state !== 'off' && volume !== undefined) parts.push(muted === true ? 'muted' : `volume ${volume} %`);
  if (state === 'playing' && track !== undefined) parts.push(`track ${track}`);
  return parts.join(', ');
}
