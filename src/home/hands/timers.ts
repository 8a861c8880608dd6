/** Timers of Home Assistant's own, which ring at the device that they were asked for on. */
import { z } from 'zod';
import { Fault } from '../../faults.js';
import { plain } from '../../home-assistant/plain.js';
import type { Outcome } from '../../stages.js';
import { nothingDone } from '../ha/outcomes.js';
import { spokenDuration, spokenList } from '../speech.js';

export const TIMER_INTENTS = {
  start_timer: 'HassStartTimer',
  cancel_timer: 'HassCancelTimer',
  timers: 'HassTimerStatus',
} as const;

export const isTimer = (tool: string): tool is keyof typeof TIMER_INTENTS => Object.hasOwn(TIMER_INTENTS, tool);

/** A command that runs when the time has come is not offered: nobody would be asked then. */
export function durationSlots(tool: string, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { label, ...times } = values;
  const slots: Record<string, unknown> = Object.fromEntries(Object.entries(times).filter(([, value]) => value !== 0));
  if (tool === 'start_timer' && Object.keys(slots).length === 0) {
    throw new Fault('input', 'start_timer: say hours, minutes or seconds.');
  }
  const name = label === undefined ? '' : plain(String(label).replace(/[^\p{L}\p{N} '-]+/gu, ' '), 40);
  return name === '' ? slots : { ...slots, name };
}

const statusSchema = z.object({
  speech_slots: z.object({
    timers: z.array(
      z.object({ name: z.string().nullish(), total_seconds_left: z.number(), is_active: z.boolean().catch(true) }),
    ),
  }),
});

/** Core's answer as a sentence. */
export function readTimers(answer: unknown): Outcome {
  const { data } = statusSchema.safeParse(answer);
  const nothing = nothingDone('HassTimerStatus');
  if (!data) return { ...nothing, failed: [{ name: 'timer', reason: 'it cannot be read' }] };
  const { timers } = data.speech_slots;
  if (timers.length === 0) return { ...nothing, speech: 'There is no timer.' };
  const each = timers.slice(0, 10).map(({ name, total_seconds_left: left, is_active: active }) => {
    const of = name ? ` on ${plain(name, 40)}` : '';
    return `${spokenDuration(left)}${of}${active ? '' : ', paused'}`;
  });
  return { ...nothing, speech: `Left: ${spokenList(each)}.` };
}
