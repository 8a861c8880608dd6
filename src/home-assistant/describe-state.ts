import type { Entity } from './house-shape.js';
import { quoted } from './prompt-text.js';

const LONGEST_STATE = 40;
const LONGEST_TITLE = 60;

/** The state of an entity with what people ask about: `on, 60%`, `heat, set to 20 °C, is 25 °C`. */
export const describeState = (entity: Entity): string => {
  const { attributes: a, domain, state } = entity;
  const number = (name: string): number | undefined => (typeof a[name] === 'number' ? (a[name] as number) : undefined);
  const told = (value: number | undefined, form: (value: number) => string): string[] =>
    value === undefined ? [] : [form(value)];
  const details = (): string[] => {
    switch (domain) {
      case 'light':
        return told(number('brightness'), (value) => `${Math.round(value / 2.55)}%`);
      case 'cover':
      case 'valve':
        return told(number('current_position'), (value) => `${value}% open`);
      case 'fan':
        return told(number('percentage'), (value) => `${value}%`);
      case 'climate':
      case 'water_heater': {
        const unit = typeof a.temperature_unit === 'string' ? ` ${bare(a.temperature_unit)}` : '';
        return [
          ...told(number('temperature'), (value) => `set to ${value}${unit}`),
          ...told(number('current_temperature'), (value) => `is ${value}${unit}`),
        ];
      }
      case 'humidifier':
        return [
          ...told(number('humidity'), (value) => `set to ${value}%`),
          ...told(number('current_humidity'), (value) => `is ${value}%`),
        ];
      case 'media_player':
        return [
          ...told(number('volume_level'), (value) => `volume ${Math.round(value * 100)}%`),
          ...(typeof a.media_title === 'string' && a.media_title !== '' ? [quoted(a.media_title, LONGEST_TITLE)] : []),
        ];
      case 'weather':
        return told(
          number('temperature'),
          (value) => `${value}${typeof a.temperature_unit === 'string' ? ` ${bare(a.temperature_unit)}` : ''}`,
        );
      default:
        return [];
    }
  };
  const unit = typeof a.unit_of_measurement === 'string' ? ` ${bare(a.unit_of_measurement)}` : '';
  return [`${bare(state)}${unit}`, ...details()].join(', ');
};

/** A word or a number as it is; anything longer is somebody's text, and quoted. */
const bare = (text: string): string =>
  /^[\p{L}\p{N}_.:+%°²³/µ-]{1,40}$/u.test(text) ? text : quoted(text, LONGEST_STATE);
