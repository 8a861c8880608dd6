/** The models that are known, with what each needs. Ids are those of the catalogue. */
import type { Bytes } from '../../units.js';

export interface KnownModel {
  readonly id: string;
  readonly parameters: number;
  /** Of its file. */
  readonly bytes: Bytes;
  /**
   * `mind`: may converse. `babble`: speaks nonsense most of the time (2–3 of 12 prompts in character and sensible), only
   * where somebody asks for just that. `test`: speaks nonsense slowly.
   */
  readonly use: 'mind' | 'babble' | 'test';
  /** Free memory from which on it is chosen: the rest of the house's programs live there too. */
  readonly memory: Bytes;
  readonly cores: number;
  /** Chosen only where a measurement, of this or of another model, says that it is fast enough. */
  readonly onlyMeasured?: boolean;
}

const GB = 1_000_000_000;

/**
 * Best first. The first four are GGUF files in Q4_K_M; none of the four has been run for
 * this table, so that their order is that of their sizes. Memory and cores are estimates: generation costs a read of the
 * whole file for each token, about 10.5 GB/s a thread on an x86-64 with AVX-512 (measured with SmolLM2).
 */
export const KNOWN_MODELS: readonly KnownModel[] = [
  {
    id: 'gemma2-2b',
    parameters: 2.6e9,
    bytes: 1_708_582_752,
    use: 'mind',
    memory: 6 * GB,
    cores: 8,
    onlyMeasured: true,
  },
  { id: 'qwen2.5-1.5b', parameters: 1.5e9, bytes: 1_117_320_736, use: 'mind', memory: 6 * GB, cores: 8 },
  { id: 'llama3.2-1b', parameters: 1.2e9, bytes: 807_694_464, use: 'mind', memory: 4 * GB, cores: 4 },
  { id: 'qwen2.5-0.5b', parameters: 0.5e9, bytes: 491_400_032, use: 'mind', memory: 2 * GB, cores: 3 },
  { id: 'smollm2-135m', parameters: 0.135e9, bytes: 98_362_432, use: 'babble', memory: 0.5 * GB, cores: 2 },
  { id: 'tinyllama-1.1b-iq2', parameters: 1.1e9, bytes: 322_591_712, use: 'test', memory: 1 * GB, cores: 2 },
];

/** How a model's next word is drawn. */
export interface Sampling {
  readonly temperature: number;
  readonly minP: number;
  /** 1: none. */
  readonly repeatPenalty: number;
  /** Words of an answer are fewer than this many tokens. */
  readonly tokens: number;
  readonly sentences: number;
}

/** What keeps a model this small from running in circles and off at a tangent. */
const BABBLE: Sampling = { temperature: 0.7, minP: 0.05, repeatPenalty: 1.1, tokens: 30, sentences: 1 };
const MIND: Sampling = { temperature: 0.7, minP: 0.05, repeatPenalty: 1.05, tokens: 100, sentences: 4 };
/** The smallest of `mind` has 0.5 billion. */
const SMALL = 0.3e9;

export const samplingFor = (parameters: number): Sampling => (parameters < SMALL ? BABBLE : MIND);

/** How often a model chose action and device right, of sentences that ask for one. */
export interface Judgement {
  readonly right: number;
  readonly of: number;
}

/**
 * Shown: 10 devices × 11 actions, 16 sentences, under a grammar at temperature 0, with 10 examples. "Turn on the kitchen
 * light" became the hall light, "tell me a joke" switched the thermostat on. Nothing larger was tried.
 */
const SHOWN_WRONG: readonly (Judgement & { readonly parameters: number })[] = [
  { parameters: 0.135e9, right: 7, of: 16 },
  { parameters: 1.1e9, right: 8, of: 16 },
];
/** Labels round: "1B" and "1.1B" name models of one size. */
const LARGEST_SHOWN_WRONG = 1.15 * Math.max(...SHOWN_WRONG.map(({ parameters }) => parameters));
const RIGHT_ENOUGH = 0.95;
const SENTENCES_ENOUGH = 16;

/**
 * Whether a model may decide actions: only one that was shown to decide right, and that is larger than those which were
 * shown not to. Nobody's word replaces the judgement.
 */
export const decidesRight = (parameters: number, judged: Judgement | undefined): boolean =>
  judged !== undefined &&
  judged.of >= SENTENCES_ENOUGH &&
  judged.right / judged.of >= RIGHT_ENOUGH &&
  parameters > LARGEST_SHOWN_WRONG;
