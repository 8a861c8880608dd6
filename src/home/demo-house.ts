import { type Clock, systemClock } from '../clock.js';
import { Fault } from '../faults.js';
import type { Command, Hands, Home, Outcome, Run, TurnContext } from '../stages.js';
import type { Seconds } from '../units.js';
import { carryOut, changeOf } from './carry-out.js';
import { loadGrammar } from './grammar.js';
import { demoHands } from './hands/demo-hands.js';
import { type EntityState, homesFile, loadHouse, type States } from './house.js';
import { type Meaning, riskOf } from './meaning.js';
import { rememberedPhrases } from './phrase-cache.js';
import { phrasesOf } from './phrases.js';
import { placesOf } from './places.js';
import { answer } from './questions.js';
import { type Snapshot, snapshotOf } from './snapshot.js';
import { withArticles } from './speech.js';
import { commandTimers } from './timer-commands.js';
import { Timers } from './timers.js';
import { type Understood, understander } from './understand.js';

export interface DemoHouseConfig {
  /** A file like `homes/demo.yaml`, which is the default. */
  readonly house?: string;
  /** A file like `homes/grammar.en.yaml`, which is the default. */
  readonly grammar?: string;
  /** Where what takes long to work out is kept from one start to the next. */
  readonly cacheFolder?: string;
  readonly clock?: Clock;
  /** A timer has run out. */
  readonly onTimer?: (timer: { readonly seconds: Seconds }) => void;
}

/** A house that is simulated: it behaves, and nothing outside the program changes. */
export interface DemoHouse extends Home {
  /** The same house for a language model. */
  readonly hands: Hands;
  /** Whether a text that is no command plainly breaks off: some sentence begins with it. Below 1 ms. */
  unfinished(text: string, language?: string): boolean;
  /** What things and rooms are called, for a recogniser to expect. */
  names(): readonly string[];
  /** The state of everything, to be shown; see `difference`. */
  snapshot(): Snapshot;
  /** As new: the states of the file, no timers, nothing to undo. */
  reset(): void;
  /** Stops the timers. */
  close(): void;
}

/** How many commands "undo that" can go back. */
const UNDOABLE = 20;

