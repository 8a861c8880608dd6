import { type Clock, systemClock } from '../../clock.js';
import { Fault } from '../../faults.js';
import type { HomeAssistant } from '../../home-assistant/connection.js';
import { describeHouse } from '../../home-assistant/describe.js';
import type { House, LiveHouse } from '../../home-assistant/house.js';
import { quoted } from '../../home-assistant/prompt-text.js';
import type { Log } from '../../log.js';
import type { Command, Hands, Home, Outcome, Risk, Run, Tool, TurnContext } from '../../stages.js';
import type { Milliseconds } from '../../units.js';
import type { Effect } from '../ha/effects.js';
import { openMarks } from '../ha/marks.js';
import type { Meaning } from '../ha/meaning.js';
import { failedOutcome, foreseen } from '../ha/outcomes.js';
import { openOwnSentences, worst } from '../ha/own-sentences.js';
import { REASONS } from '../ha/reasons.js';
import { isGuarded, isMarked, type RiskRules, riskOf, withMembers } from '../ha/risk.js';
import type { Performed } from '../ha/settle.js';
import { domainOf } from '../ha/state.js';
import { takeBack } from '../ha/undo.js';
import { readCall } from './calls.js';
import type { Inventory } from './names.js';
import { type Plan, type Planning, planFor } from './plans.js';
import { toolsFor } from './schemas.js';
import { openServices } from './services.js';
import type { ToolSpec } from './specs.js';
import { isTimer } from './timers.js';

export interface HandsConfig {
  readonly homeAssistant: HomeAssistant;
  readonly house: LiveHouse;
  /** As for the home: without it, what is guarded is refused. */
  readonly allowGuarded?: boolean;
  readonly marked?: readonly string[];
  /** More things than this at once are asked about first. Default 20. */
  readonly confirmAbove?: number;
  /** Of the description of the house, in characters. */
  readonly budget?: { readonly things?: number; readonly states?: number };
  readonly clock?: Clock;
  readonly log: Log;
}

/** Hands that also do what they have made commands of; see `withHands`. */
export interface WorkingHands extends Hands, Pick<Home, 'foresee' | 'perform'> {
  /** Whether a command is of these hands. */
  made(command: Command): boolean;
  close(): void;
}

const CONFIRM_ABOVE = 20;
/** A turn has to say within a second that the house is away. */
const PATIENCE: Milliseconds = 900;
/** The user's own scripts and scenes may be others now. */
const REWRITTEN = ['automation_reloaded', 'scene_reloaded'];
const RELABELLED = ['label', 'entity', 'device', 'area'].map((kind) => `${kind}_registry_updated`);
const RISK_OF_EFFECT: Readonly<Record<Effect, Risk>> = { guarded: 'guarded', unknown: 'wide', known: 'harmless' };

