import type { JsonSchema } from '../stages.js';

/** Whether a value keeps to a schema. */
export type Fits = (value: unknown, schema: JsonSchema) => boolean;

/** Letters and digits of a name, so that `Kitchen Light ` and `kitchen_light` are the same. */
export const bareName = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSchema = (value: unknown): value is JsonSchema => isObject(value);

/**
 * A value as the schema wants it, where only its form was wrong; otherwise as it came. Follows the schema, so that it
 * goes no deeper than that does. Whether the result is right is for the check that follows.
 */
export const repair = (value: unknown, schema: JsonSchema, fits: Fits): unknown => {
  for (const key of ['anyOf', 'oneOf'] as const) {
    const branches = schema[key];
    if (Array.isArray(branches)) return byBranch(value, branches.filter(isSchema), fits);
  }
  const types = Array.isArray(schema.type) ? (schema.type as unknown[]) : [schema.type];
  if (types.length > 1) {
    const branches = types.map((type) => ({ ...schema, type }));
    return byBranch(value, branches, fits);
  }
  if (Array.isArray(schema.enum)) return choice(value, schema.enum);
  switch (types[0]) {
    case 'string':
      return typeof value === 'number' || typeof value === 'boolean' ? String(value) : trimmed(value);
    case 'number':
    case 'integer':
      return number(value);
    case 'boolean':
      return typeof value === 'string' ? ({ true: true, false: false }[value.trim().toLowerCase()] ?? value) : value;
    case 'array':
      return array(value, schema, fits);
    case 'object':
      return object(value, schema, fits);
    default:
      return value;
  }
};

const byBranch = (value: unknown, branches: readonly JsonSchema[], fits: Fits): unknown => {
  if (branches.some((branch) => fits(value, branch))) return value;
  for (const branch of branches) {
    const repaired = repair(value, branch, fits);
    if (fits(repaired, branch)) return repaired;
  }
  return value;
};

const trimmed = (value: unknown): unknown => (typeof value === 'string' ? value.trim() : value);

/** The one choice that is the same but for case, blanks and punctuation; a number only if it is that number. */
const choice = (value: unknown, choices: readonly unknown[]): unknown => {
  if (typeof value !== 'string' || choices.includes(value)) return value;
  const bare = bareName(value);
  const like = choices.filter((other) =>
    typeof other === 'number' ? number(value) === other : bare !== '' && bareName(String(other)) === bare,
  );
  return like.length === 1 ? like[0] : value;
};

/** `"22"`, `"50 %"`, `"21,5"`. */
const number = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  const [, digits] = /^\s*([+-]?\d+(?:[.,]\d+)?)\s*(?:%|°\s*[CF]?)?\s*$/.exec(value) ?? [];
  return digits === undefined ? value : Number(digits.replace(',', '.'));
};

const fromJson = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  const text = value.trim().replaceAll(/^```(?:json)?\s*|\s*```$/g, '');
  if (!/^[[{"]/.test(text)) return value;
  try {
    return JSON.parse(text);
  } catch {
    return value;
  }
};

const array = (value: unknown, { items }: JsonSchema, fits: Fits): unknown => {
  const list = fromJson(value);
  const each = (item: unknown) => (isSchema(items) ? repair(item, items, fits) : item);
  if (Array.isArray(list)) return list.map(each);
  return value === null || value === undefined ? value : [each(value)];
};

const object = (value: unknown, schema: JsonSchema, fits: Fits): unknown => {
  let given = fromJson(value);
  // A string in a string: some templates encode twice.
  given = fromJson(given);
  if (!isObject(given)) return given;
  const properties = isObject(schema.properties) ? schema.properties : {};
  const [[key, inner] = [], ...others] = Object.entries(given);
  if (
    others.length === 0 &&
    key !== undefined &&
    /^(arguments|parameters|args)$/.test(key) &&
    !Object.hasOwn(properties, key)
  ) {
    const unwrapped = fromJson(inner);
    if (isObject(unwrapped)) given = unwrapped;
  }
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const fixed = Object.entries(given as Record<string, unknown>).flatMap(([name, entry]): [string, unknown][] => {
    const property = propertyNamed(name, properties, given as Record<string, unknown>);
    const inside = Object.hasOwn(properties, property) ? properties[property] : undefined;
    if (!isSchema(inside)) return [[property, entry]];
    const repaired = repair(entry, inside, fits);
    // Models fill in what they were not asked for with nothing; that is the same as leaving it out.
    const blank = repaired === null || repaired === '';
    return blank && !required.includes(property) && !fits(repaired, inside) ? [] : [[property, repaired]];
  });
  return Object.fromEntries(fixed);
};

const propertyNamed = (
  name: string,
  properties: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>,
) => {
  if (Object.hasOwn(properties, name)) return name;
  const like = Object.keys(properties).filter((other) => bareName(other) === bareName(name));
  const [only] = like;
  return like.length === 1 && only !== undefined && !Object.hasOwn(given, only) ? only : name;
};
