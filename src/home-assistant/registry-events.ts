import type { Part } from './load-registries.js';

/** What Core says of a change in a registry. `changes` has the old values of the fields that are different now. */
export interface RegistryChange {
  readonly action?: string;
  readonly entity_id?: string;
  readonly changes?: Readonly<Record<string, unknown>>;
}

interface RegistryEvent {
  readonly type: string;
  readonly part: Part;
  /** Whether the change can be seen in a house of which `exposed` is exposed. */
  concerns(change: RegistryChange, exposed: ReadonlySet<string>): boolean;
}

const always = (): boolean => true;

/** Core's events about names, places and exposure, and what is to be read anew after each. */
export const REGISTRY_EVENTS: readonly RegistryEvent[] = [
  { type: 'floor_registry_updated', part: 'areas', concerns: always },
  { type: 'area_registry_updated', part: 'areas', concerns: always },
  {
    type: 'device_registry_updated',
    part: 'devices',
    // Devices report a new firmware, or the like, all day long.
    concerns: ({ action, changes = {} }) =>
      action !== 'update' || 'area_id' in changes || 'parent_device_id' in changes,
  },
  {
    type: 'entity_registry_updated',
    part: 'entities',
    // Exposure is among an entity's options.
    concerns: ({ action, entity_id = '', changes = {} }, exposed) =>
      action !== 'update' || 'options' in changes || 'entity_id' in changes || exposed.has(entity_id),
  },
];
