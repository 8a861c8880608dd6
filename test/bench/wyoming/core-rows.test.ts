import { expect, it } from 'vitest';
import { coreRows, type Measured } from '../../../src/bench/wyoming/core-rows.js';

const turn = (transcript: number, answer: number, firstSound: number) => ({
  heard: 'turn on the lamp',
  reply: 'It shines.',
  outcome: 'action_done',
  known: false,
  transcript,
  answer,
  firstSound,
});
const measured = (more: Partial<Measured>): Measured => ({ say: 'turn on the lamp', real: false, ...more });

const rowsOf = (all: readonly Measured[]) => new Map(coreRows(all, 'nothing was said').map((row) => [row.id, row]));

it('takes a turn apart: what is waited for, understood and spoken, and what Home Assistant adds', () => {
  const rows = rowsOf([
    measured({
      ours: turn(150, 155, 190),
      direct: turn(140, 143, 145),
      detector: turn(1_150, 1_160, 1_200),
      real: true,
    }),
    measured({ ours: turn(170, 175, 230), direct: turn(168, 170, 190), detector: turn(1_190, 1_200, 1_300) }),
  ]);
  const p50 = (id: string): number | undefined => rows.get(id)?.p50;
  expect(p50('total')).toBe(210);
  expect(rows.get('total')).toMatchObject({ n: 2, met: true, targets: [{ of: 'p50', limit: 350 }] });
  expect([p50('core_transcript'), p50('core_answer'), p50('core_voice')]).toEqual([160, 5, 45]);
  expect(p50('core_own')).toBe((45 + 40) / 2);
  expect(p50('core_saved')).toBe((1_000 + 1_020) / 2);
  expect(rows.get('total_real')).toMatchObject({ n: 1, p50: 190 });
});

it('does not take a reply that Home Assistant had before for a quick one', () => {
  const rows = rowsOf([
    measured({ ours: { ...turn(150, 155, 160), known: true } }),
    measured({ ours: turn(150, 155, 190) }),
  ]);
  expect(rows.get('total')).toMatchObject({ n: 1, p50: 190 });
  expect(rows.get('total_known')).toMatchObject({ n: 1, p50: 160 });
});

it('counts a command that was cut short, and does not take it for a quick answer', () => {
  const rows = rowsOf([
    measured({ say: 'turn on the lamp and the fan', ours: turn(-900, -890, -850), direct: turn(150, 152, 154) }),
    measured({ ours: turn(150, 155, 400) }),
  ]);
  expect(rows.get('total')).toMatchObject({ n: 1, p50: 400, met: false });
  expect(rows.get('core_cut')?.value).toBe(50);
  expect(rows.get('core_words')?.value).toBe(50);
  expect(rows.has('core_own')).toBe(false);
});

it('says why nothing was measured', () => {
  expect(rowsOf([]).get('total')).toMatchObject({ n: 0, missing: 'nothing was said' });
  expect(rowsOf([measured({})]).get('core_silent')?.value).toBe(100);
});
