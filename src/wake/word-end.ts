import type { Audio, Detection } from '../stages.js';
import { type Milliseconds, type SampleIndex, type Samples, toSamples } from '../units.js';

/**
 * The stretch around a detection in which the wake word ends: of 59 synthetic voices that said "hey jarvis" and a
 * command in one breath, the detection came from 220 ms before to 70 ms after the word's end (5 and 95 %), and of the
 * recorded wake words some come 200 ms after it.
 */
const BEFORE: Milliseconds = 200;
const AFTER: Milliseconds = 100;
/** Shorter than the gap before a stop consonant, which is all the gap there may be between wake word and command. */
const FRAME: Samples = toSamples(20);
const STEP: Samples = toSamples(5);

/** A stop consonant begins with a silence of its own, which belongs to the command: the cut is this much before the quietest moment. */
const MARGIN: Samples = toSamples(30);

/** Where the stretch in which a wake word ends begins. */
export const wordEndFrom = ({ at }: Detection): SampleIndex => Math.max(0, at - toSamples(BEFORE));

/**
 * The end of a wake word after which a command may follow in the same breath: the quietest moment around the detection.
 * A recogniser that begins there does not mistake the word and the command's first syllable for one word.
 *
 * @param microphone from `wordEndFrom(detection)` on. Waits until the stretch has been heard, which costs nothing: somebody
 * is still speaking, or nobody is waiting.
 */
export const findWordEnd = async (microphone: Audio, detection: Detection): Promise<SampleIndex> => {
  const from = wordEndFrom(detection);
  const stretch = new Float32Array(detection.at + toSamples(AFTER) - from);
  let filled = 0;
  for await (const block of microphone) {
    const at = block.from - from;
    if (at >= stretch.length) break;
    stretch.set(block.samples.subarray(Math.max(0, -at), stretch.length - at), Math.max(0, at));
    filled = at + block.samples.length;
    if (filled >= stretch.length) break;
  }
  return from + Math.max(0, quietest(stretch.subarray(0, Math.min(filled, stretch.length))) - MARGIN);
};

/** The middle of the quietest frame. */
const quietest = (samples: Float32Array): Samples => {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let begin = 0; begin + FRAME <= samples.length; begin += STEP) {
    let energy = 0;
    for (let i = begin; i < begin + FRAME; i++) energy += samples[i]! * samples[i]!;
    // Of two that are as quiet the later one: before a command there is silence, and less of the word is left.
    if (energy > least) continue;
    least = energy;
    best = begin + FRAME / 2;
  }
  return best;
};
