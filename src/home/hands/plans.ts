/** What a checked call would do, and what carries it out. */
import type { Clock } from '../../clock.js';
import { Fault } from '../../faults.js';
import type { HomeAssistant } from '../../home-assistant/connection.js';
import type { Entity, LiveHouse } from '../../home-assistant/house.js';
import type { Outcome, Risk, Run, TurnContext } from '../../stages.js';
import type { Meaning } from '../ha/meaning.js';
import type { Performed } from '../ha/settle.js';
import type { Asked } from './calls.js';
import { changeList, mustBeOpen, readItem, showList } from './lists.js';
import { ordersFor } from './orders.js';
import { readStates } from './readings.js';
import type { Services } from './services.js';
import { performIntent, performOrders, tellIntent } from './tell.js';
import { durationSlots, isTimer, readTimers, TIMER_INTENTS } from './timers.js';

export interface Plan {
  readonly meaning: Meaning;
  work(run: Run): Promise<Performed | Outcome>;
}

export interface Planning {
  readonly core: HomeAssistant;
  readonly house: LiveHouse;
  readonly services: Services;
  readonly clock: Clock;
  readonly closing: AbortSignal;
  readonly edition: () => number;
  /** Of what changes something. */
  readonly judge: (meaning: Meaning) => Promise<Risk>;
}

/** Nobody names more at once, and each is a call of a service. */
const MOST_THINGS = 60;

/** Throws a `Fault` 'input', in words for a language model, for what these things cannot do. */
export async function planFor(
  asked: Asked,
  context: TurnContext,
  planning: Planning,
  signal: AbortSignal,
): Promise<Plan> {
  const { core, house, clock } = planning;
  const { spec, values, group } = asked;
  const entities = asked.things.flatMap(({ id }) => house.current.entity(id) ?? []);
  const base = {
    text: '',
    context,
    texts: {
      ...(group ? { area: group.place } : {}),
      ...(typeof values.color === 'string' ? { color: values.color } : {}),
    },
    slots: {},
    targets: entities.map(({ id }) => id),
    risk: 'harmless',
    extendable: false,
    asked: clock.now(),
    edition: planning.edition(),
  } as const;
  if (spec.domains.includes('todo')) return listPlan(asked, entities[0]!, base, planning, signal);
  if (isTimer(spec.name)) {
    const intent = TIMER_INTENTS[spec.name];
    const meaning: Meaning = {
      ...base,
      intent,
      kind: spec.writes ? 'timer' : 'question',
      slots: durationSlots(spec.name, values),
    };
    if (!spec.writes)
      return { meaning, work: async ({ signal }) => readTimers(await tellIntent(core, meaning, { signal })) };
    const judged = { ...meaning, risk: await planning.judge(meaning) };
    return { meaning: judged, work: () => performIntent(judged, planning) };
  }
  if (!spec.writes) {
    return {
      meaning: { ...base, intent: 'HassGetState', kind: 'question' },
      work: async () => readStates(base.targets.flatMap((id) => house.current.entity(id) ?? [])),
    };
  }
  return orderPlan(asked, entities, base, planning, signal);
}

type Base = Omit<Meaning, 'intent' | 'kind'>;

async function orderPlan(
  asked: Asked,
  entities: readonly Entity[],
  base: Base,
  planning: Planning,
  signal: AbortSignal,
): Promise<Plan> {
  const tool = asked.spec.name;
  const { intent, slots, orders, shown } = ordersFor(asked, entities);
  const objections = new Map<string, string>();
  await Promise.all(
    orders.map(async (order) => {
      const entity = entities.find(({ id }) => id === order.entity)!;
      const objection = await planning.services.objection(order, entity, signal);
      if (objection !== undefined) objections.set(order.entity, objection);
    }),
  );
  // In a room, those that can do it are meant.
  const targets = base.targets.filter((id) => !objections.has(id));
  const [why = 'nothing there can do that'] = objections.values();
  if (targets.length === 0) throw new Fault('input', `${tool}: ${why}.`);
  if (targets.length > MOST_THINGS) throw new Fault('input', `${tool}: these are too many things at once.`);
  const draft: Meaning = { ...base, targets, intent, slots, kind: 'change' };
  const meaning = { ...draft, risk: await planning.judge(draft) };
  const doable = { orders: orders.filter(({ entity }) => targets.includes(entity)), ...(shown ? { shown } : {}) };
  return { meaning, work: () => performOrders(meaning, doable, planning) };
}

async function listPlan(
  { spec, values }: Asked,
  list: Entity,
  base: Base,
  planning: Planning,
  signal: AbortSignal,
): Promise<Plan> {
  const { core } = planning;
  if (!spec.writes) {
    const meaning: Meaning = { ...base, intent: 'HassListShowItems', kind: 'question' };
    return { meaning, work: (run) => showList(core, list, run.signal) };
  }
  const done = spec.name === 'list_complete';
  const item = readItem(values.item);
  if (done) await mustBeOpen(core, list, item, signal);
  const intent = done ? 'HassListCompleteItem' : 'HassListAddItem';
  const draft: Meaning = { ...base, intent, kind: 'list', slots: { item, name: list.id } };
  const meaning = { ...draft, risk: await planning.judge(draft) };
  return { meaning, work: () => changeList(core, list, item, done) };
}
