/**
 * The sounds of English, in ARPAbet, and how easily one is taken for another.
 *
 * Vowels: their first two formants in hertz, men's means of Peterson & Barney, "Control methods used in a study of the
 * vowels" (JASA 24, 1952), on the Bark scale of Traunmüller (JASA 88, 1990). A diphthong is a way from one to another.
 * Consonants: the five features of Miller & Nicely, "An analysis of perceptual confusions among some English
 * consonants" (JASA 27, 1955), voicing, nasality, affrication, duration and place, to which approximants are added.
 */
type Formants = readonly [first: number, second: number];

const FORMANTS = {
  IY: [270, 2290],
  IH: [390, 1990],
  EH: [530, 1840],
  AE: [660, 1720],
  AA: [730, 1090],
  AO: [570, 840],
  UH: [440, 1020],
  UW: [300, 870],
  AH: [640, 1190],
  ER: [490, 1350],
  // The neutral tube: resonances at odd multiples of 500 Hz.
  AX: [500, 1500],
} as const satisfies Record<string, Formants>;

const DIPHTHONGS = {
  EY: ['EH', 'IY'],
  AY: ['AA', 'IY'],
  OY: ['AO', 'IY'],
  AW: ['AA', 'UH'],
  OW: ['AO', 'UH'],
} as const;

interface Features {
  readonly voiced: boolean;
  readonly nasal: boolean;
  /** Noisy: fricatives and affricates. */
  readonly noisy: boolean;
  /** Long, hissing. */
  readonly long: boolean;
  /** Front of the mouth to its back, 0…3. */
  readonly place: number;
  /** Liquids and glides. */
  readonly approximant: boolean;
}

const consonant = (marks: string, place: number): Features => ({
  voiced: marks.includes('v'),
  nasal: marks.includes('n'),
  noisy: marks.includes('f'),
  long: marks.includes('l'),
  approximant: marks.includes('a'),
  place,
});

const CONSONANTS = {
  P: consonant('', 0),
  B: consonant('v', 0),
  T: consonant('', 1),
  D: consonant('v', 1),
  K: consonant('', 3),
  G: consonant('v', 3),
  F: consonant('f', 0),
  V: consonant('vf', 0),
  TH: consonant('f', 0.6),
  DH: consonant('vf', 0.6),
  S: consonant('fl', 1),
  Z: consonant('vfl', 1),
  SH: consonant('fl', 2),
  ZH: consonant('vfl', 2),
  CH: consonant('f', 2),
  JH: consonant('vf', 2),
  HH: consonant('f', 3),
  M: consonant('vn', 0),
  N: consonant('vn', 1),
  NG: consonant('vn', 3),
  L: consonant('va', 1),
  R: consonant('va', 2),
  W: consonant('va', 0),
  Y: consonant('va', 2.5),
} as const satisfies Record<string, Features>;

type Vowel = keyof typeof FORMANTS | keyof typeof DIPHTHONGS;
type Consonant = keyof typeof CONSONANTS;
export type Phoneme = Vowel | Consonant;

const PHONEMES = [...Object.keys(FORMANTS), ...Object.keys(DIPHTHONGS), ...Object.keys(CONSONANTS)] as Phoneme[];

const VOWELS = new Set<string>([...Object.keys(FORMANTS), ...Object.keys(DIPHTHONGS)]);
const isVowel = (phoneme: Phoneme): phoneme is Vowel => VOWELS.has(phoneme);
export const isNasal = (phoneme: Phoneme | undefined): boolean =>
  phoneme === 'M' || phoneme === 'N' || phoneme === 'NG';

/** Traunmüller's approximation. */
const bark = (hertz: number): number => (26.81 * hertz) / (1960 + hertz) - 0.53;

const path = (vowel: Vowel): readonly [Formants, Formants] => {
  const [from, to] = vowel in DIPHTHONGS ? DIPHTHONGS[vowel as keyof typeof DIPHTHONGS] : [vowel, vowel];
  return [FORMANTS[from as keyof typeof FORMANTS], FORMANTS[to as keyof typeof FORMANTS]];
};

const between = (a: Formants, b: Formants): number => Math.hypot(bark(a[0]) - bark(b[0]), bark(a[1]) - bark(b[1]));

/** So that the farthest pair of vowels, IY and AO (7.5 Bark), costs a little less than a vowel for a consonant. */
const BARK_TO_COST = 0.105;

const vowelCost = (a: Vowel, b: Vowel): number => {
  const [fromA, toA] = path(a);
  const [fromB, toB] = path(b);
  return Math.min(0.8, BARK_TO_COST * (0.6 * between(fromA, fromB) + 0.4 * between(toA, toB)) + 0.03);
};

// In noise, voicing and nasality survive longest, place is lost first (Miller & Nicely): a difference in place is cheap.
const consonantCost = (a: Consonant, b: Consonant): number => {
  const [x, y] = [CONSONANTS[a], CONSONANTS[b]];
  const cost =
    (x.voiced === y.voiced ? 0 : 0.2) +
    (x.nasal === y.nasal ? 0 : 0.6) +
    (x.noisy === y.noisy ? 0 : 0.3) +
    (x.long === y.long ? 0 : 0.15) +
    (x.approximant === y.approximant ? 0 : 0.3) +
    0.12 * Math.abs(x.place - y.place);
  return Math.min(1, cost);
};

const costOf = (a: Phoneme, b: Phoneme): number => {
  if (a === b) return 0;
  if (isVowel(a)) return isVowel(b) ? vowelCost(a, b) : 1;
  return isVowel(b) ? 1 : consonantCost(a, b);
};

const TABLE = new Map(PHONEMES.map((a) => [a, new Map(PHONEMES.map((b) => [b, costOf(a, b)]))]));

/** 0…1: how different two sounds are. Symmetric. */
export const substitution = (a: Phoneme, b: Phoneme): number => TABLE.get(a)?.get(b) ?? 1;

const isStop = (phoneme: Phoneme | undefined): boolean => phoneme !== undefined && STOPS.has(phoneme);
const STOPS = new Set<string>(['P', 'B', 'T', 'D', 'K', 'G']);

/**
 * 0…1: how much is heard to be missing when a sound between two others is left out. The weak go first: h, r after a
 * vowel, the neutral vowel, a nasal before a stop (it only colours the vowel: "lamp", "lab"), a stop after a nasal or
 * at the end.
 */
export const omission = (phoneme: Phoneme, before: Phoneme | undefined, after: Phoneme | undefined): number => {
  if (phoneme === 'HH') return 0.35;
  if (phoneme === 'AX') return 0.4;
  if (phoneme === 'R' && before !== undefined && isVowel(before)) return 0.4;
  if (isNasal(phoneme) && isStop(after)) return 0.3;
  if (isStop(phoneme) && isNasal(before)) return 0.25;
  if (isStop(phoneme) && after === undefined) return 0.5;
  return isVowel(phoneme) ? 0.8 : 0.7;
};
