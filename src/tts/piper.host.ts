/** The host of a Piper model: the one copy of it, and the effects of every voice that speaks with it. */
import { serve } from '../engines/serve.js';
import type { Bytes } from '../units.js';
import { loadPiper, type PiperOptions } from './piper.js';
import { type PieceRequest, sentencesInWork } from './sentences-in-work.js';

export interface HostUsage {
  /** What the model has grown by since it was loaded. */
  readonly grown: Bytes;
  /** The effects of all voices and the sounds underway. */
  readonly effects: Bytes;
}

serve(async (options: PiperOptions) => {
  const piper = await loadPiper(options);
  const { piece, drop } = sentencesInWork(piper.speak, options.model.rate);
  return {
    methods: {
      piece: (request: PieceRequest, { signal }: { signal: AbortSignal }) => piece(request, signal),
      drop,
      usage: (): HostUsage => ({ grown: piper.grown, effects: process.memoryUsage().arrayBuffers }),
    },
    close: piper.settled,
  };
});
