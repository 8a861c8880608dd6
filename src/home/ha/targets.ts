/** Which exposed things a sentence reaches. */
import type { Area, Entity, House } from '../../home-assistant/house.js';
import type { Recognised } from './answers.js';
import type { Slots } from './goals.js';
import { domainOf } from './state.js';

/**
 * Since this version Core's answer names the very things that it would act on. Before, `targets` ignores floors, exposure and
 * "here", and is empty for a name that something hidden has too, though Core would act: seen with 2026.7.4.
 */
export const NAMES_ITS_TARGETS = [2026, 11] as const;

/** `2026.7.4` and the like. */
export const isAtLeast = (version: string, [year, month]: readonly [number, number]): boolean => {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return major > year || (major === year && minor >= month);
};

interface Reach {
  readonly recognised: Recognised;
  /** Only things of these domains are meant. */
  readonly domains: readonly string[] | undefined;
  readonly house: House;
  /** Where it was said. */
  readonly here: Area | undefined;
  /** Of Core. */
  readonly version: string;
}

/** The things a sentence reaches; none where a name is ambiguous. Exposure is ours to check as well. */
export function targetsOf({ recognised, domains, house, here, version }: Reach): readonly string[] {
  if (!isAtLeast(version, NAMES_ITS_TARGETS)) return matchTargets(recognised.slots, domains, house, here);
  return recognised.targets.filter(
    (id) => house.entity(id) !== undefined && (domains === undefined || domains.includes(domainOf(id))),
  );
}

/** As Core's `async_match_targets` does it (homeassistant/helpers/intent.py), among the exposed things. */
export function matchTargets(
  slots: Slots,
  domains: readonly string[] | undefined,
  house: House,
  here: Area | undefined,
): readonly string[] {
  const name = typeof slots.name === 'string' && slots.name !== 'all' ? normal(slots.name) : undefined;
  const wanted = { domain: listOf(slots.domain), deviceClass: listOf(slots.device_class) };
  const { area, floor } = slots;
  if (name === undefined && area === undefined && floor === undefined && !wanted.domain && !wanted.deviceClass)
    return [];
  const fits = (entity: Entity): boolean =>
    (domains === undefined || domains.includes(entity.domain)) &&
    (wanted.domain === undefined || wanted.domain.includes(entity.domain)) &&
    (wanted.deviceClass === undefined || wanted.deviceClass.includes(entity.deviceClass ?? '')) &&
    (name === undefined || entity.id === slots.name || entity.names.some((one) => normal(one) === name)) &&
    (area === undefined || isCalled(entity.area, area)) &&
    (floor === undefined || isCalled(entity.area?.floor, floor));
  const found = house.entities.filter(fits);
  if (name === undefined || found.length < 2) return found.map(({ id }) => id);
  const near = here === undefined ? [] : found.filter((entity) => entity.area?.id === here.id);
  return near.length === 1 ? [near[0]!.id] : [];
}

/** By id, name or alias. */
export const isCalled = (
  place: { readonly id: string; readonly name: string; readonly aliases: readonly string[] } | undefined,
  name: unknown,
): boolean =>
  place !== undefined &&
  typeof name === 'string' &&
  (place.id === name || [place.name, ...place.aliases].some((one) => normal(one) === normal(name)));

const normal = (name: string): string => name.trim().toLowerCase();

const listOf = (value: unknown): readonly string[] | undefined => {
  if (value === undefined) return undefined;
  const all = Array.isArray(value) ? value : [value];
  return all.filter((one) => typeof one === 'string');
};
