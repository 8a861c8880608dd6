import { type Clock, systemClock } from '../../clock.js';
import { Fault } from '../../faults.js';
import type { HomeAssistant } from '../../home-assistant/connection.js';
import type { LiveHouse } from '../../home-assistant/house.js';
import type { Log } from '../../log.js';
import type { Command, Home, Outcome, Run, TurnContext } from '../../stages.js';
import type { Milliseconds } from '../../units.js';
import { loadGrammar } from '../grammar.js';
import { homesFile } from '../house.js';
import { openAskCore } from './ask-core.js';
import { type Expected, expectedOf } from './expected.js';
import { openMarks } from './marks.js';
import { type Meaning, sameMeaning } from './meaning.js';
import { failedOutcome, foreseen } from './outcomes.js';
import { openOwnSentences } from './own-sentences.js';
import { AGENT, performMeaning } from './perform.js';
import { isEnglish, REASONS } from './reasons.js';
import type { RiskRules } from './risk.js';
import type { Performed } from './settle.js';
import { takeBack } from './undo.js';

export interface HomeAssistantHomeConfig {
  readonly homeAssistant: HomeAssistant;
  readonly house: LiveHouse;
  /** Locks, alarms, garage doors and what is marked: done after a spoken yes, or refused, which is the default. */
  readonly allowGuarded?: boolean;
  /** What is as guarded as a lock, too: entity ids, areas, labels, domains, device classes, intents. */
  readonly marked?: readonly string[];
  /** More things than this at once are asked about first. Default 20. */
  readonly confirmAbove?: number;
  /** What is spoken here, so that Core has read its sentences before the first of them is said. Default English. */
  readonly languages?: readonly string[];
  /** A file like `homes/grammar.en.yaml`, which is the default. */
  readonly grammar?: string;
  readonly clock?: Clock;
  readonly log: Log;
}

/** A house that Home Assistant runs, told by its own conversation agent. */
export interface HomeAssistantHome extends Home {
  /** Whether a text that is no command plainly breaks off. Only known in English. */
  unfinished(text: string, language: string): boolean;
  /** Calls back when `phrases` have changed; returns what ends that. */
  onPhrases(listener: () => void): () => void;
  close(): void;
}

const CONFIRM_ABOVE = 20;
const PREPARING: Milliseconds = 30_000;
/** An older answer is asked for again before it is acted on. */
const FRESH: Milliseconds = 2_000;
/** Names come in bursts, and a recogniser takes seconds to read them. */
const SETTLED: Milliseconds = 5_000;
const PATIENCE: Milliseconds = 900;
/** How many commands "undo that" can go back. */
const UNDOABLE = 20;
/** The user's own sentences, scripts and scenes may be others now. */
const REWRITTEN = ['automation_reloaded', 'scene_reloaded'];
const RELABELLED = ['label', 'entity', 'device', 'area'].map((kind) => `${kind}_registry_updated`);

