import type { Clock } from '../clock.js';
import { messageOf } from '../faults.js';
import type { Log } from '../log.js';
import { ModelFault } from './trouble.js';

/** What was used on one day. */
export interface Spent {
  /** Of the house's own calendar, `2026-11-22`. */
  readonly day: string;
  readonly requests: number;
  readonly tokens: number;
}

/** Keeps what was used over a restart. */
export interface BudgetStore {
  read(): Promise<Spent | undefined>;
  write(spent: Spent): Promise<void>;
}

export interface DailyLimits {
  readonly requests?: number;
  readonly tokens?: number;
}

export interface Budget {
  /** Counts a request. Throws a `ModelFault` 'spent' where the day's budget is used up. */
  admit(): Promise<void>;
  /** Counts what a request has used. */
  use(tokens: number): void;
}

interface BudgetSettings {
  readonly clock: Clock;
  readonly store?: BudgetStore;
  readonly log?: Log;
}

/** A budget a day, for a model that costs money. A store that fails costs the memory of it, not the answer. */
export const openBudget = (limits: DailyLimits, { clock, store, log }: BudgetSettings): Budget => {
  let spent: Spent = { day: '', requests: 0, tokens: 0 };
  let writing = Promise.resolve();
  const lost = (error: unknown) => log?.warn({ stage: 'llm', error }, `The budget is not kept: ${messageOf(error)}`);
  const loaded = Promise.resolve(store?.read()).then((kept) => {
    if (kept) spent = kept;
  }, lost);
  const roll = () => {
    const day = dayOf(clock.now());
    if (spent.day !== day) spent = { day, requests: 0, tokens: 0 };
  };
  const keep = () => {
    if (!store) return;
    const now = spent;
    writing = writing.then(() => store.write(now)).catch(lost);
  };
  return {
    async admit() {
      await loaded;
      roll();
      const { requests = Infinity, tokens = Infinity } = limits;
      if (spent.requests >= requests || spent.tokens >= tokens) {
        throw new ModelFault('spent', `The day's budget for the cloud model is used up: ${describe(spent)}.`, {
          hint: 'It begins anew at midnight; the options set its size.',
        });
      }
      spent = { ...spent, requests: spent.requests + 1 };
      keep();
    },
    use(tokens) {
      roll();
      spent = { ...spent, tokens: spent.tokens + tokens };
      keep();
    },
  };
};

const describe = ({ requests, tokens }: Spent): string => `${requests} questions, ${tokens} tokens`;

const dayOf = (time: number): string => {
  const date = new Date(time);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');
};
