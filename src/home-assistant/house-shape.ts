/** A floor, an area, an entity as Home Assistant knows them. Names are text of somebody else: one line, bounded. */
export interface Floor {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  /** 0 is the ground floor, where the user has said so. */
  readonly level?: number;
}

export interface Area {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly floor?: Floor;
}

export interface Entity {
  /** `light.reading_lamp`. */
  readonly id: string;
  /** `light`. */
  readonly domain: string;
  /** As people call it: the first of `names`, else Core's name for it, else made of its id. */
  readonly name: string;
  /** What Core's own sentences take for it, aliases included. Empty where the user has removed them all. */
  readonly names: readonly string[];
  /** `garage`, `temperature`. */
  readonly deviceClass?: string;
  /** Its own, else its device's. */
  readonly area?: Area;
  /** Home Assistant's id of the device it belongs to. */
  readonly device?: string;
  /** Bits whose meaning depends on the domain. */
  readonly supportedFeatures: number;
  readonly state: string;
  /** Those that say what it can do or how it stands; see `entity-states.ts`. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The exposed part of a house at one moment. Never changes. */
export interface House {
  /** By floor, area, name: an order that keeps while nobody renames anything. */
  readonly entities: readonly Entity[];
  /** All areas, empty ones as well, by floor and name. */
  readonly areas: readonly Area[];
  readonly floors: readonly Floor[];
  entity(id: string): Entity | undefined;
  inArea(area: string): readonly Entity[];
  /** Where a device is: the place of a satellite, exposed or not. */
  areaOf(device: string): Area | undefined;
}