/** Opens a simulated house. Throws a Fault that names the file that is wrong. */
export function openDemoHouse(config: DemoHouseConfig = {}): DemoHouse {
  const { clock = systemClock, onTimer = () => {} } = config;
  const files = {
    house: config.house ?? homesFile('demo.yaml'),
    grammar: config.grammar ?? homesFile('grammar.en.yaml'),
  };
  const house = loadHouse(files.house);
  const grammar = loadGrammar(files.grammar);
  const places = placesOf(house, grammar.certain);
  const { makesSense, understand, unfinished } = understander(house, grammar, places);
  const timers = new Timers(clock, ({ seconds }) => onTimer({ seconds }));
  const meanings = new WeakMap<Command, Meaning>();
  const past: NonNullable<Outcome['undo']>[] = [];
  let states: States = house.initial;
  let phrases: readonly string[] | undefined;

  const commandOf = ({ meaning, extendable }: Understood): Command => {
    const command: Command = Object.freeze({ intent: meaning.intent, extendable, risk: riskOf(meaning) });
    meanings.set(command, meaning);
    return command;
  };
  const meaningOf = (command: Command): Meaning => {
    const meaning = meanings.get(command);
    if (!meaning) throw new Fault('internal', 'A command was given to a home that has not made it');
    return meaning;
  };
  const speaksOf = (language: string): boolean => language.toLowerCase().split('-')[0] === grammar.language;

  /** What needs no doing: answers, and what cannot be done. */
  const saidOnly = (meaning: Extract<Meaning, { kind: 'question' | 'cannot' }>): Outcome => {
    const nothing = { intent: meaning.intent, changed: [], already: [], slots: {} };
    if (meaning.kind === 'question') {
      return { ...nothing, failed: [], speech: answer(meaning.question, house, states, clock.now()) };
    }
    const { choices, name, reason } = meaning;
    return {
      ...nothing,
      failed: [{ name, reason }],
      slots: { name },
      ...(choices && {
        choices: choices.map((one) => ({ name: one.name, command: commandOf({ ...one, extendable: false }) })),
      }),
    };
  };

  /** Takes back what a command made of these things, unless something else has changed them since. */
  const undoStates =
    (before: States, after: States, ids: readonly string[]) =>
    async (run: Run): Promise<Outcome> => {
      await run.committed;
      run.signal.throwIfAborted();
      const same = (id: string): boolean => states.get(id) === after.get(id);
      const restored = ids.filter(same);
      const next = new Map<string, EntityState>(states);
      for (const id of restored) next.set(id, before.get(id)!);
      const changed = restored.map((id) => changeOf(house.entities.get(id)!, states.get(id)!, before.get(id)!));
      states = next;
      const names = changed.map(({ name }) => name);
      return {
        intent: 'HomeUndo',
        changed,
        already: ids.filter((id) => !restored.includes(id) && states.get(id) === before.get(id)),
        failed: ids
          .filter((id) => !restored.includes(id) && states.get(id) !== before.get(id))
          .map((id) => ({ name: house.entities.get(id)!.name, reason: 'it has been changed since' })),
        slots:
          names.length === 0 ? {} : { names: withArticles(names), ...(names.length === 1 ? { name: names[0]! } : {}) },
      };
    };

  const remember = (outcome: Outcome, undo: NonNullable<Outcome['undo']>): Outcome => {
    if (outcome.changed.length === 0) return outcome;
    const once = async (run: Run): Promise<Outcome> => {
      const done = await undo(run);
      const at = past.indexOf(once);
      if (at >= 0) past.splice(at, 1);
      return done;
    };
    past.push(once);
    if (past.length > UNDOABLE) past.shift();
    return { ...outcome, undo: once };
  };

  const areaOf = ({ area }: TurnContext): string | undefined => places.areaCalled(area) ?? house.here;

  return {
    hands: demoHands({
      house,
      states: () => states,
      here: areaOf,
      commandOf: (meaning) => commandOf({ meaning, extendable: false }),
    }),

    async understand(text: string, context: TurnContext, signal: AbortSignal) {
      signal.throwIfAborted();
      if (!speaksOf(context.language)) return undefined;
      const understood = understand(text, areaOf(context));
      return understood && commandOf(understood);
    },

    phrases() {
      const make = (): readonly string[] => {
        const vocabulary = { ...grammar, names: places.things, areas: places.areas };
        return phrasesOf({ vocabulary, withRooms: places.withRooms, makesSense });
      };
      phrases ??=
        config.cacheFolder === undefined
          ? make()
          : rememberedPhrases(config.cacheFolder, [files.house, files.grammar], make);
      return phrases;
    },

    foresee(command) {
      const meaning = meaningOf(command);
      switch (meaning.kind) {
        case 'change':
          return carryOut(meaning, house, states, false).outcome;
        case 'timer':
          return commandTimers(meaning, timers).outcome;
        case 'undo':
          return undefined;
        default:
          return saidOnly(meaning);
      }
    },

    async perform(command, run) {
      const meaning = meaningOf(command);
      await run.committed;
      run.signal.throwIfAborted();
      switch (meaning.kind) {
        case 'change': {
          const before = states;
          const done = carryOut(meaning, house, before, true);
          states = done.states;
          const ids = done.outcome.changed.map(({ entity }) => entity);
          return remember(done.outcome, undoStates(before, done.states, ids));
        }
        case 'timer': {
          const before = timers.list;
          const { outcome, list } = commandTimers(meaning, timers);
          if (list !== before) timers.replace(list);
          return remember(outcome, async (again) => {
            await again.committed;
            again.signal.throwIfAborted();
            timers.replace(before);
            const changed = outcome.changed.map(({ from, to, ...rest }) => ({ ...rest, from: to, to: from }));
            return {
              intent: 'HomeUndo',
              changed,
              already: [],
              failed: [],
              slots: { name: 'timer', names: 'the timer' },
            };
          });
        }
        case 'undo': {
          const undo = past.at(-1);
          if (undo) return undo(run);
          const failed = [{ name: 'last command', reason: 'there is nothing to take back' }];
          return { intent: meaning.intent, changed: [], already: [], failed, slots: {} };
        }
        default:
          return saidOnly(meaning);
      }
    },

    unfinished: (text, language = grammar.language) => speaksOf(language) && unfinished(text),
    names: () => places.names(),
    snapshot: () => snapshotOf(house, states, timers),
    reset() {
      states = house.initial;
      timers.reset();
      past.length = 0;
    },
    close: () => timers.replace([]),
  };
}
