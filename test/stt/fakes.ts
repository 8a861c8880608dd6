import type { Transcriber, Transcript } from '../../src/stages.js';

export interface FakeOptions {
  /** Text of each draft of a segment, in order; the final repeats the last. */
  readonly drafts: readonly string[];
  /** Before a draft is said. */
  readonly delay?: (signal: AbortSignal) => Promise<unknown>;
  /** Fails instead of the draft of this pause. */
  readonly failAt?: number;
}

/** Says what it was told to, and notes how much sound it was given. */
export const fakeTranscriber = (engine: string, { delay, drafts, failAt }: FakeOptions) => {
  const heard: number[] = [];
  const transcribe: Transcriber = async function* (speech, signal) {
    let samples = 0;
    let text = '';
    for await (const event of speech) {
      const base = { engine, through: 0 };
      if (event.kind === 'audio') samples += event.block.samples.length;
      if (event.kind === 'paused') {
        if (event.pause === failAt) throw new Error(`${engine} failed`);
        await delay?.(signal);
        signal.throwIfAborted();
        text = drafts[event.pause - 1] ?? '';
        heard.push(samples);
        yield { ...base, kind: 'draft', segment: event.segment, pause: event.pause, text } satisfies Transcript;
      }
      if (event.kind === 'ended') yield { ...base, kind: 'final', segment: event.segment, text } satisfies Transcript;
    }
  };
  return { transcribe, heard };
};
