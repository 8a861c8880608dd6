import { existsSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';
import { Fault } from '../faults.js';
import { describeOptions, isSecret, type OptionDescription } from './describe.js';
import { type Machine, optionFiles, thisMachine } from './machine.js';
import { nearest } from './nearest.js';
import { type Options, optionsSchema } from './schema.js';
import {
  environmentSource,
  fileSource,
  flagSource,
  type Given,
  recordSource,
  type Source,
  type Stray,
} from './sources.js';

export interface LoadOptions {
  /** The file that `--config` names; it must exist, and no other is read then. */
  readonly file?: string;
  /** `name=value` of every `--set`. */
  readonly set?: readonly string[];
  /** Options that have flags of their own, by name: `{ 'log.level': 'debug' }`. Count most. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly machine?: Machine;
}

export interface LoadedOptions {
  /** Frozen through and through. */
  readonly options: Options;
  /** The file that was read. */
  readonly file?: string;
  /** What looks like a mistake and does no harm, as sentences. */
  readonly warnings: readonly string[];
}

/**
 * The options from their sources; of two that name the same option the later counts: file (the add-on's, else
 * `evil-assistant.yaml` here or in ~/.config/evil-assistant), environment, `--set`, flags.
 * @throws Fault `usage` that names all that is wrong at once: option, value, what was expected, and where it stands.
 */
export const loadOptions = (request: LoadOptions = {}): LoadedOptions => {
  const machine = request.machine ?? thisMachine();
  const descriptions = describeOptions();
  const file = request.file ?? optionFiles(machine).find((candidate) => existsSync(candidate));
  const environment = environmentSource(machine.environment, descriptions);
  const sources: Source[] = [
    ...(file === undefined ? [] : [fileSource(file, descriptions)]),
    { given: environment.given, strays: [] },
    flagSource(request.set ?? [], descriptions),
    recordSource(request.flags ?? {}, descriptions),
  ];
  const given = new Map(sources.flatMap((source) => [...source.given]));
  const parsed = optionsSchema(machine).safeParse(tree(descriptions, given));
  const problems = [
    ...sources.flatMap((source) => source.strays.map((stray) => strayProblem(stray, descriptions))),
    ...(parsed.success ? [] : parsed.error.issues.map((issue) => valueProblem(issue, descriptions, given))),
  ];
  if (problems.length > 0 || !parsed.success) {
    const head = problems.length === 1 ? 'An option is wrong' : `${problems.length} options are wrong`;
    throw new Fault('usage', `${head}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`, {
      hint: 'All options and their meaning: evil-assistant options',
    });
  }
  return {
    options: deepFreeze(parsed.data),
    ...(file === undefined ? {} : { file }),
    // Other programs' variables may begin like ours, so these only get a word.
    warnings: environment.strays.map((stray) => strayProblem(stray, descriptions)),
  };
};

/** The nested shape that the schema wants, from options by name. */
const tree = (descriptions: readonly OptionDescription[], given: ReadonlyMap<string, Given>): unknown => {
  const root: Record<string, unknown> = {};
  for (const { name, kind } of descriptions) {
    const [first, second] = name.split('.') as [string, string | undefined];
    const value = given.has(name) ? coerce(kind, given.get(name)!.value) : undefined;
    if (second === undefined) {
      if (value !== undefined) root[first] = value;
      continue;
    }
    const group = (root[first] ?? {}) as Record<string, unknown>;
    root[first] = value === undefined ? group : { ...group, [second]: value };
  }
  return root;
};

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  false: false,
  no: false,
  off: false,
};

/** Text from the environment, a flag or between quotes as what the option is; left as it is where that fails. */
const coerce = (kind: OptionDescription['kind'], value: unknown): unknown => {
  // A number is what YAML makes of a name such as 1984.
  if (kind === 'string') return typeof value === 'number' ? String(value) : value;
  if (typeof value !== 'string') return value;
  switch (kind) {
    case 'number':
      return value.trim() === '' || Number.isNaN(Number(value)) ? value : Number(value);
    case 'boolean':
      return BOOLEANS[value.toLowerCase()] ?? value;
    case 'list':
      return listOf(value);
  }
};

const listOf = (value: string): unknown => {
  if (/^\s*[[{]/.test(value)) {
    try {
      const list: unknown = parse(value);
      return Array.isArray(list) ? list : [list];
    } catch {
      return value;
    }
  }
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
};

const strayProblem = (stray: Stray, descriptions: readonly OptionDescription[]): string => {
  const { name, where, problem } = stray;
  if (problem) return `${name} (${where}): ${problem}`;
  const inEnvironment = where === 'environment';
  const names = descriptions.map((option) => (inEnvironment ? option.variable : option.name));
  const meant = nearest(name, names);
  const kind = inEnvironment ? 'environment variable' : 'option';
  return `${name} (${where}): there is no such ${kind}${meant ? `; did you mean ${meant}?` : ''}`;
};

const valueProblem = (
  issue: z.core.$ZodIssue,
  descriptions: readonly OptionDescription[],
  given: ReadonlyMap<string, Given>,
): string => {
  const path = issue.path.map(String);
  const option = descriptions.find(
    ({ name }) => name === path.join('.') || name === path.slice(0, name.split('.').length).join('.'),
  );
  if (!option) return `${path.join('.')}: ${issue.message}`;
  const source = given.get(option.name);
  const inside = issue.path.slice(option.name.split('.').length);
  const where = source ? source.where(inside) : 'default';
  const value = source && coerce(option.kind, source.value);
  const shown = option.secret || isSecret(path.join('.')) ? '***' : show(at(value, inside));
  const expected = issue.code === 'custom' || inside.length > 0 ? detailOf(issue) : option.expected;
  return `${option.name}${inside.map((part) => (typeof part === 'number' ? `[${part + 1}]` : `.${String(part)}`)).join('')}: ${shown} given, ${expected} expected (${where})`;
};

/** What a part of a list should have been, in words. */
const detailOf = (issue: z.core.$ZodIssue): string => {
  switch (issue.code) {
    case 'custom':
      return issue.message;
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_type':
      return issue.expected === 'object' ? 'a group' : `a ${issue.expected}`;
    case 'invalid_format':
      return 'a name of small letters, digits and underscores';
    case 'unrecognized_keys':
      return `no ${issue.keys.join(', no ')}`;
    case 'invalid_union':
      return 'a name, or {word, persona, threshold}';
    default:
      return issue.message;
  }
};

const at = (value: unknown, way: readonly PropertyKey[]): unknown =>
  way.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown> | null | undefined)?.[key], value);

const show = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

const deepFreeze = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
};
