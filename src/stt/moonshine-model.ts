import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import tokenizer from 'llama-tokenizer-js';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Fault, messageOf } from '../faults.js';
import { CAPTURE_RATE, type Samples, toSamples } from '../units.js';
import { cachedSplit } from './moonshine-cache.js';

const BEGIN = 1;
const END = 2;
const LAYERS = 6;
/** Moonshine's own limit: 6.5 tokens a second (usefulsensors/moonshine, `transcribe`). */
const TOKENS_A_SECOND = 6.5;
/** A word of three tokens may be shorter than that allows for. */
const FEWEST_TOKENS = 8;
/** The encoder's convolutions leave nothing of less than this. */
const SHORTEST: Samples = toSamples(100);

export interface MoonshineText {
  readonly text: string;
  /** Geometric mean of the tokens' probabilities, 0…1. */
  readonly confidence: number;
}

export interface MoonshineModel {
  /** @param samples at 16 kHz, at most 15 s. The signal is looked at between tokens. */
  transcribe(samples: Float32Array, signal: AbortSignal): Promise<MoonshineText>;
  release(): Promise<void>;
}

export interface MoonshineFiles {
  /** The folder with `encoder_model.onnx` and `decoder_model_merged.onnx`. */
  readonly model: string;
  /** Where the decoder in two graphs is kept. */
  readonly cacheFolder: string;
  readonly threads: number;
}

type Tensors = Record<string, Tensor>;

/** @throws `Fault('model')` where a file is missing or not Moonshine tiny. */
export const loadMoonshine = async (files: MoonshineFiles): Promise<MoonshineModel> => {
  const read = (name: string) => readFile(join(files.model, name)).catch(unreadable);
  const [encoderBytes, merged] = await Promise.all([read('encoder_model.onnx'), read('decoder_model_merged.onnx')]);
  const split = await cachedSplit(merged, files.cacheFolder, (error) => {
    console.error(`The cache ${files.cacheFolder} cannot be written: ${messageOf(error)}`);
  });
  const create = (bytes: Uint8Array) => InferenceSession.create(bytes, sessionOptions(files.threads));
  const sessions = await Promise.all([create(encoderBytes), create(split.first), create(split.next)]).catch(unreadable);
  const [encoder, first, next] = sessions as [InferenceSession, InferenceSession, InferenceSession];

  const transcribe = async (samples: Float32Array, signal: AbortSignal): Promise<MoonshineText> => {
    if (samples.length < SHORTEST) return { text: '', confidence: 0 };
    const limit = Math.max(FEWEST_TOKENS, Math.ceil((samples.length / CAPTURE_RATE) * TOKENS_A_SECOND));
    const sound = new Tensor('float32', samples, [1, samples.length]);
    const { last_hidden_state: hidden } = await encoder.run({ input_values: sound });
    signal.throwIfAborted();
    const begun = await first.run({ input_ids: ids(BEGIN), encoder_hidden_states: hidden as Tensor });
    const choice = mostLikely((begun.logits as Tensor).data as Float32Array);
    const tokens = [choice.token];
    let logProbability = choice.logProbability;
    const past: Tensors = {};
    remember(past, begun);
    while (tokens.length < limit) {
      signal.throwIfAborted();
      const step = await next.run({ input_ids: ids(tokens.at(-1) as number), ...past });
      remember(past, step);
      const token = Number(((step.token as Tensor).data as BigInt64Array)[0]);
      logProbability += ((step.log_probability as Tensor).data as Float32Array)[0] as number;
      if (token === END) break;
      tokens.push(token);
    }
    const text = tokenizer.decode([BEGIN, ...tokens]).trim();
    return { text, confidence: Math.exp(logProbability / (tokens.length + 1)) };
  };

  return {
    transcribe,
    release: async () => {
      await Promise.all(sessions.map((session) => session.release()));
    },
  };
};

const sessionOptions = (threads: number): InferenceSession.SessionOptions => ({
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  extra: {
    session: {
      // The model's pairs of quantising nodes are rewritten to slower ones by default: 77 ms for 3 s instead of 56.
      disable_quant_qdq: '1',
      // Threads that spin for work take the core from whatever else runs.
      intra_op: { allow_spinning: '0' },
    },
  },
});

const unreadable = (error: unknown): never => {
  throw new Fault('model', `The speech recognition model Moonshine cannot be read: ${messageOf(error)}`, {
    hint: 'Run "evil-assistant models verify", which fetches what is damaged again.',
    cause: error,
  });
};

const ids = (token: number): Tensor => new Tensor('int64', BigInt64Array.of(BigInt(token)), [1, 1]);

const remember = (past: Tensors, outputs: InferenceSession.OnnxValueMapType): void => {
  for (let layer = 0; layer < LAYERS; layer += 1) {
    for (const part of ['decoder.key', 'decoder.value', 'encoder.key', 'encoder.value']) {
      // Of the encoder's there is only what the first step has computed.
      const present = outputs[`present.${layer}.${part}`];
      if (present !== undefined) past[`past_key_values.${layer}.${part}`] = present as Tensor;
    }
  }
};

/** The most likely first token. Not the end: with silence around the speech the model likes to say nothing at all. */
const mostLikely = (logits: Float32Array): { readonly token: number; readonly logProbability: number } => {
  let token = -1;
  let best = Number.NEGATIVE_INFINITY;
  let peak = Number.NEGATIVE_INFINITY;
  for (const [index, logit] of logits.entries()) {
    peak = Math.max(peak, logit);
    if (index === END || logit <= best) continue;
    best = logit;
    token = index;
  }
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - peak);
  return { token, logProbability: best - peak - Math.log(sum) };
};
