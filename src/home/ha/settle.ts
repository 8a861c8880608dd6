/** Waits for what Core has told things to do, and says what really became of it. */
import type { Clock } from '../../clock.js';
import type { HomeAssistant } from '../../home-assistant/connection.js';
import type { House, LiveHouse } from '../../home-assistant/house.js';
import type { Outcome } from '../../stages.js';
import type { Milliseconds } from '../../units.js';
import type { Processed } from './answers.js';
import type { Meaning } from './meaning.js';
import { changeOf, outcomeAtLast, outcomeOf, progressOf, type Told } from './outcomes.js';
import { isAtLeast } from './targets.js';
import type { Changed } from './undo.js';

export interface Performing {
  readonly core: Pick<HomeAssistant, 'call' | 'state'>;
  readonly house: Pick<LiveHouse, 'current' | 'until'>;
  readonly clock: Clock;
  /** Aborted when the home is closed: nothing is waited for any more. */
  readonly closing: AbortSignal;
}

/** What happened, and what it changed. */
export interface Performed {
  readonly outcome: Outcome;
  readonly changed: readonly Changed[];
  /** What came of it in the end, where that takes longer. Never rejects. */
  readonly late?: Promise<Performed>;
}

/** Things that have no state to wait for show what they show within this. */
const STATELESS: Milliseconds = 250;
/** How long a thing that has not answered is given to do so. */
const WATCHED: Milliseconds = 10_000;
/**
 * Since this version Core names the things whose service failed. Before, it names as many, but any of those that it told: seen
 * with 2026.7.4, where the results come as they end and are counted as they began.
 */
const NAMES_ITS_FAILURES = [2026, 11] as const;

/** Waits up to `limit` until all that was told is as it should be. */
export async function settle(
  meaning: Meaning,
  processed: Processed,
  planned: readonly Told[],
  limit: Milliseconds,
  performing: Performing,
): Promise<Performed> {
  const { core, house, closing } = performing;
  const told = toldBy(processed, planned);
  const named = isAtLeast(core.state.kind === 'connected' ? core.state.version : '', NAMES_ITS_FAILURES);
  const open = told.filter(
    ({ entity, cannot }) => cannot === undefined && !(named && processed.failed.includes(entity.id)),
  );
  const behind = (entity: (id: string) => Told['entity'] | undefined): readonly Told[] =>
    open.filter((one) => progressOf(one, entity(one.entity.id)) === 'not yet');
  const stateless = open.length > 0 && open.every(({ goal }) => goal === undefined);
  const spared = named ? 0 : processed.failed.length;
  await house.until(
    (entity) =>
      stateless
        ? open.some((one) => changeOf(one.entity, entity(one.entity.id) ?? one.entity) !== undefined)
        : behind(entity).length <= spared,
    { signal: closing, timeout: Math.max(0, stateless ? Math.min(STATELESS, limit) : limit) },
  );
  const late = behind((id) => house.current.entity(id));
  const errors = new Set(named || late.length > spared ? processed.failed : late.map(({ entity }) => entity.id));
  const { waiting, ...outcome } = outcomeOf(meaning, told, errors, house.current, true);
  const carried = processed.expectsAnswer && processed.speech !== undefined;
  return {
    outcome: carried ? { ...outcome, speech: processed.speech!, expectsAnswer: true } : outcome,
    changed: changesIn(outcome, told, house.current),
    ...(waiting.length > 0 ? { late: inTheEnd(meaning, told, waiting, errors, performing) } : {}),
  };
}

const changesIn = ({ changed }: Outcome, told: readonly Told[], house: House): readonly Changed[] =>
  changed.flatMap(({ entity }) => {
    const before = told.find((one) => one.entity.id === entity)?.entity;
    const after = house.entity(entity);
    return before && after ? [{ before, after }] : [];
  });

/** Core knows best which things it has told. It tells no more than it said it would. */
function toldBy({ told, failed }: Processed, planned: readonly Told[]): readonly Told[] {
  const named = new Set([...told, ...failed]);
  const those = planned.filter(({ entity }) => named.has(entity.id));
  return those.length > 0 ? those : planned;
}

/** What came of a command in the end, when what had not answered has, or has had its time. */
async function inTheEnd(
  meaning: Meaning,
  told: readonly Told[],
  waiting: readonly Told[],
  errors: ReadonlySet<string>,
  { house, closing }: Performing,
): Promise<Performed> {
  const answered = (entity: (id: string) => Told['entity'] | undefined): boolean =>
    waiting.every((one) => progressOf(one, entity(one.entity.id)) !== 'not yet');
  // Closing the home ends the wait, and then what is known is the end.
  await house.until(answered, { signal: closing, timeout: WATCHED }).catch(() => false);
  const outcome = outcomeAtLast(meaning, told, errors, house.current);
  return { outcome, changed: changesIn(outcome, told, house.current) };
}
