import { describe, expect, test } from 'vitest';
import { noMeasurements } from '../../src/bench/measurements.js';
import { type ReportFacts, renderComparison, renderFailures, renderReport } from '../../src/bench/report.js';
import { rowsOf } from '../../src/bench/rows.js';
import { turn } from './turn-figures.js';

const facts: ReportFacts = {
  version: '1.2.3',
  machine: {
    cpu: 'A Processor',
    cores: 4,
    arch: 'arm64',
    memory: 8e9,
    os: 'Some Linux',
    node: 'v20.19.0',
    loadAverage: 0.1,
  },
  engine: 'vosk',
  persona: 'Vathrax',
  seed: 1,
  commands: 8,
  partial: false,
  trouble: [],
};
const turns = Array.from({ length: 8 }, (_, i) => turn({ total: 200 + i }));
const rows = rowsOf({ ...noMeasurements(), turns });
const line = (report: string, label: string): string => report.split('\n').find((one) => one.startsWith(label)) ?? '';

describe('the report', () => {
  const report = renderReport(facts, rows, false);

  test('begins with what was measured on what', () => {
    expect(report).toContain('Evil Assistant 1.2.3, recogniser vosk, persona Vathrax, 8 utterances, seed 1');
    expect(report).toContain('A Processor, 4 cores (arm64), 8.0 GB, Some Linux, node v20.19.0, load 0.10');
  });

  test('has a line for each figure with its target and whether it was reached', () => {
    expect(line(report, 'last sound → first audio')).toMatch(
      /8 +204 ms +207 ms +207 ms +200 ms – 207 ms +≤ 250 ms \/ ≤ 450 ms +✓/,
    );
    expect(line(report, 'cut short for good')).toMatch(/8 +0\.0 %.+≤ 1 % +✓ 0 of 8/);
  });

  test('shows what was not measured as neither reached nor missed', () => {
    const missing = line(report, 'resident memory');
    expect(missing).toContain('– not measured');
    expect(missing).not.toMatch(/[✓✗]/);
  });

  test('ends with the guide’s rating, and says what was left out', () => {
    expect(report).toMatch(
      /Excellent by the guide: half of the answers came within 204 ms\. 5 of \d+ targets reached, \d+ not measured\.$/,
    );
  });

  test('rates nothing where no answer was measured', () => {
    expect(renderReport(facts, rowsOf(noMeasurements()), false)).not.toContain('by the guide');
  });

  test('warns of a machine that others use, aloud', () => {
    expect(report).not.toContain('busy');
    const busy = { ...facts, machine: { ...facts.machine, loadAverage: 2.1 } };
    expect(renderReport(busy, rows, false)).toMatch(/!!! This machine was busy before the run: load 2\.10 on 4 cores/);
  });

  test('says that it was ended early, and which part is incomplete', () => {
    const cut = renderReport({ ...facts, partial: true, trouble: ['drafts: ended before'] }, rows, false);
    expect(cut).toContain('these are the figures so far');
    expect(cut).toContain('Incomplete: drafts: ended before');
  });

  test('has colours only where they are wanted', () => {
    const colour = '\u001b[';
    expect(report).not.toContain(colour);
    expect(renderReport(facts, rows, true)).toContain(colour);
  });
});

describe('what went wrong', () => {
  test('is nothing where all went well', () => {
    expect(renderFailures(turns, 10)).toBe('');
  });

  test('is told with what was heard', () => {
    const failed = [
      turn({ verdict: 'wrong', heard: 'turn on the van' }),
      turn({ verdict: 'nothing', missed: true }),
      turn({ cutShort: true, heard: 'turn on' }),
    ];
    expect(renderFailures([turn(), ...failed], 10).split('\n')).toEqual([
      'What went wrong:',
      '  wrong   “turn on the fan” → “turn on the van”',
      '  nothing “turn on the fan” → the wake word was missed',
      '  right   “turn on the fan” → “turn on” (cut short)',
    ]);
  });

  test('is not told without end', () => {
    const failed = Array.from({ length: 5 }, () => turn({ verdict: 'nothing' }));
    expect(renderFailures(failed, 2)).toContain('and 3 more');
  });
});

test('the comparison of recognisers has a line for each, and why one is missing', () => {
  const reading = { kind: 'command', say: 'a', heard: 'a', verdict: 'right' } as const;
  const readings = [reading, { ...reading, verdict: 'wrong' as const }, { ...reading, kind: 'talk' as const }];
  const text = renderComparison([
    { engine: 'vosk', readings },
    { engine: 'moonshine', readings: [], missing: 'it has not loaded' },
  ]);
  expect(text).toMatch(/vosk +2 +50\.0 % +50\.0 % +0\.0 % +0\.0 % of 1/);
  expect(text).toMatch(/moonshine +0 .*it has not loaded/);
});
