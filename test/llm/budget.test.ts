import { describe, expect, it } from 'vitest';
import { type BudgetStore, openBudget, type Spent } from '../../src/llm/budget.js';
import { testClock } from '../fakes/clock.js';
import { troubleWith } from './ask.js';
import { logLines } from './log-lines.js';

const NOON = new Date(2026, 10, 22, 12).getTime();

describe('a budget that is kept', () => {
  const keeping = (kept?: Spent) => {
    const written: Spent[] = [];
    const store: BudgetStore = {
      read: async () => kept,
      write: async (spent) => void written.push(spent),
    };
    return { store, written };
  };

  it('goes on after a restart on the same day, and anew on another', async () => {
    const clock = testClock(NOON);
    const today = keeping({ day: '2026-11-22', requests: 2, tokens: 5 });
    expect(await troubleWith(openBudget({ requests: 2 }, { clock, store: today.store }).admit())).toMatchObject({
      trouble: 'spent',
    });
    const yesterday = keeping({ day: '2026-11-21', requests: 2, tokens: 5 });
    const budget = openBudget({ requests: 2 }, { clock, store: yesterday.store });
    await budget.admit();
    budget.use(7);
    await clock.advance(0);
    expect(yesterday.written).toEqual([
      { day: '2026-11-22', requests: 1, tokens: 0 },
      { day: '2026-11-22', requests: 1, tokens: 7 },
    ]);
  });

  it('counts on where its store fails, and says so', async () => {
    const clock = testClock(NOON);
    const { log, lines } = logLines();
    const fail = async () => {
      throw new Error('disk full');
    };
    const budget = openBudget({ requests: 1 }, { clock, log, store: { read: fail, write: fail } });
    await budget.admit();
    expect(await troubleWith(budget.admit())).toMatchObject({ trouble: 'spent' });
    expect(lines.join('')).toContain('The budget is not kept: disk full');
  });

  it('does not let two through where there is room for one', async () => {
    const budget = openBudget({ requests: 1 }, { clock: testClock(NOON) });
    const settled = await Promise.allSettled([budget.admit(), budget.admit()]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});
