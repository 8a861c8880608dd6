import type { Assistant } from '../main.js';
import { type Milliseconds, type SampleIndex, type Seconds, toSamples } from '../units.js';
import { playUtterance } from './play-utterance.js';
import { joined, readSound } from './sound.js';
import type { Utterance } from './spoken-set.js';

/** Of the room's own noise after the wake word: the acknowledgement must have come by then. */
const QUIET: Seconds = 4;
/** Of the utterance's beginning, in which nobody speaks yet. */
const ROOM: Milliseconds = 600;

/**
 * How long after it is clear that nothing follows the wake word the persona says that it listens: since the labelled
 * end of the word there was silence for as long as the option says. What is not acknowledged gives undefined.
 */
export const measureAcknowledgement = async (
  assistant: Assistant,
  utterance: Utterance,
  signal: AbortSignal,
): Promise<Milliseconds | undefined> => {
  const samples = wakeWordAlone(await readSound(utterance.file, signal), utterance.wakeEnd);
  const played = await playUtterance(assistant, { samples, lastSound: utterance.wakeEnd, after: 100, signal });
  const spoke = played.turn?.acknowledged?.moments.get('firstAudio')?.time;
  if (spoke === undefined) return undefined;
  return spoke - (played.timeOf(utterance.wakeEnd) + assistant.options.endpoint.acknowledge_after);
};

/** The utterance up to the end of its wake word, then the noise of its room. */
const wakeWordAlone = (samples: Float32Array, wakeEnd: SampleIndex): Float32Array => {
  const room = samples.slice(0, toSamples(ROOM));
  const quiet = Array.from({ length: Math.ceil((QUIET * 1000) / ROOM) }, () => room);
  return joined([samples.subarray(0, wakeEnd), ...quiet]);
};
