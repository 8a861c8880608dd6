import type { Samples } from '../units.js';

export const lengthOf = (pieces: readonly Float32Array[]): Samples =>
  pieces.reduce((sum, piece) => sum + piece.length, 0);

export const concatenate = (pieces: readonly Float32Array[]): Float32Array => {
  const whole = new Float32Array(lengthOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
};
