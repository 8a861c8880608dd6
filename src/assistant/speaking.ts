import type { Playback, Reply, Run, Say, Speaker, Synthesizer } from '../stages.js';
import type { Timeline } from '../timeline/timeline.js';
import type { Attempt } from './attempt.js';

/** What a turn speaks with. */
export interface Mouth {
  readonly synthesize: Synthesizer;
  readonly speak: Speaker;
  /** "Yes, mortal." */
  readonly acknowledgement: () => Say;
  /** What is said when a stage fails. */
  readonly excuse: () => Say;
  /** Is told how much of a reply was heard, so that what nobody heard is not remembered as said. */
  readonly heard?: (reply: Reply, playback: Playback) => void;
}

/** Says one line that needs nobody's leave. */
export const sayAtOnce = (mouth: Mouth, say: Say, timeline: Timeline, signal: AbortSignal): Promise<Playback> => {
  const run: Run = { signal, committed: Promise.resolve(), mark: (name, at) => timeline.mark(name, at) };
  return mouth.speak(mouth.synthesize(once(say), run), run);
};

/** Speaks the reply of an attempt to its end, or as far as it gets, and notes in the attempt how that went. */
export const answer = async (mouth: Mouth, attempt: Attempt): Promise<void> => {
  const { reply, run, spoken } = attempt;
  const says = reply ? reply.says : once(mouth.excuse());
  const playback = await mouth.speak(mouth.synthesize(noting(says, spoken), run), run);
  if (reply) mouth.heard?.(reply, playback);
  const result = await reply?.result;
  attempt.answer = { playback, expectsAnswer: result?.expectsAnswer ?? false };
};

async function* once(say: Say): AsyncGenerator<Say> {
  yield say;
}

async function* noting(says: AsyncIterable<Say>, spoken: Say[]): AsyncGenerator<Say> {
  for await (const say of says) {
    spoken.push(say);
    yield say;
  }
}
