/**
 * Tool calls in a line of their own, `!turn_on | kitchen light`: a grammar that lets a model write nothing else, and back.
 * Half as many tokens as JSON, in which small models also spend some on blanks.
 */
import type { JsonSchema, Tool, ToolCall } from '../../stages.js';

/** Begins a line that is a call; talk cannot begin with it. */
export const CALL = '!';
const BETWEEN = '|';
/** Calls in one answer. */
const MOST_CALLS = 3;

type Value =
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'text' | 'number' | 'integer' | 'boolean' };

interface Parameter {
  readonly name: string;
  readonly value: Value;
  readonly list: boolean;
  readonly required: boolean;
}

interface Line {
  readonly tool: Tool;
  readonly parameters: readonly Parameter[];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What could end the line or a value early cannot be in one. */
const fits = (text: string): boolean => text !== '' && text === text.trim() && !/[|,\n"\\]/.test(text);

const valueIn = (schema: Record<string, unknown>): Value | undefined => {
  if (Array.isArray(schema.enum)) {
    const of = schema.enum.filter((it): it is string => typeof it === 'string' && fits(it));
    return of.length > 0 && of.length === schema.enum.length ? { kind: 'choice', of } : undefined;
  }
  if (schema.type === 'string') return { kind: 'text' };
  if (schema.type === 'number' || schema.type === 'integer' || schema.type === 'boolean') return { kind: schema.type };
  return undefined;
};

const parameterOf = (name: string, schema: unknown, required: boolean): Parameter | undefined => {
  if (!isRecord(schema)) return undefined;
  const list = schema.type === 'array';
  const value = valueIn(list && isRecord(schema.items) ? schema.items : schema);
  return value && { name, value, list, required };
};

/** Required ones first: an optional one that is left out leaves no gap. Undefined where the line cannot say what is required. */
const parametersOf = ({ properties, required }: JsonSchema): readonly Parameter[] | undefined => {
  const needed = Array.isArray(required) ? required : [];
  const names = Object.keys(isRecord(properties) ? properties : {});
  const order = [...names.filter((it) => needed.includes(it)), ...names.filter((it) => !needed.includes(it))];
  const parameters = order.map((name) =>
    parameterOf(name, (properties as Record<string, unknown>)[name], needed.includes(name)),
  );
  if (order.some((name, at) => parameters[at] === undefined && needed.includes(name))) return undefined;
  return parameters.filter((it) => it !== undefined);
};

const literal = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

const valueRule = (value: Value): string => {
  switch (value.kind) {
    case 'choice':
      return `(${value.of.map(literal).join(' | ')})`;
    case 'text':
      return 'words';
    default:
      return value.kind;
  }
};

const parameterRule = ({ list, value }: Parameter): string => {
  const one = valueRule(value);
  return list ? `${one} ("," ${one})*` : one;
};

/** Nested, so that only the last ones can be left out: `a ("|" b ("|" c)?)?`. An optional one may also be blank. */
const lineRule = ({ parameters, tool }: Line): string => {
  const rest = (from: number): string => {
    const parameter = parameters[from];
    if (parameter === undefined) return '';
    const own = `" ${BETWEEN} " ${parameterRule(parameter)} ${rest(from + 1)}`;
    if (parameter.required) return own;
    const skipped = from + 1 < parameters.length ? ` | " ${BETWEEN} " ${rest(from + 1)}` : '';
    return `(${own}${skipped})?`;
  };
  return `${literal(tool.name)} ${rest(0)}`.trim();
};

const BASICS = [
  'words ::= [^|,\\n"! ] [^|,\\n"]*',
  'integer ::= "-"? [0-9]+',
  'number ::= "-"? [0-9]+ ("." [0-9]+)?',
  'boolean ::= "true" | "false"',
];

export interface Calls {
  /** For the end of the system text: what the model may call, and how. */
  readonly instructions: string;
  /** GBNF, llama.cpp's notation: calls, or talk. */
  grammar(begun: boolean): string;
  /** A line without its `!`. Arguments that are no part of the tool's schema are left out. */
  read(line: string): ToolCall;
}

/** The lines that call these tools. Undefined where none of them can be called in one. */
export const callsOf = (tools: readonly Tool[]): Calls | undefined => {
  const lines = tools.flatMap((tool): readonly Line[] => {
    const parameters = parametersOf(tool.parameters);
    return parameters && fits(tool.name) ? [{ tool, parameters }] : [];
  });
  if (lines.length === 0) return undefined;
  const rules = lines.map((line, index) => `tool-${index} ::= ${lineRule(line)}`);
  const call = `call ::= ${literal(CALL)} (${lines.map((_, index) => `tool-${index}`).join(' | ')})`;
  return {
    instructions: [
      `To do something in the house, answer with nothing but a line ${CALL}tool ${BETWEEN} value. The tools:`,
      ...lines.map(({ parameters, tool }) => {
        const values = parameters.map(({ name, required }) => ` ${BETWEEN} ${name}${required ? '' : '?'}`).join('');
        return `${CALL}${tool.name}${values} (${tool.description})`;
      }),
    ].join('\n'),
    grammar: (begun) =>
      [
        `root ::= ${begun ? '"\\n" ' : ''}calls | talk`,
        `calls ::= call ("\\n" call){0,${MOST_CALLS - 1}}`,
        // A line of talk: what is spoken needs no second one.
        `talk ::= [^!\\n] [^\\n]*`,
        call,
        ...rules,
        ...BASICS,
      ].join('\n'),
    read: (line) => readCall(line, lines),
  };
};

const readCall = (line: string, lines: readonly Line[]): ToolCall => {
  const [name = '', ...values] = line.split(BETWEEN).map((part) => part.trim());
  const known = lines.find(({ tool }) => tool.name === name);
  const given = (known?.parameters ?? []).flatMap((parameter, at): readonly (readonly [string, unknown])[] => {
    const value = values[at] ?? '';
    return value === '' ? [] : [[parameter.name, readValue(parameter, value)]];
  });
  return { name, arguments: Object.fromEntries(given) };
};

const readValue = ({ list, value }: Parameter, text: string): unknown => {
  const one = (part: string): unknown => {
    if (value.kind === 'number' || value.kind === 'integer') return Number(part);
    return value.kind === 'boolean' ? part === 'true' : part;
  };
  return list ? text.split(',').map((part) => one(part.trim())) : one(text);
};

/** A call as the model itself would have written it, for the history of a conversation. */
export const writeCall = ({ name, arguments: given }: { readonly name: string; readonly arguments: unknown }): string =>
  [CALL + name, ...(isRecord(given) ? Object.values(given).map(String) : [])].join(` ${BETWEEN} `);
