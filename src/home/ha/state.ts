/** States of Home Assistant's entities in words: what they are, and whether two of them are the same to somebody who looks. */
import { describe } from '../speech.js';

/** A state as Core gives it. */
export interface CoreState {
  readonly state: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export const domainOf = (entity: string): string => entity.slice(0, entity.indexOf('.'));

export const numberIn = ({ attributes }: CoreState, key: string): number | undefined => {
  const value = attributes[key];
  return typeof value === 'number' ? value : undefined;
};

/** Core gives brightness as 0…255. */
export const brightnessOf = (state: CoreState): number | undefined => {
  const value = numberIn(state, 'brightness');
  return value === undefined ? undefined : Math.round((value * 100) / 255);
};

/** Core gives the volume as 0…1. */
export const volumeOf = (state: CoreState): number | undefined => {
  const value = numberIn(state, 'volume_level');
  return value === undefined ? undefined : Math.round(value * 100);
};

export const isUnavailable = (state: CoreState | undefined): boolean =>
  state === undefined || state.state === 'unavailable';

/** A state and what is worth knowing of it, "on, 40 %": equal for states that differ in nothing that a command can set. */
export function describeState(domain: string, state: CoreState): string {
  const { attributes } = state;
  const plain: Record<string, string | number | boolean> = {};
  const put = (key: string, value: unknown): void => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') plain[key] = value;
  };
  if (domain === 'light') {
    put('brightness', brightnessOf(state));
    put('color', colourOf(state));
  }
  if (domain === 'cover' || domain === 'valve') put('position', attributes.current_position);
  if (domain === 'fan') put('percentage', attributes.percentage);
  if (domain === 'media_player') {
    put('volume', volumeOf(state));
    put('muted', attributes.is_volume_muted);
    put('track', attributes.media_title);
  }
  const words = describe({ state: state.state, attributes: plain });
  const more = (MORE[domain] ?? []).flatMap((key) => (attributes[key] == null ? [] : [String(attributes[key])]));
  return [words, ...more].join(', ');
}

/** What else a command can set. */
const MORE: Readonly<Record<string, readonly string[]>> = {
  climate: ['temperature', 'target_temp_low', 'target_temp_high', 'fan_mode'],
  water_heater: ['temperature'],
  humidifier: ['humidity', 'mode'],
};

/** Only for a light that shows a colour, since every mode is translated into every other. */
function colourOf({ attributes }: CoreState): string | undefined {
  const { color_mode: mode, hs_color: hs, color_temp_kelvin: kelvin } = attributes;
  if (mode === 'color_temp') return typeof kelvin === 'number' ? `${kelvin} K` : undefined;
  if (!Array.isArray(hs) || mode === 'onoff' || mode === 'brightness' || mode == null) return undefined;
  return `hue ${Math.round(Number(hs[0]))} at ${Math.round(Number(hs[1]))} %`;
}
