/** Which embedded model suits this machine. */
import type { Bytes } from '../../units.js';
import { KNOWN_MODELS, type KnownModel } from './known-models.js';

/** Speech needs about 4 tokens a second; a model that has only just these stumbles whenever something else runs. */
export const SLOWEST = 8;

export interface MachineForModels {
  /** Memory that is free now, the model itself not counted. */
  readonly freeMemory: Bytes;
  readonly cores: number;
  /** Tokens a second that models made on this machine, by id. */
  readonly measured: ReadonlyMap<string, number>;
}

export type Choice =
  | { readonly kind: 'model'; readonly id: string; readonly why: string }
  /** Better the written lines than a model that is too slow or speaks nonsense. */
  | { readonly kind: 'none'; readonly why: string };

/**
 * Tokens a second of a model: measured, or what follows from the nearest of those measured, since each token costs a
 * read of the whole file. Undefined where nothing was measured.
 */
export const expectedSpeed = (model: KnownModel, measured: ReadonlyMap<string, number>): number | undefined => {
  const own = measured.get(model.id);
  if (own !== undefined) return own;
  const distance = (bytes: Bytes) => Math.abs(Math.log(bytes / model.bytes));
  const nearest = KNOWN_MODELS.filter(({ id, use }) => measured.has(id) && use !== 'test').sort(
    (a, b) => distance(a.bytes) - distance(b.bytes),
  )[0];
  return nearest && (measured.get(nearest.id)! * nearest.bytes) / model.bytes;
};

/**
 * The best model that fits into memory, has the cores it needs, and is not known to be too slow. After a measurement it is
 * asked again, and steps down where the speed is below `SLOWEST`.
 */
export const chooseModel = ({ cores, freeMemory, measured }: MachineForModels): Choice => {
  const minds = KNOWN_MODELS.filter(({ use }) => use === 'mind');
  const enoughCores = minds.filter((it) => cores >= it.cores);
  if (enoughCores.length === 0) {
    const least = Math.min(...minds.map((it) => it.cores));
    return { kind: 'none', why: `${cores} cores, and the smallest good model needs ${least} beside the voice` };
  }
  const fitting = enoughCores.filter((it) => freeMemory >= it.memory);
  if (fitting.length === 0) {
    const least = Math.min(...enoughCores.map((it) => it.memory));
    return {
      kind: 'none',
      why: `${gigabytes(freeMemory)} of memory are free, and the smallest good model needs ${gigabytes(least)}`,
    };
  }
  for (const model of fitting) {
    const speed = expectedSpeed(model, measured);
    if (speed === undefined ? model.onlyMeasured !== true : speed >= SLOWEST) {
      const known = measured.has(model.id) ? 'measured' : 'expected';
      const how = speed === undefined ? 'not measured yet' : `${speed.toFixed(1)} tokens a second ${known}`;
      return { kind: 'model', id: model.id, why: `${cores} cores, ${gigabytes(freeMemory)} of memory free, ${how}` };
    }
  }
  return { kind: 'none', why: `no good model makes ${SLOWEST} tokens a second here` };
};

const gigabytes = (bytes: Bytes): string => `${(bytes / 1e9).toFixed(1)} GB`;
