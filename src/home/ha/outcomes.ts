/** What came of a command, told from states before and after. Claims nothing that is not in them. */
import type { Entity, House } from '../../home-assistant/house.js';
import type { Change, Outcome } from '../../stages.js';
import { type Goal, goalOf, type Progress } from './goals.js';
import type { Meaning } from './meaning.js';
import { REASONS } from './reasons.js';
import { type CoreState, describeState, isUnavailable } from './state.js';
import { durationOf, slotsFor } from './wording.js';

export const nothingDone = (intent: string): Outcome => ({ intent, changed: [], already: [], failed: [], slots: {} });

export const failedOutcome = (intent: string, name: string, reason: string): Outcome => ({
  ...nothingDone(intent),
  failed: [{ name, reason }],
  slots: { name },
});

/** A thing that is told something, as it was before. */
export interface Told {
  readonly entity: Entity;
  readonly goal: Goal | undefined;
  /** Why it cannot do it, where that is plain beforehand. */
  readonly cannot?: string;
}

/** The things of a command as they are now. */
export const thingsTold = ({ intent, slots, targets }: Meaning, house: House): readonly Told[] =>
  targets.flatMap((id) => {
    const entity = house.entity(id);
    if (!entity) return [];
    const cannot = isUnavailable(entity) ? REASONS.unavailable : whyIncapable(intent, slots, entity);
    return [{ entity, goal: goalOf(intent, slots, id, entity), ...(cannot === undefined ? {} : { cannot }) }];
  });

const COLOURLESS = new Set(['onoff', 'brightness', 'color_temp', 'white']);

function whyIncapable(intent: string, slots: Meaning['slots'], { attributes }: CoreState): string | undefined {
  if (intent !== 'HassLightSet') return undefined;
  const modes = attributes.supported_color_modes;
  if (!Array.isArray(modes)) return undefined;
  if (slots.color !== undefined && slots.color !== 'white' && modes.every((mode) => COLOURLESS.has(mode))) {
    return REASONS.colourless;
  }
  return slots.brightness !== undefined && modes.every((mode) => mode === 'onoff') ? REASONS.incapable : undefined;
}

/** How far a thing is. A lock that is only on its way is not locked. */
export function progressOf({ entity, goal }: Told, now: CoreState | undefined): Progress {
  if (goal === undefined) return 'reached';
  if (now === undefined || isUnavailable(now)) return 'not yet';
  return goal.progress(now) === 'moving' && entity.domain === 'lock' ? 'not yet' : goal.progress(now);
}

/**
 * What may be said of things as they are now. `errors` are those that Core failed to tell; `waiting` have not answered, and are
 * in neither list as long as they are given time.
 */
export function outcomeOf(
  meaning: Meaning,
  told: readonly Told[],
  errors: ReadonlySet<string>,
  house: House,
  patient: boolean,
): Outcome & { readonly waiting: readonly Told[] } {
  const changed: Change[] = [];
  const already: string[] = [];
  const failed: { name: string; reason: string }[] = [];
  const waiting: Told[] = [];
  for (const one of told) {
    const { entity: before, goal, cannot } = one;
    const { id, name } = before;
    const now = house.entity(id);
    if (errors.has(id)) failed.push({ name, reason: REASONS.error });
    else if (progressOf(one, now) === 'not yet' || now === undefined) {
      if (cannot === undefined) waiting.push(one);
      if (cannot === undefined && patient) continue;
      const moving = now && goal?.progress(now) === 'moving';
      const reason = moving ? REASONS.underway : isUnavailable(now) ? REASONS.unavailable : REASONS.silent;
      failed.push({ name, reason: cannot ?? reason });
    } else {
      const change = changeOf(before, now, goal);
      if (change) changed.push(change);
      else already.push(id);
    }
  }
  const fine = told
    .map(({ entity }) => entity.id)
    .filter((id) => already.includes(id) || changed.some((one) => one.entity === id));
  return { intent: meaning.intent, changed, already, failed, slots: slotsFor(meaning, fine, house), waiting };
}

/** The same when nobody waits any more. */
export function outcomeAtLast(
  meaning: Meaning,
  told: readonly Told[],
  errors: ReadonlySet<string>,
  house: House,
): Outcome {
  const { waiting: _, ...outcome } = outcomeOf(meaning, told, errors, house, false);
  return outcome;
}

export function changeOf(before: Entity, now: Entity, goal?: Goal): Change | undefined {
  const { id: entity, name, domain } = before;
  if (goal?.passing) return { entity, name, from: 'idle', to: goal.ideal };
  const [from, to] = [describeState(domain, before), describeState(domain, now)];
  return from === to ? undefined : { entity, name, from, to };
}

/** The outcome if all goes well; undefined where that cannot be known. */
export function foreseen(meaning: Meaning, house: House): Outcome | undefined {
  const { cannot, intent, kind } = meaning;
  if (cannot) return failedOutcome(intent, cannot.name, cannot.reason);
  if (kind === 'timer') return timerOutcome(meaning);
  if (kind !== 'change') return undefined;
  const told = thingsTold(meaning, house);
  if (told.length === 0 || told.some(({ goal }) => goal === undefined)) return undefined;
  const changed: Change[] = [];
  const already: string[] = [];
  const failed: { name: string; reason: string }[] = [];
  for (const { entity, goal, cannot: why } of told) {
    const { id, name, domain } = entity;
    if (why !== undefined) failed.push({ name, reason: why });
    else if (!goal!.passing && goal!.progress(entity) === 'reached') already.push(id);
    else changed.push({ entity: id, name, from: describeState(domain, entity), to: goal!.ideal });
  }
  const fine = [...already, ...changed.map(({ entity }) => entity)];
  return { intent, changed, already, failed, slots: slotsFor(meaning, fine, house) };
}

/** A timer that was started or ended, where the persona's own line says all there is to say. */
export function timerOutcome(meaning: Meaning): Outcome | undefined {
  const { intent, slots } = meaning;
  if (slots.conversation_command !== undefined) return undefined;
  const change = (from: string, to: string, more: Record<string, string>, names: string): Outcome => ({
    ...nothingDone(intent),
    changed: [{ entity: 'timer', name: 'timer', from, to }],
    slots: { name: 'timer', names, ...more },
  });
  const value = durationOf(meaning);
  if (intent === 'HassStartTimer')
    return value === undefined ? undefined : change('idle', 'active', { value }, 'the timer');
  if (intent === 'HassCancelTimer') return change('active', 'idle', {}, 'the timer');
  return intent === 'HassCancelAllTimers' ? change('active', 'idle', {}, 'the timers') : undefined;
}
