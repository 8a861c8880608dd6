import { plain } from './plain.js';

/**
 * Attributes that say what a thing can do or how it stands. All others stay out: among them are pictures' addresses with
 * their access tokens, and lists of thousands of stations.
 */
const KEPT_ATTRIBUTES: ReadonlySet<string> = new Set([
  ...['friendly_name', 'device_class', 'supported_features', 'unit_of_measurement', 'assumed_state'],
  ...['brightness', 'color_mode', 'supported_color_modes', 'hs_color', 'rgb_color', 'color_temp_kelvin'],
  ...['min_color_temp_kelvin', 'max_color_temp_kelvin', 'effect', 'effect_list', 'entity_id'],
  ...['current_position', 'current_tilt_position', 'is_closed', 'percentage', 'percentage_step'],
  ...['preset_mode', 'preset_modes', 'oscillating', 'direction'],
  ...['temperature', 'current_temperature', 'target_temp_high', 'target_temp_low', 'target_temp_step', 'min_temp'],
  ...['max_temp', 'temperature_unit', 'hvac_action', 'hvac_modes', 'fan_mode', 'fan_modes', 'humidity'],
  ...['current_humidity', 'min_humidity', 'max_humidity', 'mode', 'available_modes'],
  ...['volume_level', 'is_volume_muted', 'media_title', 'media_artist', 'source', 'source_list', 'shuffle', 'repeat'],
  ...['battery_level', 'fan_speed', 'fan_speed_list', 'code_format', 'changed_by', 'min', 'max', 'step', 'options'],
  ...[
    'temperature_unit',
    'wind_speed',
    'next_dawn',
    'next_rising',
    'next_setting',
    'duration',
    'remaining',
    'finishes_at',
  ],
]);

const LONGEST_TEXT = 200;
const MOST_ITEMS = 50;

/** State and attributes of an entity. */
export interface EntityState {
  readonly state: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** An event of `subscribe_entities`: added or all, changed, removed. Keys as in Core's compressed form. */
export interface EntitiesEvent {
  readonly a?: Readonly<Record<string, CompressedState>>;
  readonly c?: Readonly<
    Record<string, { readonly '+'?: Partial<CompressedState>; readonly '-'?: { readonly a?: readonly string[] } }>
  >;
  readonly r?: readonly string[];
}
interface CompressedState {
  readonly s: string;
  readonly a: Readonly<Record<string, unknown>>;
}

/** Brings `states` up to date and gives the ids that are different now. */
export const applyEvent = (states: Map<string, EntityState>, event: EntitiesEvent): Set<string> => {
  const touched = new Set<string>();
  for (const [id, { s, a }] of Object.entries(event.a ?? {})) {
    states.set(id, { state: readState(s), attributes: readAttributes(a ?? {}) });
    touched.add(id);
  }
  for (const [id, change] of Object.entries(event.c ?? {})) {
    const before = states.get(id);
    if (!before) continue;
    const plus = change['+'];
    let { state, attributes } = before;
    if (plus?.s !== undefined) state = readState(plus.s);
    const gone = change['-']?.a?.filter((name) => name in attributes) ?? [];
    const come = plus?.a ? readAttributes(plus.a) : {};
    if (gone.length > 0 || Object.keys(come).length > 0) {
      const next = { ...attributes, ...come };
      for (const name of gone) delete next[name];
      attributes = next;
    }
    if (state === before.state && attributes === before.attributes) continue;
    states.set(id, { state, attributes });
    touched.add(id);
  }
  for (const id of event.r ?? []) if (states.delete(id)) touched.add(id);
  return touched;
};

const readState = (state: unknown): string => plain(String(state), 255);

const readAttributes = (attributes: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (!KEPT_ATTRIBUTES.has(name)) continue;
    const read = readValue(value);
    if (read !== undefined) kept[name] = read;
  }
  return kept;
};

const readValue = (value: unknown): unknown => {
  if (typeof value === 'string') return plain(value, LONGEST_TEXT);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (!Array.isArray(value)) return undefined;
  return value.slice(0, MOST_ITEMS).flatMap((item) => (Array.isArray(item) ? [] : (readValue(item) ?? [])));
};