/** Opens a house of Home Assistant's. Throws a `Fault` that names the grammar's file if that is wrong. */
export function openHomeAssistantHome(config: HomeAssistantHomeConfig): HomeAssistantHome {
  const { homeAssistant: core, house, clock = systemClock, log } = config;
  const marks = openMarks(config.marked ?? [], core, log);
  const rules: RiskRules = { marked: marks.marked, confirmAbove: config.confirmAbove ?? CONFIRM_ABOVE };
  const grammar = loadGrammar(config.grammar ?? homesFile('grammar.en.yaml'));
  const closing = new AbortController();
  const own = openOwnSentences(core, rules);
  const meanings = new WeakMap<Command, Meaning>();
  const past: NonNullable<Outcome['undo']>[] = [];
  const listeners = new Set<() => void>();
  let edition = 0;
  let expected: Expected | undefined;

  const expectedNow = (): Expected => {
    expected ??= expectedOf(house.current, grammar, rules);
    return expected;
  };

  const ask = openAskCore({
    core,
    house: () => house.current,
    expected: expectedNow,
    edition: () => edition,
    clock,
    rules,
    allowGuarded: config.allowGuarded ?? false,
    own,
    coreVersion: () => (core.state.kind === 'connected' ? core.state.version : ''),
  });

  const ended: (() => void)[] = [];
  const renew = (): void => {
    edition++;
    own.forget();
    marks.look();
  };
  /** Reading a language takes Core most of a second. */
  const prepare = (): void => {
    if (core.state.kind !== 'connected') return;
    for (const language of config.languages ?? ['en']) {
      core
        .call({ type: 'conversation/prepare', language, agent_id: AGENT }, { timeout: PREPARING })
        .catch((error: unknown) => log.debug({ error, language }, 'Home Assistant could not prepare a language'));
    }
  };
  prepare();
  let settling: AbortController | undefined;
  ended.push(
    house.onNames(() => {
      renew();
      expected = undefined;
      settling?.abort();
      settling = new AbortController();
      clock.sleep(SETTLED, AbortSignal.any([settling.signal, closing.signal])).then(
        () => {
          for (const listener of [...listeners]) listener();
        },
        () => {},
      );
    }),
    core.onState(() => {
      renew();
      prepare();
    }),
    ...[...REWRITTEN, ...(marks.marked.size > 0 ? RELABELLED : [])].map((event) =>
      core.subscribe({ type: 'subscribe_events', event_type: event }, renew),
    ),
  );

  const commandOf = (meaning: Meaning): Command => {
    const { intent, extendable, risk } = meaning;
    const command: Command = Object.freeze({ intent, extendable, risk });
    meanings.set(command, meaning);
    return command;
  };
  const known = (command: Command): Meaning => {
    const meaning = meanings.get(command);
    if (!meaning) throw new Fault('internal', 'A command was given to a home that has not made it');
    return meaning;
  };

  const undoMeaning = (text: string, context: TurnContext): Meaning => ({
    text,
    context,
    intent: 'HomeUndo',
    kind: 'undo',
    slots: {},
    texts: {},
    targets: [],
    risk: 'harmless',
    extendable: false,
    asked: clock.now(),
    edition,
  });

  const undoLast = async (run: Run): Promise<Outcome> => {
    const undo = past.at(-1);
    return undo ? undo(run) : failedOutcome('HomeUndo', 'last command', 'there is nothing to take back');
  };

  const withUndo = ({ outcome, changed }: Performed): Outcome => {
    if (changed.length === 0) return outcome;
    const once = async (run: Run): Promise<Outcome> => {
      const undone = await takeBack(changed, run, { core, house, clock });
      const at = past.indexOf(once);
      if (at >= 0) past.splice(at, 1);
      return undone;
    };
    past.push(once);
    if (past.length > UNDOABLE) past.shift();
    return { ...outcome, undo: once };
  };

  const withChoices = (outcome: Outcome, { choices }: Meaning): Outcome =>
    choices === undefined
      ? outcome
      : { ...outcome, choices: choices.map(({ name, meaning }) => ({ name, command: commandOf(meaning) })) };

  /** Commands wait for a yes, and houses change. */
  const upToDate = async (meaning: Meaning): Promise<Meaning | undefined> => {
    if (meaning.edition === edition && clock.now() - meaning.asked < FRESH) return meaning;
    const now = await ask.anew(meaning, closing.signal);
    return now && sameMeaning(now, meaning) ? now : undefined;
  };

  return {
    async understand(text, context, signal) {
      signal.throwIfAborted();
      await ready(core, [(limit) => house.ready(limit), () => marks.known()], clock, signal);
      const meaning = await ask.meaning(text, context, signal);
      if (meaning) return commandOf(meaning);
      const isUndo = isEnglish(context.language) && expectedNow().isUndo(text);
      return isUndo ? commandOf(undoMeaning(text, context)) : undefined;
    },

    phrases: () => expectedNow().phrases(),

    foresee(command) {
      const meaning = known(command);
      const outcome = meaning.kind === 'undo' ? undefined : foreseen(meaning, house.current);
      return outcome && withChoices(outcome, meaning);
    },

    async perform(command, run) {
      const meaning = known(command);
      await run.committed;
      run.signal.throwIfAborted();
      if (meaning.kind === 'undo') return undoLast(run);
      const current = meaning.cannot ? meaning : await upToDate(meaning);
      if (!current) {
        log.info(
          { intent: meaning.intent },
          'a command was dropped, for the house has changed since it was understood',
        );
        return failedOutcome(meaning.intent, meaning.texts.name ?? 'that', REASONS.houseChanged);
      }
      run.signal.throwIfAborted();
      const done = await performMeaning(current, { core, house, clock, closing: closing.signal });
      const outcome = withChoices(withUndo(done), current);
      return done.late ? { ...outcome, late: done.late.then(withUndo) } : outcome;
    },

    unfinished: (text, language) => isEnglish(language) && expectedNow().unfinished(text),

    onPhrases(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    close() {
      closing.abort(new Fault('network', 'The home is closed'));
      for (const end of ended) end();
      listeners.clear();
      past.length = 0;
    },
  };
}

/** A house that is not known yet is away: nothing may be taken for not exposed because it was not read yet. */
async function ready(
  core: HomeAssistant,
  waits: readonly ((limit: AbortSignal) => Promise<void>)[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (core.state.kind === 'refused') throw core.state.reason;
  if (core.state.kind !== 'connected') throw new Fault('network', 'Home Assistant is away', { retry: true });
  const done = new AbortController();
  const limit = AbortSignal.any([done.signal, signal]);
  try {
    await Promise.race([
      Promise.all(waits.map((wait) => wait(limit))),
      clock.sleep(PATIENCE, limit).then(() => {
        throw new Fault('network', 'The house of Home Assistant is not known yet', { retry: true });
      }),
    ]);
  } finally {
    done.abort();
  }
}
