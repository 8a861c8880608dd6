import type { Effect } from '../stages.js';

/** Longest piece that goes through the effects at once; it stays in the processor's cache from the first to the last. */
const PIECE = 1024;

/** Effects one after the other as one effect. Their delays add up. */
export const chain = (effects: readonly Effect[]): Effect => {
  let buffer = new Float32Array(PIECE);
  const through = (block: Float32Array, first: number): Float32Array => {
    let sound = block;
    for (let k = first; k < effects.length; k++) sound = effects[k]!.process(sound);
    return sound;
  };
  return {
    delay: effects.reduce((sum, effect) => sum + effect.delay, 0),
    process(block) {
      const { length } = block;
      if (length > buffer.length) buffer = new Float32Array(length);
      for (let from = 0; from < length; from += PIECE) {
        buffer.set(through(block.subarray(from, Math.min(length, from + PIECE)), 0), from);
      }
      return buffer.subarray(0, length);
    },
    flush() {
      // What an effect still holds passes through those behind it before they give up what they hold.
      const rests = effects.map((effect, k) => through(effect.flush(), k + 1).slice());
      const rest = new Float32Array(rests.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of rests) {
        rest.set(part, at);
        at += part.length;
      }
      return rest;
    },
    reset() {
      for (const effect of effects) effect.reset();
    },
  };
};
