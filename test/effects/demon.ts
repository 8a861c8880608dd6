/** The default profile: deep, an undertone below, a little growl and room. */
export const DEMON: unknown[] = [
  'leveller',
  {
    layers: {
      voices: [
        { shift: -7, formants: -2 },
        { shift: -12, formants: -3, level: 0.4 },
      ],
    },
  },
  { sub_octave: { mix: 0.25 } },
  { ring_modulator: { frequency: 38, mix: 0.12 } },
  { bass: { gain: 4, corner: 200 } },
  { distortion: { drive: 1.8 } },
  { reverb: { mix: 0.1, room: 0.5 } },
  'limiter',
];