/** A house of Home Assistant's for a language model. */
export function openHands(config: HandsConfig): WorkingHands {
  const { homeAssistant: core, house, clock = systemClock, log, allowGuarded = false } = config;
  const marks = openMarks(config.marked ?? [], core, log);
  const rules: RiskRules = { marked: marks.marked, confirmAbove: config.confirmAbove ?? CONFIRM_ABOVE };
  const own = openOwnSentences(core, rules);
  const services = openServices(core, clock);
  const closing = new AbortController();
  const plans = new WeakMap<Command, Plan>();
  let edition = 0;
  let told: { readonly edition: number; readonly tools: Map<boolean, readonly Tool[]> } | undefined;

  const renew = (): void => {
    edition++;
    own.forget();
    marks.look();
  };
  const ended = [
    house.onNames(renew),
    core.onState(() => {
      renew();
      services.forget();
    }),
    ...[...REWRITTEN, ...(marks.marked.size > 0 ? RELABELLED : [])].map((event) =>
      core.subscribe({ type: 'subscribe_events', event_type: event }, renew),
    ),
  ];

  const inventory = (): Inventory => {
    const { entities: things, areas, floors } = house.current;
    // Guarded by what it consists of, too.
    const isAny = (id: string): boolean =>
      [...withMembers([id], house.current)].some(
        (one) => isGuarded(one, house.current) || isMarked(one, house.current, rules),
      );
    return { things, areas, floors, isGuarded: isAny };
  };
  /** Core keeps a timer only for the device that it is to ring at. */
  const offersIn =
    ({ device }: TurnContext) =>
    (spec: ToolSpec): boolean =>
      !isTimer(spec.name) || device !== undefined;

  const judge = async ({ intent, slots, targets }: Meaning, by = rules): Promise<Risk> => {
    const risk = riskOf({ intent, slots, targets }, house.current, by);
    const scripts = targets.filter((id) => domainOf(id) === 'script');
    if (risk === 'guarded' || scripts.length === 0) return risk;
    const effects = await Promise.all(scripts.map((id) => own.ofScript(id, house.current)));
    const effect = RISK_OF_EFFECT[worst(effects)];
    return effect === 'harmless' ? risk : effect;
  };

  /** Things may have gone since, or a door may have come into a group, while a yes was waited for. */
  const isStill = async (meaning: Meaning): Promise<boolean> => {
    if (meaning.targets.some((id) => house.current.entity(id) === undefined)) return false;
    return meaning.edition === edition || (await judge(meaning)) === meaning.risk;
  };

  const planning: Planning = { core, house, services, clock, closing: closing.signal, edition: () => edition, judge };

  /** Nothing may be taken for not exposed, or for harmless, because it was not read yet. */
  const known = async (signal: AbortSignal): Promise<void> => {
    if (core.state.kind === 'refused') throw core.state.reason;
    if (core.state.kind !== 'connected') throw new Fault('network', 'Home Assistant is away', { retry: true });
    const done = new AbortController();
    const limit = AbortSignal.any([done.signal, signal]);
    const late = clock.sleep(PATIENCE, limit).then(() => {
      throw new Fault('network', 'The house of Home Assistant is not known yet', { retry: true });
    });
    try {
      await Promise.race([Promise.all([house.ready(limit), marks.known()]), late]);
      signal.throwIfAborted();
    } finally {
      late.catch(() => {}); // the sleep is over, and says so
      done.abort();
    }
  };

  const withUndo = ({ outcome, changed, late }: Performed): Outcome => ({
    ...outcome,
    ...(changed.length === 0 ? {} : { undo: (run: Run) => takeBack(changed, run, { core, house, clock }) }),
    ...(late ? { late: late.then(withUndo) } : {}),
  });

  const planOf = (command: Command): Plan => {
    const plan = plans.get(command);
    if (!plan) throw new Fault('internal', 'A command was given to hands that have not made it');
    return plan;
  };

  return {
    describe: () => describeHouse(house.current, config.budget),

    tools(context) {
      const timers = context.device !== undefined;
      if (told?.edition !== edition) told = { edition, tools: new Map() };
      const before = told.tools.get(timers);
      if (before) return before;
      const tools = toolsFor(inventory(), offersIn(context));
      told.tools.set(timers, tools);
      return tools;
    },

    async command(call, context, signal) {
      signal.throwIfAborted();
      await known(signal);
      const here = placeOf(context, house.current);
      const asked = readCall(call, { inventory: inventory(), offers: offersIn(context), here });
      const plan = await planFor(asked, context, planning, signal);
      const { intent, kind, risk, targets } = plan.meaning;
      // Many things at once need a yes; a door among them is not allowed for all that.
      const isDoor = async (): Promise<boolean> =>
        kind !== 'question' && (await judge(plan.meaning, { ...rules, confirmAbove: Infinity })) === 'guarded';
      if (risk === 'guarded' && !allowGuarded && (await isDoor())) {
        const names = targets.slice(0, 3).map((id) => quoted(house.current.entity(id)?.name ?? id, 60));
        throw new Fault(
          'input',
          `${call.name}: that is not allowed by voice for ${names.join(', ')}. Tell the user so.`,
        );
      }
      const command: Command = Object.freeze({ intent, extendable: false, risk });
      plans.set(command, plan);
      return command;
    },

    made: (command) => plans.has(command),
    foresee: (command) => foreseen(planOf(command).meaning, house.current),

    async perform(command, run) {
      const plan = planOf(command);
      const { meaning } = plan;
      await run.committed;
      run.signal.throwIfAborted();
      if (!(await isStill(meaning))) {
        log.info({ intent: meaning.intent }, 'a command was dropped, for the house has changed since it was checked');
        return failedOutcome(meaning.intent, 'that', REASONS.houseChanged);
      }
      run.signal.throwIfAborted();
      const done = await plan.work(run);
      return 'outcome' in done ? withUndo(done) : done;
    },

    close() {
      closing.abort(new Fault('network', 'The hands are closed'));
      for (const end of ended) end();
    },
  };
}

/** Id of the area where something is said. */
function placeOf({ area, device }: TurnContext, house: House): string | undefined {
  const wanted = area?.toLowerCase().trim();
  const called = house.areas.find(({ id, name, aliases }) =>
    [id, name, ...aliases].some((one) => one.toLowerCase() === wanted),
  );
  return (called ?? (device === undefined ? undefined : house.areaOf(device)))?.id;
}
