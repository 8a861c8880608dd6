import type { Outcome } from '../stages.js';
import type { Meaning } from './meaning.js';
import { capitalised, spokenDuration, spokenList } from './speech.js';
import type { Timer, Timers } from './timers.js';

/** What a command would make of the timers. */
export interface TimersDone {
  readonly outcome: Outcome;
  readonly list: readonly Timer[];
}

/** Pure as far as the timers go: the list after the command, which the caller puts into place or not. */
export function commandTimers(meaning: Extract<Meaning, { kind: 'timer' }>, timers: Timers): TimersDone {
  const { deed, intent, seconds } = meaning;
  const { list } = timers;
  const nothing = { intent, changed: [], already: [], failed: [], slots: { name: 'timer' } };
  const fail = (reason: string): TimersDone => ({
    outcome: { ...nothing, failed: [{ name: 'timer', reason }] },
    list,
  });
  const left = (timer: Timer): string => spokenDuration(timers.left(timer) / 1000);
  const say = (speech: string): TimersDone => ({ outcome: { ...nothing, speech }, list });
  const change = (
    next: readonly Timer[],
    which: readonly Timer[],
    from: string,
    to: string,
    value: string,
  ): TimersDone => ({
    outcome: {
      ...nothing,
      changed: which.map(({ id }) => ({ entity: `timer.${id}`, name: 'timer', from, to })),
      slots: { name: 'timer', names: which.length === 1 ? 'the timer' : 'the timers', value },
    },
    list: next,
  });

  if (deed === 'start') {
    const next = timers.started(seconds);
    if (typeof next === 'string') return fail(next);
    return change(next, [next.at(-1)!], 'idle', 'active', spokenDuration(seconds));
  }
  if (deed === 'status') {
    if (list.length === 0) return say('There is no timer.');
    const all = list.map((timer) => `${left(timer)}${timer.ends === undefined ? ', paused' : ''}`);
    if (list.length === 1) return say(`${capitalised(all[0]!)} left.`);
    return say(`${capitalised(spokenList(all.map((one, index) => `${one} on timer ${index + 1}`)))}.`);
  }
  if (list.length === 0) return fail('there is no timer');
  if (deed === 'cancel_all') return change([], list, 'active', 'idle', '');
  if (list.length > 1) return fail('there is more than one');
  const [timer] = list as [Timer];
  const was = timer.ends === undefined ? 'paused' : 'active';
  const is = { ...nothing, already: [`timer.${timer.id}`] };
  switch (deed) {
    case 'cancel':
      return change([], [timer], was, 'idle', left(timer));
    case 'pause':
      return was === 'paused'
        ? { outcome: is, list }
        : change(timers.paused(timer), [timer], was, 'paused', left(timer));
    case 'resume':
      return was === 'active'
        ? { outcome: is, list }
        : change(timers.resumed(timer), [timer], was, 'active', left(timer));
    case 'more':
    case 'less': {
      const next = timers.moved(timer, deed === 'more' ? seconds : -seconds);
      return change(next, [timer], `${was}, ${left(timer)}`, `${was}, ${left(next[0]!)}`, left(next[0]!));
    }
  }
}
