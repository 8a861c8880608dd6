import { Fault } from '../../faults.js';
import type { Command, Home, Outcome } from '../../stages.js';
import { type Grammar, loadGrammar } from '../grammar.js';
import { homesFile } from '../house.js';
import { answerTemplate, stateSlots } from './answers.js';
import { openSlots, written } from './open-slots.js';
import { outcomeOf } from './outcome.js';
import { riskOf } from './risk.js';
import { isPlaced, type Target, type Told, toldBy } from './told.js';

/** Something that Home Assistant is to do itself. */
export interface CallerIntent {
  /** `HassTurnOn`. */
  readonly name: string;
  readonly entities: readonly { readonly name: string; readonly value: unknown }[];
  /**
   * Where it is a question: the answer, as a template that Home Assistant fills. Made here, with nothing in it of what
   * somebody has said, so it may be sent as it is, after whatever else is to be spoken.
   */
  readonly answer?: string;
}

export interface CallerHomeConfig {
  /** BCP 47. Only English is understood. Default `en`. */
  readonly language?: string;
  /** A file like `homes/caller.en.yaml`, which is the default. */
  readonly grammar?: string;
}

/**
 * The home of whoever asks: it knows no names and no states, and does nothing itself. What it understands becomes intents
 * for Home Assistant, which looks for the things, keeps to what is exposed, and speaks our claim only if it is true.
 */
export interface CallerHome extends Home {
  /** Whether a text that is no command plainly breaks off. Below 5 ms. */
  unfinished(text: string, language?: string): boolean;
  /** What has to be done so that an outcome of `perform` becomes true; empty for those of other homes. */
  intentsOf(outcome: Outcome): readonly CallerIntent[];
}

/** Deeds that reach every thing of their kind where none is named, and so need one. */
const NEED_TARGET = new Set(
  'on off toggle open close position stop lock unlock speed brightness colour play'.split(' '),
);

/** Opens the home of whoever asks. Throws a `Fault` that names the grammar's file if that is wrong. */
export function openCallerHome(config: CallerHomeConfig = {}): CallerHome {
  const grammar = loadGrammar(config.grammar ?? homesFile('caller.en.yaml'));
  const language = config.language ?? grammar.language;
  const commands = new WeakMap<Command, Told>();
  const outcomes = new WeakMap<Outcome, Told>();
  const speaksOf = (spoken: string): boolean => spoken.toLowerCase().split('-')[0] === grammar.language;

  const toldOf = (command: Command): Told => {
    const told = commands.get(command);
    if (!told) throw new Fault('internal', 'A command was given to a home that has not made it');
    return told;
  };
  const outcome = (command: Command): Outcome => {
    const told = toldOf(command);
    const made = outcomeOf(told);
    outcomes.set(made, told);
    return made;
  };

  return {
    async understand(text, context, signal) {
      signal.throwIfAborted();
      if (!speaksOf(context.language)) return undefined;
      const { told, opens } = read(text, grammar);
      if (!told) return undefined;
      const command: Command = Object.freeze({ intent: told.intent, extendable: opens, risk: riskOf(told) });
      commands.set(command, told);
      return command;
    },
    phrases: () => [],
    foresee: outcome,
    async perform(command, run) {
      await run.committed;
      run.signal.throwIfAborted();
      return outcome(command);
    },
    unfinished(text, spoken = language) {
      if (!speaksOf(spoken)) return false;
      const { told, live } = read(text, grammar);
      return told === undefined && live;
    },
    intentsOf(done) {
      const told = outcomes.get(done);
      return told ? told.targets.map((target) => intentOf(told, target)) : [];
    },
  };
}

function read(text: string, grammar: Grammar): { told: Told | undefined; live: boolean; opens: boolean } {
  const said = written(text, grammar);
  const { whole, live, opens } = grammar.read(said.words, openSlots(said), false);
  for (const { reading } of whole) {
    const told = toldBy(reading);
    if (told && isSafe(told)) return { told, live, opens };
  }
  return { told: undefined, live, opens };
}

/** Nothing may reach a whole house by not being told what is meant. */
const isSafe = ({ deed, targets, values }: Told): boolean =>
  targets.every((target) => isPlaced(target) || (target.domain === undefined && !NEED_TARGET.has(deed))) &&
  (values.volume_level === undefined || targets.every(isPlaced));

function intentOf({ intent, deed, state, values }: Told, target: Target): CallerIntent {
  // A group is asked about as it was named.
  const all = { ...(state === undefined ? {} : stateSlots(state)), ...target, ...values };
  const answer = answerTemplate({ deed, ...(state !== undefined && { state }) });
  return {
    name: intent,
    entities: Object.entries(all).map(([name, value]) => ({ name, value })),
    ...(answer !== undefined && { answer }),
  };
}
