import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import type { Milliseconds } from '../units.js';
import type { Link, Message } from './link.js';

interface Subscription {
  readonly message: Message;
  readonly onEvent: (event: unknown) => void;
  readonly onBegin: (() => void) | undefined;
  /** Ends it, or what is being tried for it. */
  stop: () => void;
}

const FIRST_PAUSE: Milliseconds = 1_000;
const LONGEST_PAUSE: Milliseconds = 30_000;

/** Subscriptions that are to outlive a link. Their number is the program's own: one for each kind of event. */
export const createSubscriptions = (log: Log, clock: Clock) => {
  const wanted = new Set<Subscription>();
  let link: Link | undefined;

  const start = async (subscription: Subscription, on: Link): Promise<void> => {
    const { message } = subscription;
    const over = new AbortController();
    const giveUp = (): void => over.abort();
    on.lost.addEventListener('abort', giveUp, { once: true });
    subscription.stop = giveUp;

    const deliver = (event: unknown): void => {
      if (over.signal.aborted) return;
      try {
        subscription.onEvent(event);
      } catch (error) {
        log.error({ error, type: message.type }, 'an event of Home Assistant could not be used');
      }
    };
    const attempt = async (): Promise<boolean> => {
      try {
        subscription.onBegin?.();
        const unsubscribe = await on.subscribe(message, deliver);
        subscription.stop = () => {
          over.abort();
          unsubscribe();
        };
        if (over.signal.aborted) unsubscribe();
        return true;
      } catch (error) {
        // A command is unknown until its integration is loaded.
        if (!over.signal.aborted) log.warn({ error, type: message.type }, 'a subscription was refused, trying again');
        return false;
      }
    };
    try {
      for (let pause = FIRST_PAUSE; !over.signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
        if (await attempt()) return;
        await clock.sleep(pause, over.signal);
      }
    } finally {
      on.lost.removeEventListener('abort', giveUp);
    }
  };

  const launch = (subscription: Subscription, on: Link): void => {
    start(subscription, on).catch(() => {}); // only the sleep rejects, when it is over
  };

  return {
    /** Subscribes everything on a new link. */
    begin(next: Link): void {
      link = next;
      for (const subscription of wanted) launch(subscription, next);
    },
    add(message: Message, onEvent: (event: unknown) => void, onBegin?: () => void): () => void {
      const subscription: Subscription = { message, onEvent, onBegin, stop: () => {} };
      wanted.add(subscription);
      if (link && !link.lost.aborted) launch(subscription, link);
      return () => {
        wanted.delete(subscription);
        subscription.stop();
      };
    },
    clear(): void {
      for (const { stop } of wanted) stop();
      wanted.clear();
    },
  };
};
