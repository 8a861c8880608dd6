/** Runs in a worker: a run of the model blocks its thread. */
import { serve } from '../engines/serve.js';
import { loadMoonshine, type MoonshineFiles, type MoonshineText } from './moonshine-model.js';

serve(async (files: MoonshineFiles) => {
  const model = await loadMoonshine(files);
  let turn: Promise<unknown> = Promise.resolve();
  return {
    methods: {
      /** One after the other: two at once would only make both late. */
      transcribe: (samples: Float32Array, { signal }: { signal: AbortSignal }): Promise<MoonshineText> => {
        const result = turn.then(() => {
          signal.throwIfAborted();
          return model.transcribe(samples, signal);
        });
        turn = result.catch(() => {});
        return result;
      },
    },
    close: () => model.release(),
  };
});
