import { z } from 'zod';
import { Fault, messageOf } from '../faults.js';
import type { JsonSchema, Tool, ToolCall } from '../stages.js';
import { bareName, repair } from './repair.js';

/** A call after the check. */
export type CheckedCall =
  | {
      readonly kind: 'valid';
      readonly tool: Tool;
      readonly call: ToolCall & { readonly arguments: Readonly<Record<string, unknown>> };
    }
  /** In words for the model that made the call. */
  | { readonly kind: 'invalid'; readonly message: string };

const MOST_PROBLEMS = 3;
const MOST_CHOICES = 30;

/**
 * A model's call, held against the tool's schema. What models usually get wrong in the form is put right: arguments as
 * a string, numbers as strings, a name in other letters. Nothing is put right that would be a guess at the meaning, and
 * nothing is left out: a key that the tool does not know may have been a limit to what was asked.
 * Throws a `Fault` 'internal' for a tool whose own schema is wrong.
 */
export const validateCall = (call: ToolCall, tools: readonly Tool[]): CheckedCall => {
  const tool = toolNamed(call.name, tools);
  if (!tool) {
    const names = tools.map(({ name }) => name).join(', ');
    return {
      kind: 'invalid',
      message: `There is no tool ${JSON.stringify(call.name)}. There are: ${names || 'none'}.`,
    };
  }
  const check = compiled(tool);
  const fixed = repair(
    call.arguments ?? {},
    tool.parameters,
    (value, schema) => compile(schema, tool).safeParse(value).success,
  );
  if (typeof fixed !== 'object' || fixed === null || Array.isArray(fixed)) {
    return { kind: 'invalid', message: `The arguments of ${tool.name} must be a JSON object.` };
  }
  const { success, error } = check.safeParse(fixed);
  if (!success) {
    const problems = error.issues.slice(0, MOST_PROBLEMS).map((issue) => explain(issue, fixed));
    return { kind: 'invalid', message: `${tool.name}: ${problems.join('; ')}.` };
  }
  return { kind: 'valid', tool, call: { ...call, name: tool.name, arguments: fixed as Record<string, unknown> } };
};

const toolNamed = (name: string, tools: readonly Tool[]): Tool | undefined => {
  const exact = tools.find((tool) => tool.name === name);
  if (exact) return exact;
  // `functions.turn_on`, `TurnOn`, `turn-on`.
  const bare = bareName(name.split(/[./:]/).at(-1) ?? '');
  const like = tools.filter((tool) => bareName(tool.name) === bare);
  return like.length === 1 ? like[0] : undefined;
};

const known = new WeakMap<JsonSchema, z.ZodType>();

const compile = (schema: JsonSchema, tool: Tool): z.ZodType => {
  const before = known.get(schema);
  if (before) return before;
  try {
    const type = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    known.set(schema, type);
    return type;
  } catch (error) {
    throw new Fault('internal', `The schema of the tool ${tool.name} cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
};
const compiled = (tool: Tool): z.ZodType => compile(tool.parameters, tool);

type Issue = z.core.$ZodIssue;

const explain = (issue: Issue, given: unknown): string => {
  const name = issue.path.length > 0 ? issue.path.join('.') : 'the arguments';
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], given);
  if (value === undefined && issue.path.length > 0) return `${name} is missing`;
  switch (issue.code) {
    case 'invalid_value': {
      const choices = issue.values.slice(0, MOST_CHOICES).map((choice) => JSON.stringify(choice));
      const more = issue.values.length > MOST_CHOICES ? ', …' : '';
      return `${name} must be one of ${choices.join(', ')}${more}, not ${brief(value)}`;
    }
    case 'invalid_type':
      return `${name} must be of type ${issue.expected}, not ${brief(value)}`;
    case 'unrecognized_keys':
      return `there is no ${issue.keys.map((key) => JSON.stringify(key)).join(' or ')} in ${name}`;
    default:
      return `${name} is wrong (${brief(value)}): ${issue.message}`;
  }
};

const brief = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};
