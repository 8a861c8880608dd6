/** What is used of node-llama-cpp 3.22. It is no part of every installation, so it is found when it is needed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Fault, messageOf } from '../../faults.js';
import type { Bytes } from '../../units.js';

export type Token = number;

export interface LlamaSequence {
  readonly nextTokenIndex: number;
  readonly contextTokens: readonly Token[];
  /** Forgets what does not begin like `tokens`. */
  adaptStateToTokens(tokens: readonly Token[], allowShift: boolean): Promise<void>;
  eraseContextTokenRanges(ranges: readonly { readonly start: number; readonly end: number }[]): Promise<void>;
  clearHistory(): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly Token[]): Promise<void>;
  evaluate(tokens: readonly Token[], options: EvaluateOptions): AsyncGenerator<Token, void, void>;
  saveStateToFile(path: string): Promise<{ readonly fileSize: Bytes }>;
  loadStateFromFile(path: string, risk: { readonly acceptRisk: true }): Promise<void>;
}

interface EvaluateOptions {
  readonly temperature: number;
  readonly minP?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed?: number;
  readonly repeatPenalty?: { readonly punishTokens: () => readonly Token[]; readonly penalty: number };
  readonly grammarEvaluationState?: object;
}

export interface LlamaModel {
  readonly size: Bytes;
  readonly tokens: { readonly bos: Token | null; readonly shouldPrependBosToken: boolean };
  readonly fileInfo: {
    readonly metadata: {
      readonly general?: { readonly size_label?: string; readonly name?: string };
      readonly tokenizer?: { readonly chat_template?: string };
    };
    readonly fullTensorInfo?: readonly { readonly dimensions: readonly (number | bigint)[] }[];
  };
  tokenize(text: string, specialTokens: boolean, options?: 'trimLeadingSpace'): Token[];
  detokenize(tokens: readonly Token[], specialTokens: boolean, lastTokens?: readonly Token[]): string;
  isSpecialToken(token: Token): boolean;
  isEogToken(token: Token): boolean;
  createContext(options: object): Promise<{ readonly contextSize: number; getSequence(): LlamaSequence }>;
}

export interface Llama {
  loadModel(options: object): Promise<LlamaModel>;
  dispose(): Promise<void>;
}

export interface LlamaLibrary {
  getLlama(options: object): Promise<Llama>;
  getModuleVersion(): Promise<string>;
  readonly LlamaGrammar: new (llama: Llama, options: { readonly grammar: string }) => object;
  readonly LlamaGrammarEvaluationState: new (options: {
    readonly model: LlamaModel;
    readonly grammar: object;
  }) => object;
  readonly InsufficientMemoryError: new () => Error;
}

/** For `import` of what is installed beside this program. A variable, since it may be missing when this is compiled. */
const PACKAGE = 'node-llama-cpp';

/**
 * @param folder of the package, or its entry file; without it, the one that is installed beside this program.
 * @throws Fault `model` where there is none.
 */
export const loadLlamaLibrary = async (folder: string | undefined): Promise<LlamaLibrary> => {
  const entry = folder && (/\.m?js$/.test(folder) ? folder : join(folder, 'dist', 'index.js'));
  try {
    if (entry && !existsSync(entry)) throw new Error(`${entry} does not exist`);
    return (await import(entry ? pathToFileURL(entry).href : PACKAGE)) as LlamaLibrary;
  } catch (error) {
    throw new Fault('model', `The library for embedded language models cannot be loaded: ${messageOf(error)}`, {
      hint: 'Install node-llama-cpp 3.22.1 where the options say it is, or use Ollama.',
      cause: error,
    });
  }
};
