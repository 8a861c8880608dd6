import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { Fault, messageOf } from '../faults.js';

const attribute = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

const houseSchema = z.strictObject({
  here: z.string().optional(),
  areas: z.record(z.string(), z.strictObject({ name: z.string(), also: z.array(z.string()).default([]) })),
  entities: z.record(
    z.string().regex(/^[a-z_]+\.[a-z0-9_]+$/),
    z.strictObject({
      name: z.string(),
      area: z.string(),
      also: z.array(z.string()).default([]),
      state: z.string(),
      attributes: z.record(z.string(), attribute).default({}),
      guarded: z.boolean().default(false),
      main: z.boolean().default(false),
      measures: z.enum(['temperature', 'humidity', 'opening']).optional(),
      fails: z.string().optional(),
    }),
  ),
});

interface Area {
  readonly id: string;
  readonly name: string;
  readonly also: readonly string[];
}

/** A thing of the house, without its state. */
export interface Entity {
  /** Home Assistant's form, `light.desk_lamp`. */
  readonly id: string;
  readonly domain: string;
  readonly name: string;
  readonly also: readonly string[];
  readonly area: string;
  /** A lock, an alarm, a garage door: never guessed at. */
  readonly guarded: boolean;
  /** The one that is meant where several would do: "set the temperature to twenty". */
  readonly main: boolean;
  readonly measures: 'temperature' | 'humidity' | 'opening' | undefined;
  /** Why it fails whenever it is told to do something. */
  readonly fails: string | undefined;
}

export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface EntityState {
  readonly state: string;
  readonly attributes: Attributes;
}

/** The state of all things, by entity. Never changed: a change makes a new one. */
export type States = ReadonlyMap<string, EntityState>;

export interface House {
  /** The area of the microphone where a turn does not say. */
  readonly here: string | undefined;
  readonly areas: ReadonlyMap<string, Area>;
  readonly entities: ReadonlyMap<string, Entity>;
  readonly initial: States;
}

/** A folder of the package, the same from `src` and from `dist`. */
export const homesFile = (name: string): string => fileURLToPath(new URL(`../../homes/${name}`, import.meta.url));

/** Reads a YAML file; a Fault names the file. */
export function readYaml<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Fault('input', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  const result = schema.safeParse(content);
  if (!result.success) throw new Fault('input', `${file} is not as expected: ${z.prettifyError(result.error)}`);
  return result.data;
}

/** Reads a house from a file like `homes/demo.yaml`. Throws a Fault that names the file and what is wrong with it. */
export function loadHouse(file: string): House {
  const { here, areas, entities } = readYaml(file, houseSchema);
  const wrong = (what: string): Fault => new Fault('input', `${file}: ${what}`);
  if (here !== undefined && !Object.hasOwn(areas, here))
    throw wrong(`"here" names the area "${here}", which is not there`);
  for (const [id, { area }] of Object.entries(entities)) {
    if (!Object.hasOwn(areas, area)) throw wrong(`${id} is in the area "${area}", which is not there`);
  }
  return {
    here,
    areas: new Map(Object.entries(areas).map(([id, area]) => [id, { id, ...area }])),
    entities: new Map(
      Object.entries(entities).map(([id, { state: _state, attributes: _attributes, measures, fails, ...entity }]) => [
        id,
        { id, domain: id.slice(0, id.indexOf('.')), measures, fails, ...entity },
      ]),
    ),
    initial: new Map(Object.entries(entities).map(([id, { state, attributes }]) => [id, { state, attributes }])),
  };
}
