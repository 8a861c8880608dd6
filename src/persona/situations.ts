/** What a line may leave open. `{Name}` is `{name}` with a capital. */
const SLOTS = ['name', 'names', 'area', 'value', 'failed', 'reason', 'said'] as const;
export type Slot = (typeof SLOTS)[number];

/** Values for slots, ready to be spoken. */
export type Slots = Readonly<Partial<Record<Slot, string>>>;

interface Situation {
  /** Slots that a line of this situation may use; each may be missing at run time unless it is in `always`. */
  readonly slots: readonly Slot[];
  readonly always?: readonly Slot[];
  /** A line without it says nothing. */
  readonly needs?: Slot;
  /** Every persona has it, with at least one line that can always be said. */
  readonly required?: true;
  /** Spoken without effects or jest. */
  readonly plain?: true;
}

const TARGET = ['name', 'names', 'area'] as const;
const SET = [...TARGET, 'value'] as const;
const NONE = [] as const;

/**
 * When a persona speaks. Where a persona has no line for `done.turn_on.light`, one for `done.turn_on` is taken,
 * then one for `done`: only the roots are required.
 */
const SITUATIONS = {
  greeting: { slots: NONE, required: true },
  acknowledgement: { slots: NONE, required: true },

  done: { slots: TARGET, required: true },
  'done.turn_on': { slots: TARGET },
  'done.turn_on.light': { slots: TARGET },
  'done.turn_on.lights': { slots: TARGET },
  'done.turn_on.fan': { slots: TARGET },
  'done.turn_on.several': { slots: TARGET },
  'done.turn_off': { slots: TARGET },
  'done.turn_off.light': { slots: TARGET },
  'done.turn_off.lights': { slots: TARGET },
  'done.turn_off.fan': { slots: TARGET },
  'done.turn_off.several': { slots: TARGET },
  'done.brightness': { slots: SET },
  'done.colour': { slots: SET },
  'done.climate': { slots: SET },
  'done.open': { slots: TARGET },
  'done.close': { slots: TARGET },
  'done.position': { slots: SET },
  'done.lock': { slots: TARGET },
  'done.unlock': { slots: TARGET },
  'done.fan_speed': { slots: SET },
  'done.media_play': { slots: TARGET },
  'done.media_pause': { slots: TARGET },
  'done.media_skip': { slots: TARGET },
  'done.volume': { slots: SET },
  'done.timer_start': { slots: SET },
  'done.timer_cancel': { slots: SET },
  'done.scene': { slots: TARGET },
  'done.compound': { slots: NONE },

  already: { slots: TARGET, required: true },
  'already.on': { slots: TARGET },
  'already.off': { slots: TARGET },
  'already.open': { slots: TARGET },
  'already.closed': { slots: TARGET },
  'already.locked': { slots: TARGET },
  'already.unlocked': { slots: TARGET },
  unchanged: { slots: NONE, required: true },
  undone: { slots: NONE, required: true },

  failed: { slots: ['failed'], required: true },
  'failed.because': { slots: ['failed', 'reason'] },
  'failed.unavailable': { slots: ['failed'] },
  'failed.refused': { slots: ['failed'] },
  'failed.forbidden': { slots: ['failed'] },
  partly: { slots: ['failed'], required: true },

  not_understood: { slots: NONE, required: true },
  unfinished: { slots: NONE, required: true },
  which: { slots: ['names'], needs: 'names' },
  nothing_to_repeat: { slots: NONE },
  nothing_heard: { slots: NONE, required: true },
  error: { slots: NONE, required: true },
  'error.home': { slots: NONE },
  'error.mind': { slots: NONE },
  'error.mind.slow': { slots: NONE },
  'error.mind.broken': { slots: NONE },
  'error.mind.spent': { slots: NONE },
  'error.mind.cut': { slots: NONE },
  fact: { slots: NONE },
  loading: { slots: NONE, required: true },
  taunt: { slots: NONE, required: true },
  exclamation: { slots: NONE },
  unclaimed: { slots: NONE },
  goodbye: { slots: NONE, required: true },
  stopped: { slots: NONE, required: true },

  confirm: { slots: ['said'], always: ['said'], required: true, plain: true },
  'confirm.lock': { slots: ['name', 'names'], plain: true },
  'confirm.unlock': { slots: ['name', 'names'], plain: true },
  'confirm.open': { slots: ['name', 'names'], plain: true },
  'confirm.close': { slots: ['name', 'names'], plain: true },
  cancelled: { slots: NONE, required: true, plain: true },

  'talk.greeting': { slots: NONE },
  'talk.thanks': { slots: NONE },
  'talk.praise': { slots: NONE },
  'talk.insult': { slots: NONE },
  'talk.apology': { slots: NONE },
  'talk.affection': { slots: NONE },
  'talk.joke': { slots: NONE },
  'talk.identity': { slots: NONE },
  'talk.mood': { slots: NONE },
  'talk.abilities': { slots: NONE },
} as const satisfies Record<string, Situation>;

export type SituationName = keyof typeof SITUATIONS;
export const SITUATION_NAMES = Object.keys(SITUATIONS) as SituationName[];

export const isSituation = (name: string): name is SituationName => Object.hasOwn(SITUATIONS, name);

/** The facts about a situation. */
export const situation = (name: SituationName): Situation => SITUATIONS[name];

/** The situation itself, then what stands in for it, nearest first: `done.turn_on.light`, `done.turn_on`, `done`. */
export function lineage(name: SituationName): SituationName[] {
  const found: SituationName[] = [];
  for (let key: string = name; key !== ''; key = key.slice(0, Math.max(0, key.lastIndexOf('.')))) {
    if (isSituation(key)) found.push(key);
  }
  return found;
}

/** What is answered in plain words, whoever is asked. Every persona has all of them. */
export const SAFETY_TOPICS = [
  'fire',
  'gas',
  'carbon_monoxide',
  'water_leak',
  'alarm',
  'intruder',
  'medical',
  'poison',
  'self_harm',
  'distress',
] as const;
export type SafetyTopic = (typeof SAFETY_TOPICS)[number];
