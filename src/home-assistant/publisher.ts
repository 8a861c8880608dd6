import { type Clock, systemClock } from '../clock.js';
import { Fault } from '../faults.js';
import type { Log } from '../log.js';
import type { Mark } from '../stages.js';
import type { Milliseconds } from '../units.js';
import { type AssistantState, createAssistantEntities } from './assistant-entities.js';
import type { HomeAssistant } from './connection.js';
import { plain } from './plain.js';

export type { AssistantState } from './assistant-entities.js';

/** Where a turn took place, as far as it is known: Home Assistant's ids. */
interface Place {
  readonly area?: string;
  readonly device?: string;
  /** Entity id of the satellite. */
  readonly satellite?: string;
}

/** What is fired on Core's bus, under `evil_assistant_` and the name here. */
export interface Published {
  /** A wake word was heard. */
  readonly wake: Place & { readonly word: string /** 0…1. */; readonly score: number };
  /** What was understood. `text` is left out unless the user allows it. */
  readonly command: Place & { readonly text: string; readonly language: string; readonly intent?: string };
  /** What was answered; `text` as above. */
  readonly reply: Place & { readonly text: string; readonly expects_answer: boolean };
  /** A turn has ended. Times in milliseconds after the last sound of the command. */
  readonly turn: Place & {
    readonly timings: Readonly<Partial<Record<Mark, Milliseconds>>>;
    readonly outcome: 'answered' | 'interrupted' | 'failed';
  };
}

export interface Publisher {
  /** Fires an event; never waits and never throws. */
  publish<Name extends keyof Published>(name: Name, data: Published[Name]): void;
  /** What the assistant is doing. */
  state(state: AssistantState): void;
  /** From the last sound of a command to the first of the answer. */
  latency(latency: Milliseconds): void;
  /** Events that were never fired: too many or too old when Home Assistant came back, or refused. */
  readonly dropped: number;
  /** Says that the assistant is no longer there; waits at most a second for that. */
  close(): Promise<void>;
}

interface Settings {
  readonly home: HomeAssistant;
  readonly log: Log;
  readonly clock?: Clock;
  /** Whether what was said may leave this program. */
  readonly speech: boolean;
  /** Of the entities `sensor.<id>` and `sensor.<id>_latency`, where there is more than one assistant. */
  readonly id?: string;
}

const MOST_WAITING = 100;
/** An automation that answers a wake word a minute late does harm. */
const OLDEST: Milliseconds = 60_000;
const LONGEST_TEXT = 500;

/** Tells Home Assistant's automations what the assistant hears and does. */
export const createPublisher = ({
  home,
  log,
  clock = systemClock,
  speech,
  id = 'evil_assistant',
}: Settings): Publisher => {
  const waiting: { readonly at: Milliseconds; readonly type: string; readonly data: object }[] = [];
  const closing = new AbortController();
  const entities = createAssistantEntities({ home, log, clock, id });
  let dropped = 0;
  let running = false;

  const drop = (reason: string, error?: unknown): void => {
    waiting.shift();
    dropped += 1;
    log.debug({ dropped, ...(error === undefined ? {} : { error }) }, reason);
  };

  const run = async (): Promise<void> => {
    for (let next = waiting[0]; next && home.state.kind === 'connected'; next = waiting[0]) {
      if (clock.now() - next.at > OLDEST) {
        drop('an event for Home Assistant has become too old');
        continue;
      }
      try {
        await home.call(
          { type: 'fire_event', event_type: next.type, event_data: next.data },
          { signal: closing.signal },
        );
        if (waiting[0] === next) waiting.shift();
      } catch (error) {
        if (closing.signal.aborted) return;
        // One that is under way when the connection is lost may have been fired: better not twice.
        if (waiting[0] === next) drop('an event for Home Assistant was lost', error);
      }
    }
  };
  const work = (): void => {
    if (running) return;
    running = true;
    run().finally(() => {
      running = false;
      if (waiting.length > 0 && home.state.kind === 'connected' && !closing.signal.aborted) work();
    });
  };
  const forget = home.onState(({ kind }) => {
    if (kind === 'connected') work();
  });

  return {
    publish(name, data) {
      if (closing.signal.aborted) return;
      const { text, ...rest } = data as { readonly text?: string };
      const spoken = text !== undefined && speech ? { text: plain(text, LONGEST_TEXT) } : {};
      const at = clock.now();
      waiting.push({
        at,
        type: `evil_assistant_${name}`,
        data: { ...rest, ...spoken, assistant: id, time: new Date(at).toISOString() },
      });
      if (waiting.length > MOST_WAITING) drop('too many events wait for Home Assistant: the oldest is dropped');
      work();
    },
    state: (state) => entities.state(state),
    latency: (latency) => entities.latency(latency),
    get dropped() {
      return dropped;
    },
    async close() {
      forget();
      closing.abort(new Fault('internal', 'the publisher is closed'));
      await entities.close();
    },
  };
};
