/** The tools as a language model is told of them: with the names of this house where they are few. */
import type { JsonSchema, Tool } from '../../stages.js';
import { callNames, type Inventory, type Thing } from './names.js';
import { TOOLS, type ToolSpec } from './specs.js';

/** More names than this are not listed with each tool: they are in the prompt already. */
const MOST_NAMES = 24;
/** Characters of all tools, about three to a token; beyond, they are told without the names of things, then of areas. */
const BUDGET = 7_500;

/** How much of the house is written into the tools; `check` is what a call is held against. */
type Detail = 'names' | 'areas' | 'bare' | 'check';

/** The things a tool can be used on. */
export const candidatesFor = ({ domains, name }: ToolSpec, things: readonly Thing[]): readonly Thing[] =>
  domains.length === 0 && name === 'get_state' ? things : things.filter(({ domain }) => domains.includes(domain));

/** What a tool may be told. */
export function parametersOf(spec: ToolSpec, inventory: Inventory, detail: Detail): JsonSchema {
  const { target, more, required, called = 'name' } = spec;
  const things = candidatesFor(spec, inventory.things);
  const nameOf = (isTold: boolean, count: number, names: () => readonly string[]): JsonSchema => ({
    type: 'string',
    ...(detail === 'check' ? { minLength: 1, maxLength: 100 } : {}),
    ...(isTold && count > 0 && count <= MOST_NAMES ? { enum: [...new Set(names())] } : {}),
  });
  const kinds = kindsOf(spec, things);
  const rooms = new Set(things.flatMap(({ area }) => (area ? [area.id] : [])));
  const areas = inventory.areas.filter(({ id }) => rooms.has(id));
  const grouped = target === 'grouped' && areas.length > 0;
  return {
    type: 'object',
    properties: {
      ...(target === 'none'
        ? {}
        : { [called]: nameOf(detail === 'names', things.length, () => callNames(things, inventory.things)) }),
      ...(grouped
        ? {
            area: nameOf(detail === 'names' || detail === 'areas', areas.length, () =>
              callNames(areas, inventory.areas),
            ),
          }
        : {}),
      ...(grouped && kinds.length > 1 ? { kind: { type: 'string', enum: kinds } } : {}),
      ...more,
    },
    required: [...(target === 'named' ? [called] : []), ...required],
    additionalProperties: false,
  };
}

export const kindsOf = ({ target }: ToolSpec, things: readonly Thing[]): readonly string[] =>
  target === 'grouped' ? [...new Set(things.map(({ domain }) => domain))].sort() : [];

/** The tools that this house has a use for. */
export function toolsFor(inventory: Inventory, offers: (spec: ToolSpec) => boolean): readonly Tool[] {
  const useful = TOOLS.filter(
    (spec) => offers(spec) && (spec.target === 'none' || candidatesFor(spec, inventory.things).length > 0),
  );
  const tell = (detail: Detail): readonly Tool[] =>
    useful.map((spec) => ({
      name: spec.name,
      description: spec.description,
      parameters: parametersOf(spec, inventory, detail),
      writes: spec.writes,
    }));
  const fits = (tools: readonly Tool[]): boolean => JSON.stringify(tools).length <= BUDGET;
  return [tell('names'), tell('areas')].find(fits) ?? tell('bare');
}
