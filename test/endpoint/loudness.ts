const HOP = 160;

/**
 * Where the sound of a recording begins and ends, in samples ±20 ms: the first and last 10 ms that are 9 dB above the
 * recording's own noise together with most of the 70 ms around it (a click is shorter). Knows nothing of the voice
 * detector.
 */
export const soundBounds = (samples: Float32Array): { readonly from: number; readonly to: number } => {
  const levels: number[] = [];
  for (let at = 0; at + HOP <= samples.length; at += HOP) {
    const power = samples.subarray(at, at + HOP).reduce((sum, sample) => sum + sample * sample, 0) / HOP;
    levels.push(Math.max(-70, 10 * Math.log10(power + 1e-12)));
  }
  const noise = levels.toSorted((a, b) => a - b)[Math.floor(0.15 * levels.length)]!;
  const loud = levels.map((level) => level > noise + 9);
  const sound = loud.flatMap((is, i) =>
    is && loud.slice(Math.max(0, i - 3), i + 4).filter(Boolean).length >= 4 ? [i] : [],
  );
  return { from: sound[0]! * HOP, to: (sound.at(-1)! + 1) * HOP };
};

/** The quietest 30 ms between two positions: where a speaker could have paused. */
export const quietest = (samples: Float32Array, from: number, to: number): number => {
  let best = { at: from, power: Number.POSITIVE_INFINITY };
  for (let at = from; at + 480 <= to; at += HOP) {
    const power = samples.subarray(at, at + 480).reduce((sum, sample) => sum + sample * sample, 0);
    if (power < best.power) best = { at: at + 240, power };
  }
  return best.at;
};
