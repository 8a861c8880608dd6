import type { Bytes } from '../units.js';
import type { ModelEntry } from './ollama-server.js';

/** What a model would have to live with, where it is known. */
export interface Machine {
  /** Free for it. */
  readonly memory: Bytes;
  readonly cores: number;
  /** Has a graphics card that models can use. */
  readonly accelerated?: boolean;
}

/** Preferred models, best first, with what they need on disk by default. */
const PREFERRED = [
  { name: 'llama3.2:3b', aliases: ['llama3.2:latest'], bytes: 2.0e9, parameters: 3.2e9 },
  { name: 'gemma2:2b', aliases: [], bytes: 1.6e9, parameters: 2.6e9 },
  { name: 'llama3.2:1b', aliases: [], bytes: 1.3e9, parameters: 1.2e9 },
  { name: 'phi3:mini', aliases: ['phi3:latest', 'phi3:3.8b'], bytes: 2.2e9, parameters: 3.8e9 },
] as const;

/**
 * A token takes the whole of a model through memory, at this many bytes a second: measured with one thread, and what a
 * machine of four cores and one memory has for all of them. Eight cores have twice that, as a rule.
 */
const READ = 10.5e9;
/** Below it, nothing is left for the voice. */
const FEWEST_CORES = 3;
/** Speech needs four tokens a second; twice that, so that the first clause comes in time. */
const TOKENS_PER_SECOND = 8;
/** Below it, models recite their prompt and speak nonsense (135 million: two sensible answers of twelve). */
const SPEAKS_FROM = 4e8;

const fits = (bytes: Bytes, machine: Machine | undefined): boolean => {
  if (!machine) return true;
  // Context and the server's own buffers.
  if (bytes * 1.2 + 2e8 > machine.memory) return false;
  if (machine.accelerated) return true;
  const read = machine.cores >= 8 ? 2 * READ : READ;
  return machine.cores >= FEWEST_CORES && read / bytes >= TOKENS_PER_SECOND;
};

/**
 * The model that shall speak, of those a server has: a preferred one that fits, else the largest that does. Undefined
 * where there is none that would make sense. Never one that runs outside the house: that is for people to choose.
 * @param machine where it runs; a server elsewhere is trusted to hold what it has.
 */
export const chooseModel = (models: readonly ModelEntry[], machine?: Machine): string | undefined => {
  const able = models.filter(
    ({ bytes, parameters = bytes * 1.6, remote }) => !remote && parameters >= SPEAKS_FROM && fits(bytes, machine),
  );
  for (const { name, aliases } of PREFERRED) {
    const found = able.find((model) => model.name === name || (aliases as readonly string[]).includes(model.name));
    // A quantisation of one's own choice: `llama3.2:1b-instruct-q4_K_M`.
    const variant = found ?? able.find((model) => model.name.startsWith(`${name}-`));
    if (variant) return variant.name;
  }
  return able.toSorted((a, b) => (b.parameters ?? b.bytes) - (a.parameters ?? a.bytes))[0]?.name;
};

/** The model to fetch for a machine whose server has none, or undefined where none would do. */
export const modelToPull = (machine: Machine): string | undefined =>
  PREFERRED.find(({ bytes }) => fits(bytes, machine))?.name;
