import { InferenceSession } from 'onnxruntime-node';
import { Fault, messageOf } from '../faults.js';

export interface SessionOptions {
  /** Threads inside one run. One is cheapest for small models: more of them spin while they wait for each other. */
  readonly threads?: number;
}

/**
 * Loads a small ONNX model that is run on this thread. `what` names it in messages: "the voice detector".
 * Throws a `Fault` ('model') where the file is missing or is no such model.
 */
export const openSession = async (
  model: string | Uint8Array,
  what: string,
  { threads = 1 }: SessionOptions = {},
): Promise<InferenceSession> => {
  const options = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3, // The runtime writes to stderr by itself; its warnings are not for users.
  } as const;
  try {
    return typeof model === 'string'
      ? await InferenceSession.create(model, options)
      : await InferenceSession.create(model, options);
  } catch (error) {
    throw brokenModel(what, typeof model === 'string' ? model : undefined, error);
  }
};

/** The trouble of a model file that cannot be used. */
export const brokenModel = (what: string, path: string | undefined, cause: unknown): Fault =>
  new Fault('model', `The model of ${what}${path ? ` (${path})` : ''} cannot be loaded: ${messageOf(cause)}`, {
    hint: 'Run "evil-assistant models verify": it fetches again what is missing or damaged.',
    cause,
  });
