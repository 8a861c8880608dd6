/** Runs in a process of its own: a model takes memory by the gigabyte, and a crash in it must not take the voice down. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { serve } from '../../engines/serve.js';
import { Fault, messageOf } from '../../faults.js';
import { type Llama, type LlamaLibrary, type LlamaModel, loadLlamaLibrary } from './library.js';
import { createMind } from './mind.js';
import { openStates, stateKey } from './states.js';
import { templateOf } from './template.js';
import type { AnswerParams, LlamaInit, Question } from './wire.js';

/** States of the prompts of a few personas and homes. One of SmolLM2 is 8 MB, of a model of 1 billion about 12, of gemma2 40. */
const STATES = { files: 8, bytes: 200_000_000 };

serve(async ({ context: size, library: folder, model: path, states, threads }: LlamaInit) => {
  const library = await loadLlamaLibrary(folder);
  const file = await stat(path).catch((cause: unknown) => {
    throw new Fault('model', `The language model ${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
  const llama = await library.getLlama({
    gpu: false,
    // What is installed, or nothing: no compiler, no download.
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: 'warn',
    maxThreads: threads,
  });
  const { context, model } = await load(library, llama, path, size, threads);
  const template = templateOf(model.fileInfo.metadata.tokenizer?.chat_template);
  if (template === undefined) {
    throw new Fault('model', `${basename(path)} is made for a way of chatting that is not known here`, {
      hint: 'Models of the families Qwen 2.5, Llama 3, Gemma 2, SmolLM2 and Zephyr are known.',
    });
  }
  const version = await library.getModuleVersion();
  const mind = await createMind({
    library,
    llama,
    model,
    template,
    sequence: context.getSequence(),
    context: context.contextSize,
    threads,
    states: states === undefined ? undefined : openStates(states, STATES),
    keyOf: (tokens) => stateKey([version, basename(path), file.size, file.mtimeMs, context.contextSize, ...tokens]),
  });
  return {
    methods: {
      about: () => ({ parameters: parametersOf(model), bytes: file.size }),
      answer: (params: AnswerParams, { signal }) => mind.answer(params, signal),
      warm: (question: Question, { signal }) => mind.warm(question, signal),
      stopped: (turn: number) => mind.stopped(turn),
      measure: (_: unknown, { signal }) => mind.measure(signal),
    },
    close: () => llama.dispose(),
  };
});

const load = async (library: LlamaLibrary, llama: Llama, path: string, size: number, threads: number) => {
  try {
    const model = await llama.loadModel({ modelPath: path });
    const context = await model.createContext({
      contextSize: size,
      batchSize: Math.min(size, 512),
      threads,
      sequences: 1,
      // Part of what was read can be kept only where all of it is held.
      swaFullCache: true,
      // A smaller one than was asked for would cut prompts without a word.
      failedCreationRemedy: false,
    });
    return { model, context };
  } catch (error) {
    if (error instanceof library.InsufficientMemoryError) {
      throw new Fault('model', `There is not enough free memory for ${basename(path)}`, {
        hint: 'Choose a smaller model, or a smaller context.',
        cause: error,
      });
    }
    throw new Fault('model', `${basename(path)} cannot be loaded: ${messageOf(error)}`, {
      hint: 'Fetch it again: the file may be damaged, or of a kind that is not known here.',
      cause: error,
    });
  }
};

/** Counted, or else as the file's own label has it, `1.1B`. */
const parametersOf = ({ fileInfo, size }: LlamaModel): number => {
  const counted = fileInfo.fullTensorInfo?.reduce(
    (sum, { dimensions }) => sum + dimensions.reduce<number>((product, it) => product * Number(it), 1),
    0,
  );
  if (counted !== undefined && counted > 0) return counted;
  const label = /^([\d.]+)([MB])$/.exec(fileInfo.metadata.general?.size_label ?? '');
  // Four bits a parameter and a little more.
  return label ? Number(label[1]) * (label[2] === 'B' ? 1e9 : 1e6) : size / 0.6;
};
