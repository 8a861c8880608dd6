import { z } from 'zod';
import type { Machine } from './machine.js';
import { optionsSchema } from './schema.js';

/** One option, as help, documents and reports need it. */
export interface OptionDescription {
  /** `wake.threshold`. */
  readonly name: string;
  readonly description: string;
  readonly kind: 'number' | 'boolean' | 'string' | 'list';
  /** What may stand there, in words: "a number from 0 to 1". */
  readonly expected: string;
  /** In words; "none" where there is none. */
  readonly default: string;
  readonly unit?: string;
  /** `EVIL_ASSISTANT_WAKE_THRESHOLD`. */
  readonly variable: string;
  readonly secret: boolean;
}

interface Json {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly unit?: string;
  readonly default_text?: string;
  readonly expected_text?: string;
  readonly secret?: boolean;
}

export const VARIABLE_PREFIX = 'EVIL_ASSISTANT_';

/** Names that are secret wherever they appear. */
export const isSecret = (optionName: string): boolean =>
  /token|password|secret|credential|(^|[._])key$/i.test(optionName);

/** Every option in the order of the schema. Says the same on every machine. */
export const describeOptions = (): readonly OptionDescription[] => {
  const nowhere: Machine = { cores: 2, home: '~', folder: '.', environment: {}, addOnOptions: '', addOn: false };
  const root = z.toJSONSchema(optionsSchema(nowhere), { io: 'input' }) as Json;
  return Object.entries(root.properties ?? {}).flatMap(([key, json]) =>
    json.properties
      ? Object.entries(json.properties).map(([inner, leaf]) => describe(`${key}.${inner}`, leaf))
      : [describe(key, json)],
  );
};

const describe = (name: string, json: Json): OptionDescription => ({
  name,
  description: json.description ?? '',
  kind: kindOf(json),
  expected: expectedOf(json),
  default: json.default_text ?? (json.default === undefined ? 'none' : String(json.default)),
  ...(json.unit ? { unit: json.unit } : {}),
  variable: VARIABLE_PREFIX + name.replace('.', '_').toUpperCase(),
  secret: json.secret === true || isSecret(name),
});

const kindOf = (json: Json): OptionDescription['kind'] => {
  if (json.type === 'array') return 'list';
  if (json.type === 'boolean') return 'boolean';
  return json.type === 'number' || json.type === 'integer' ? 'number' : 'string';
};

const expectedOf = (json: Json): string => {
  if (json.expected_text) return json.expected_text;
  if (json.enum) return json.enum.length === 1 ? json.enum[0]! : `one of ${json.enum.join(', ')}`;
  const unit = json.unit ? ` (${json.unit})` : '';
  const range = `from ${json.minimum} to ${json.maximum}${unit}`;
  switch (json.type) {
    case 'number':
      return `a number ${range}`;
    case 'integer':
      return `a whole number ${range}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list of ${json.minItems ?? 0} to ${json.maxItems}`;
    default:
      if (json.pattern) return 'a name';
      return json.minLength ? 'text that is not empty' : 'text';
  }
};

/** The options as lines of help, `width` characters at most where the words allow it. */
export const formatOptions = (descriptions: readonly OptionDescription[] = describeOptions()): string => {
  const left = descriptions.map(({ name, unit }) => (unit ? `${name} (${unit})` : name));
  const width = Math.max(...left.map((entry) => entry.length));
  return descriptions
    .map(({ description, default: fallback }, i) => `  ${left[i]!.padEnd(width)}  ${description} [${fallback}]`)
    .join('\n');
};
