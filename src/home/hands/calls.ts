/** Reads a language model's call: which tool, which things, which values. Touches nothing. */
import { z } from 'zod';
import { Fault } from '../../faults.js';
import { quoted } from '../../home-assistant/prompt-text.js';
import { findPlace, findThing, type Inventory, type Thing } from './names.js';
import { candidatesFor, kindsOf, parametersOf } from './schemas.js';
import { TOOLS, type ToolSpec } from './specs.js';

/** A call whose form is right and whose things exist. */
export interface Asked {
  readonly spec: ToolSpec;
  /** What is to be touched, or read; empty for timers. */
  readonly things: readonly Thing[];
  /** How they were meant: one by its name, or all of a kind in a place. */
  readonly group?: { readonly place: string; readonly kind: string | undefined };
  readonly values: Readonly<Record<string, unknown>>;
}

interface Setting {
  readonly inventory: Inventory;
  readonly offers: (spec: ToolSpec) => boolean;
  /** Id of the area where the speaker is. */
  readonly here: string | undefined;
}

const MOST_PROBLEMS = 3;

/** Throws a `Fault` 'input' in words for the model that made the call. */
export function readCall(
  call: { readonly name: string; readonly arguments: unknown },
  { inventory, offers, here }: Setting,
): Asked {
  const spec = TOOLS.find((one) => one.name === call.name && offers(one));
  if (!spec) throw new Fault('input', `There is no tool ${quoted(String(call.name), 40)} here.`);
  const values = checked(spec, call.arguments, inventory);
  if (spec.target === 'none') return { spec, things: [], values };

  const candidates = candidatesFor(spec, inventory.things);
  const { [spec.called ?? 'name']: name, area, kind, ...rest } = values as Readonly<Record<string, string | undefined>>;
  const place = area === undefined ? undefined : findPlace(area, inventory);
  const fits = (thing: Thing): boolean => kind === undefined || thing.domain === kind;
  if (name !== undefined) {
    const thing = findThing(
      name,
      candidates.filter((one) => fits(one) && (place?.holds(one) ?? true)),
      inventory,
      here,
    );
    return { spec, things: [thing], values: rest };
  }
  if (!place) throw new Fault('input', `${spec.name}: say a name, or an area${kindHint(spec, candidates)}.`);
  const there = candidates.filter((one) => fits(one) && place.holds(one));
  const kinds = kindsOf(spec, there);
  if (kind === undefined && kinds.length > 1 && spec.writes) {
    throw new Fault(
      'input',
      `${spec.name}: say which kind of things in ${quoted(place.name, 60)}: ${kinds.join(', ')}.`,
    );
  }
  if (there.length === 0) {
    const what = kind ?? kindsOf(spec, candidates).join(' or ');
    throw new Fault('input', `${spec.name}: there is no ${what} in ${quoted(place.name, 60)}.`);
  }
  const group = { place: place.name, kind: kind ?? (kinds.length === 1 ? kinds[0] : undefined) };
  return { spec, things: there, group, values: rest };
}

const kindHint = (spec: ToolSpec, things: readonly Thing[]): string =>
  kindsOf(spec, things).length > 1 ? ' and a kind' : '';

function checked(spec: ToolSpec, given: unknown, inventory: Inventory): Record<string, unknown> {
  const schema = z.fromJSONSchema(
    parametersOf(spec, inventory, 'check') as Parameters<typeof z.fromJSONSchema>[0],
  ) as z.ZodType<Record<string, unknown>>;
  const { success, data, error } = schema.safeParse(given ?? {});
  if (success) return data;
  const problems = error.issues.slice(0, MOST_PROBLEMS).map(({ path, message }) => {
    const where = path.length > 0 ? `${path.join('.')}: ` : '';
    // Keys and values of the call are in it.
    return quoted(`${where}${message}`, 200).slice(1, -1);
  });
  throw new Fault('input', `${spec.name}: ${problems.join('; ')}`);
}
