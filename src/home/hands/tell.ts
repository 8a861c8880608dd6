/** Tells Core's services what to do, then says what really became of it. */
import type { CallOptions, HomeAssistant } from '../../home-assistant/connection.js';
import type { Milliseconds } from '../../units.js';
import type { Goal } from '../ha/goals.js';
import type { Meaning } from '../ha/meaning.js';
import { failedOutcome, outcomeAtLast, type Told, thingsTold } from '../ha/outcomes.js';
import { performMeaning } from '../ha/perform.js';
import { REASONS } from '../ha/reasons.js';
import { type Performed, type Performing, settle } from '../ha/settle.js';
import type { Order, Orders } from './orders.js';

/** After that it is said how far things are. */
const BOUND: Milliseconds = 1_000;

/** Carries out the orders of a command, things side by side and each thing's orders in their order. */
export async function performOrders(
  meaning: Meaning,
  { orders, shown }: Pick<Orders, 'orders' | 'shown'>,
  performing: Performing,
): Promise<Performed> {
  const { clock, core, house } = performing;
  const goal: Goal | undefined = shown && {
    ideal: 'set',
    progress: (now) => (shown(now) ? 'reached' : 'not yet'),
  };
  const told = thingsTold(meaning, house.current).map((one) => (goal ? { ...one, goal } : one));
  if (told.length === 0) return { outcome: failedOutcome(meaning.intent, 'that', REASONS.houseChanged), changed: [] };
  const began = clock.now();
  const tell = async (one: Told): Promise<Told> => {
    if (one.cannot !== undefined) return one;
    try {
      for (const order of orders.filter(({ entity }) => entity === one.entity.id)) {
        await core.call(messageFor(order), { timeout: BOUND });
      }
      return one;
    } catch {
      return { ...one, cannot: REASONS.error };
    }
  };
  // One call each: of a service that fails for one of several, nobody could say which.
  const after = await Promise.all(told.map(tell));
  if (after.every(({ cannot }) => cannot !== undefined)) {
    return { outcome: outcomeAtLast(meaning, after, new Set(), house.current), changed: [] };
  }
  const processed = { isAnswer: false, expectsAnswer: false, told: meaning.targets, failed: [] };
  return settle(meaning, processed, after, BOUND - (clock.now() - began), performing);
}

const messageFor = ({ entity, service, data }: Order) => ({
  type: 'call_service',
  domain: service.slice(0, service.indexOf('.')),
  service: service.slice(service.indexOf('.') + 1),
  service_data: data,
  target: { entity_id: entity },
});

/** An intent of Core's own, by name and slots instead of by a sentence. Gives what Core answers. */
export const tellIntent = (
  home: Pick<HomeAssistant, 'post'>,
  { intent, slots, context }: Meaning,
  options: CallOptions,
): Promise<unknown> =>
  home.post(
    'intent/handle',
    {
      name: intent,
      data: slots,
      language: context.language,
      assistant: 'conversation',
      device_id: context.device ?? null,
    },
    options,
  );

/** The same as a command that Core's agent would have understood from a sentence. */
export const performIntent = (
  meaning: Meaning,
  performing: Performing & { readonly core: HomeAssistant },
): Promise<Performed> => {
  const { core } = performing;
  const call = async <T>(_: unknown, options: CallOptions = {}): Promise<T> =>
    ({ response: await tellIntent(core, meaning, options) }) as T;
  return performMeaning(meaning, { ...performing, core: { call, state: core.state } });
};
