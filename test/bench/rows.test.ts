import { describe, expect, test } from 'vitest';
import { type Measurements, noMeasurements } from '../../src/bench/measurements.js';
import { type Row, rowsOf } from '../../src/bench/rows.js';
import { turn } from './turn-figures.js';

const row = (id: string, measured: Partial<Measurements>): Row => {
  const found = rowsOf({ ...noMeasurements(), ...measured }).find((one) => one.id === id);
  if (!found) throw new Error(`no row ${id}`);
  return found;
};

describe('what was not measured', () => {
  test('says so in every row with a target, and passes none', () => {
    const rows = rowsOf(noMeasurements()).filter(({ targets }) => targets.length > 0);
    expect(rows.length).toBeGreaterThanOrEqual(16);
    for (const one of rows) expect(one, one.id).toMatchObject({ missing: 'not measured in this run', n: 0 });
    for (const one of rows) expect(one.met, one.id).toBeUndefined();
  });

  test('says why, where that is known', () => {
    const measured = noMeasurements();
    measured.missing.set('turns', 'ended before');
    expect(rowsOf(measured).find(({ id }) => id === 'right')?.missing).toBe('ended before');
  });

  test('memory is not 0 where the system does not tell', () => {
    const starts = [{ ready: 1_000, memory: undefined }];
    expect(row('memory', { starts })).toMatchObject({ missing: 'this system has no /proc' });
    expect(row('start', { starts })).toMatchObject({ n: 1, p50: 1_000, met: true });
  });
});

describe('the time to an answer', () => {
  test('is judged for the commands that were understood; those misheard have a row of their own', () => {
    const turns = [turn({ total: 200 }), turn({ total: 700, understood: 'talk', verdict: 'nothing' })];
    expect(row('total', { turns })).toMatchObject({ n: 1, p50: 200, met: true });
    expect(row('total_all', { turns })).toMatchObject({ n: 2, max: 700 });
  });

  test('misses its target by the slow ones alone', () => {
    const turns = [...Array.from({ length: 9 }, () => turn({ total: 100 })), turn({ total: 2_000 })];
    expect(row('total', { turns })).toMatchObject({ p50: 100, met: false });
  });

  test('of talk does not count', () => {
    expect(row('total_all', { turns: [turn(), turn({ kind: 'talk', total: 900 })] })).toMatchObject({ n: 1, max: 200 });
  });
});

describe('right and wrong', () => {
  const turns = [turn(), turn(), turn({ verdict: 'nothing' }), turn({ kind: 'talk', verdict: 'wrong' })];

  test('a share of the commands is right', () => {
    expect(row('right', { turns })).toMatchObject({ n: 3, value: (2 / 3) * 100, met: false, note: '2 of 3' });
  });
  test('what changes the house without a command is wrong too', () => {
    expect(row('wrong', { turns })).toMatchObject({ n: 4, value: 25, met: false });
  });
  test('commands cut short are counted', () => {
    expect(row('cut_short', { turns: [turn({ cutShort: true }), turn()] })).toMatchObject({ value: 50, met: false });
  });
});

test('a detection before the end of the word is a negative delay', () => {
  expect(row('wake', { turns: [turn({ wake: -80 })] })).toMatchObject({ p50: -80, met: true });
});

test('an acknowledgement that never came is told', () => {
  expect(row('acknowledgement', { acknowledgements: [40, undefined] })).toMatchObject({
    n: 1,
    note: '1 of 2 never came',
  });
});

test('the effects’ delay is told in all, and judged without the period that moving a pitch needs', () => {
  expect(row('effects_delay', { effects: { sum: 30, periods: 13.3 } })).toMatchObject({
    value: 30 - 13.3,
    met: true,
    note: '30.0 ms in all, 13.3 ms of them one period of the lowest voice',
  });
});
