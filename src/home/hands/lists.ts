/** Lists of things to do or to buy. What is claimed was read from the list afterwards. */
import { z } from 'zod';
import { Fault } from '../../faults.js';
import type { CallOptions, HomeAssistant } from '../../home-assistant/connection.js';
import type { Entity } from '../../home-assistant/house.js';
import { plain } from '../../home-assistant/plain.js';
import { quoted } from '../../home-assistant/prompt-text.js';
import type { Outcome, Run } from '../../stages.js';
import type { Milliseconds } from '../../units.js';
import { failedOutcome, nothingDone } from '../ha/outcomes.js';
import { REASONS } from '../ha/reasons.js';

type Core = Pick<HomeAssistant, 'call'>;

const PATIENCE: Milliseconds = 1_000;
const LONGEST_ITEM = 120;
const MOST_SHOWN = 20;

const answerSchema = z.object({
  response: z.record(
    z.string(),
    z.object({ items: z.array(z.object({ summary: z.string(), status: z.string(), uid: z.string().nullish() })) }),
  ),
});
interface Item {
  readonly summary: string;
  readonly done: boolean;
  readonly key: string;
}

/** One line, and nothing in it that a template language would run. */
export const readItem = (text: unknown): string => {
  const item = plain(
    String(text)
      .replace(/[{}]/g, ' ')
      .replace(/%\s|#\s/g, ' '),
    LONGEST_ITEM,
  );
  if (item === '') throw new Fault('input', 'The item has no words.');
  return item;
};

const call = <T>(core: Core, list: Entity, service: string, data: object, options: CallOptions = {}): Promise<T> =>
  core.call<T>(
    {
      type: 'call_service',
      domain: 'todo',
      service,
      service_data: data,
      target: { entity_id: list.id },
      ...(service === 'get_items' ? { return_response: true } : {}),
    },
    { timeout: PATIENCE, ...options },
  );

const itemsOf = async (core: Core, list: Entity, options?: CallOptions): Promise<readonly Item[]> => {
  const answer = await call(core, list, 'get_items', { status: ['needs_action', 'completed'] }, options);
  const all = answerSchema.safeParse(answer).data?.response[list.id]?.items ?? [];
  return all.map(({ summary, status, uid }) => ({ summary, done: status === 'completed', key: uid ?? summary }));
};

/** Other people's words, without the quotes: they may be spoken. */
const told = (text: string): string => quoted(text, 60).slice(1, -1);

/** What is open, as a sentence. */
export async function showList(core: Core, list: Entity, signal: AbortSignal): Promise<Outcome> {
  const open = (await itemsOf(core, list, { signal })).filter(({ done }) => !done).map(({ summary }) => told(summary));
  const more = open.length > MOST_SHOWN ? ` and ${open.length - MOST_SHOWN} more` : '';
  const name = told(list.name);
  const speech = open.length === 0 ? `${name} is empty.` : `${name}: ${open.slice(0, MOST_SHOWN).join(', ')}${more}.`;
  return { ...nothingDone('HassListShowItems'), slots: { name }, speech };
}

/** Adds an item, or checks one off. */
export async function changeList(core: Core, list: Entity, item: string, done: boolean): Promise<Outcome> {
  const intent = done ? 'HassListCompleteItem' : 'HassListAddItem';
  const before = await itemsOf(core, list);
  const named = (items: readonly Item[]): Item[] =>
    items.filter(({ summary }) => summary.toLowerCase() === item.toLowerCase());
  const open = named(before).find((one) => !one.done);
  const slots = { name: list.name, value: item };
  if (!done && open) return { ...nothingDone(intent), already: [list.id], slots };
  if (done && !open) {
    const reason = named(before).length > 0 ? 'it is checked off already' : 'it is not on the list';
    return failedOutcome(intent, item, reason);
  }
  if (done) await call(core, list, 'update_item', { item: open!.key, status: 'completed' });
  else await call(core, list, 'add_item', { item });
  const keys = new Set(before.map(({ key }) => key));
  const after = named(await itemsOf(core, list));
  const changed = done ? after.find((one) => one.done) : after.find(({ key }) => !keys.has(key));
  if (!changed) return failedOutcome(intent, item, REASONS.silent);
  const [from, to] = done ? (['open', 'done'] as const) : (['absent', 'open'] as const);
  const change = { entity: list.id, name: item, from, to };
  const undo = async (run: Run): Promise<Outcome> => {
    await run.committed;
    run.signal.throwIfAborted();
    const now = (await itemsOf(core, list)).find(({ key }) => key === changed.key);
    if (!now || now.done !== done) return failedOutcome('HomeUndo', item, REASONS.changedSince);
    if (done) await call(core, list, 'update_item', { item: changed.key, status: 'needs_action' });
    else await call(core, list, 'remove_item', { item: [changed.key] });
    const back = { ...change, from: to, to: from };
    return { ...nothingDone('HomeUndo'), changed: [back], slots: { name: item, names: item } };
  };
  return { ...nothingDone(intent), changed: [change], slots, undo };
}

/** Checked beforehand, so that a model can put it right: what is checked off has to be there. */
export async function mustBeOpen(core: Core, list: Entity, item: string, signal: AbortSignal): Promise<void> {
  const open = (await itemsOf(core, list, { signal })).filter(({ done }) => !done);
  if (open.some(({ summary }) => summary.toLowerCase() === item.toLowerCase())) return;
  const names = open.slice(0, MOST_SHOWN).map(({ summary }) => quoted(summary, 60));
  throw new Fault(
    'input',
    `${quoted(item, 60)} is not open on ${quoted(list.name, 60)}. Open: ${names.join(', ') || 'nothing'}.`,
  );
}
