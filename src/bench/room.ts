import type { TurnResult } from '../assistant/turn.js';
import { feedRing } from '../audio/feed.js';
import { nullSpeaker } from '../audio/play.js';
import { createRing, ringCapacity } from '../audio/ring.js';
import { systemClock } from '../clock.js';
import type { Assistant, SessionEvents } from '../main.js';
import type { Milliseconds, SampleIndex } from '../units.js';
import { openMicrophone } from './microphone.js';

/** An assistant that listens in a room, in real time, until it is closed. */
export interface ListeningRoom {
  /** Says it after what is still to be said. Gives the position of its first sample. */
  say(samples: Float32Array): SampleIndex;
  /** When a sample is in the room. */
  timeOf(position: SampleIndex): Milliseconds;
  /** What came of what was said. */
  readonly turns: readonly TurnResult[];
  /** Waits for a further turn, the one with this number from 0. Rejects where the signal is aborted before. */
  turn(number: number, signal: AbortSignal): Promise<TurnResult>;
  /** Waits until nobody is listened to any more. */
  quiet(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The reply is played through a loudspeaker that takes as long as a real one. */
export const openRoom = (
  assistant: Assistant,
  random: () => number,
  events: Partial<SessionEvents> = {},
): ListeningRoom => {
  const clock = systemClock;
  const over = new AbortController();
  const { signal } = over;
  const ring = createRing({ capacity: ringCapacity(assistant.options.endpoint.max_command) });
  const microphone = openMicrophone(random);
  const resume = assistant.speaking.voice.hold();
  const feed = feedRing(microphone, ring, { paced: true, clock, signal });
  const { timeOf } = feed.capture;
  const turns: TurnResult[] = [];
  const looking = new Set<() => void>();
  const look = (): void => {
    for (const one of [...looking]) one();
  };
  let open = 0;
  const session = assistant.converse({ ring, timeOf }, nullSpeaker({ paced: true, clock }), signal, {
    ...events,
    onWake: (detection) => {
      open += 1;
      events.onWake?.(detection);
    },
    onTurn: (result, detection) => {
      turns.push(result);
      events.onTurn?.(result, detection);
      look();
    },
    onQuiet: (detection) => {
      open -= 1;
      events.onQuiet?.(detection);
      look();
    },
  });
  session.catch(() => over.abort());

  const until = <Value>(find: () => Value | undefined, limit: AbortSignal): Promise<Value> =>
    new Promise((resolve, reject) => {
      const either = AbortSignal.any([limit, signal]);
      const giveUp = (): void => {
        looking.delete(attempt);
        reject(either.reason);
      };
      const attempt = (): void => {
        const found = find();
        if (found === undefined) return;
        looking.delete(attempt);
        either.removeEventListener('abort', giveUp);
        resolve(found);
      };
      if (either.aborted) return giveUp();
      either.addEventListener('abort', giveUp, { once: true });
      looking.add(attempt);
      attempt();
    });

  return {
    say: (samples) => microphone.say(samples),
    timeOf,
    turns,
    turn: (number, limit) => until(() => turns[number], limit),
    quiet: async (limit) => {
      await until(() => (open === 0 ? true : undefined), limit);
    },
    close: async () => {
      over.abort();
      try {
        await Promise.allSettled([session, feed.stopped]);
      } finally {
        resume();
        ring.close();
      }
    },
  };
};
