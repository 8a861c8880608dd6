/** What the program and the host of an embedded model say to each other. */
import type { ChatMessage, Tool, ToolCall } from '../../stages.js';
import type { Bytes, Milliseconds } from '../../units.js';
import type { Sampling } from './known-models.js';

export interface LlamaInit {
  /** Folder of node-llama-cpp or its entry file; without it, the one installed beside this program. */
  readonly library?: string | undefined;
  /** The GGUF file. */
  readonly model: string;
  readonly threads: number;
  /** Tokens. */
  readonly context: number;
  /** Where states are kept; without it they are not. */
  readonly states?: string | undefined;
}

export interface About {
  readonly parameters: number;
  readonly bytes: Bytes;
}

export interface Question {
  readonly system: string;
  readonly messages: readonly ChatMessage[];
  readonly begin?: string | undefined;
  readonly tools?: readonly Tool[] | undefined;
}

export interface AnswerParams extends Question {
  /** Names this answer for `stopped`. */
  readonly turn: number;
  readonly sampling: Sampling;
  /** Of the draws: the same one gives the same answer. */
  readonly seed: number;
}

/** What a prompt cost, in tokens. */
export interface Reading {
  readonly prompt: number;
  /** Known from before. */
  readonly kept: number;
  /** Of those kept, which came from disk. */
  readonly fromDisk: number;
  readonly read: number;
}

export interface Figures extends Reading {
  readonly generated: number;
  /** `model`: it ended by itself. `mark`: it began to speak for somebody else. `tokens`: it would have gone on. */
  readonly ended: 'model' | 'sentences' | 'mark' | 'tokens' | 'aborted';
  /** From when it was this question's turn. */
  readonly firstToken: Milliseconds | undefined;
  readonly total: Milliseconds;
}

export type AnswerItem =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly call: ToolCall }
  | { readonly kind: 'figures'; readonly figures: Figures };

/** Tokens a second. */
export interface Speed {
  readonly reading: number;
  readonly generating: number;
}
