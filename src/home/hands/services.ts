/** What Home Assistant's services take, as Core describes them itself. */
import { z } from 'zod';
import type { Clock } from '../../clock.js';
import type { HomeAssistant } from '../../home-assistant/connection.js';
import type { Entity } from '../../home-assistant/house.js';
import { quoted } from '../../home-assistant/prompt-text.js';
import type { Milliseconds } from '../../units.js';
import type { Order } from './orders.js';

const filterSchema = z
  .object({
    supported_features: z.array(z.number()).optional().catch(undefined),
    attribute: z.record(z.string(), z.array(z.unknown())).optional().catch(undefined),
  })
  .optional()
  .catch(undefined);

interface Field {
  readonly required: boolean;
  readonly filter: z.infer<typeof filterSchema>;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

interface Service {
  readonly fields: ReadonlyMap<string, Field>;
  /** Entities it can be told to: any of these. Empty where Core does not say. */
  readonly takes: readonly { readonly domains: readonly string[]; readonly features: readonly number[] }[];
}

export interface Services {
  /** Why an order is none that Core's own description allows, in words for a language model; undefined where it is. */
  objection(order: Order, entity: Entity, signal: AbortSignal): Promise<string | undefined>;
  /** Core may have others now. */
  forget(): void;
}

const PATIENCE: Milliseconds = 5_000;
/** Services come and go with integrations; Core refuses what is gone meanwhile. */
const REMEMBERED: Milliseconds = 600_000;

export function openServices(core: Pick<HomeAssistant, 'call'>, clock: Clock): Services {
  let known: { readonly services: Promise<unknown>; readonly asked: Milliseconds } | undefined;

  const all = (): Promise<unknown> => {
    if (known && clock.now() - known.asked < REMEMBERED) return known.services;
    const services = core.call<unknown>({ type: 'get_services' }, { timeout: PATIENCE });
    known = { services, asked: clock.now() };
    services.catch(() => {
      known = undefined;
    });
    return services;
  };

  return {
    async objection({ service, data }, entity, signal) {
      const [domain = '', name = ''] = service.split('.');
      const described = readService(await all(), domain, name);
      signal.throwIfAborted();
      const called = quoted(entity.name, 60);
      if (!described) return `Home Assistant has no service ${service}`;
      if (!isTaken(described, entity)) return `${called} cannot do that`;
      for (const [key, value] of Object.entries(data)) {
        const field = described.fields.get(key);
        if (!field) return `${service} takes no ${key} here`;
        if (!passes(field.filter, entity)) return `${called} has no ${key.replaceAll('_', ' ')}`;
        if (typeof value === 'number' && (value < (field.min ?? value) || value > (field.max ?? value))) {
          return `${key.replaceAll('_', ' ')} goes from ${field.min} to ${field.max}`;
        }
      }
      const missing = [...described.fields].find(([key, { required }]) => required && !(key in data));
      return missing && `${service} needs ${missing[0]}`;
    },
    forget() {
      known = undefined;
    },
  };
}

const isTaken = ({ takes }: Service, { domain, supportedFeatures }: Entity): boolean =>
  takes.length === 0 ||
  takes.some(
    ({ domains, features }) =>
      (domains.length === 0 || domains.includes(domain)) &&
      (features.length === 0 || features.some((mask) => (supportedFeatures & mask) === mask)),
  );

function passes(filter: Field['filter'], { attributes, supportedFeatures }: Entity): boolean {
  if (!filter) return true;
  const { supported_features: features, attribute } = filter;
  if (features && features.length > 0 && !features.some((mask) => (supportedFeatures & mask) === mask)) return false;
  return Object.entries(attribute ?? {}).every(([key, values]) => {
    const has = attributes[key];
    // What Core does not say of the thing, it knows best itself.
    if (has === undefined) return true;
    return Array.isArray(has) ? has.some((one) => values.includes(one)) : values.includes(has);
  });
}

const record = z.record(z.string(), z.unknown());
const fieldSchema = z.object({
  required: z.boolean().catch(false),
  filter: filterSchema,
  selector: z
    .object({ number: z.object({ min: z.number().optional(), max: z.number().optional() }).nullish() })
    .nullish()
    .catch(undefined),
  fields: record.optional().catch(undefined),
});
const strings = z.union([z.string().transform((one) => [one]), z.array(z.string())]).catch([]);
const targetSchema = z.object({
  entity: z.array(z.object({ domain: strings, supported_features: z.array(z.number()).catch([]) })).catch([]),
});

function readService(services: unknown, domain: string, name: string): Service | undefined {
  const described = record.safeParse(record.safeParse(services).data?.[domain]).data;
  if (!described || !Object.hasOwn(described, name)) return undefined;
  const { fields, target } = record.catch({}).parse(described[name]);
  const found = new Map<string, Field>();
  const collect = (all: unknown): void => {
    for (const [key, value] of Object.entries(record.catch({}).parse(all))) {
      const { data: field } = fieldSchema.safeParse(value);
      if (!field) continue;
      // Core groups rarer fields into sections.
      if (field.fields) collect(field.fields);
      else {
        const { min, max } = field.selector?.number ?? {};
        found.set(key, { required: field.required, filter: field.filter, min, max });
      }
    }
  };
  collect(fields);
  const { entity } = targetSchema.catch({ entity: [] }).parse(target ?? {});
  return {
    fields: found,
    takes: entity.map(({ domain: domains, supported_features: features }) => ({ domains, features })),
  };
}
