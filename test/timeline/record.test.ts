import { describe, expect, it } from 'vitest';
import { turnLogFields, turnRecord } from '../../src/timeline/record.js';
import { GOOD, SLOW, turnWith } from './turns.js';

describe('the record of a turn', () => {
  it('has the marks from the last sound on, the parts with their targets, and what was missed', async () => {
    const record = turnRecord(await turnWith(SLOW), {
      id: 't1',
      ending: 'answered',
      word: 'hey_jarvis',
      engine: 'vosk',
    });
    expect(record).toMatchObject({
      version: 1,
      id: 't1',
      time: '2026-11-22T11:59:58.000Z',
      word: 'hey_jarvis',
      total: 1_104,
      rating: 'too slow',
    });
    expect(record.marks.wake).toEqual({ ms: -2_000, at: 0 });
    expect(record.marks.lastSound).toEqual({ ms: 0, at: 32_000 });
    expect(record.marks.firstAudio).toEqual({ ms: 1_104 });
    expect(Object.keys(record.marks)).toEqual([
      'wake',
      'lastSound',
      'pause',
      'draft',
      'understood',
      'commit',
      'performed',
      'firstText',
      'firstSynthesized',
      'firstAudio',
      'end',
    ]);
    expect(record.spans.recognition).toEqual({ ms: 278, limit: 200, goal: 90, met: false });
    expect(record.missed.length).toBe(3);
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
  });

  it('holds what was said only where it is given', async () => {
    const turn = await turnWith(GOOD);
    const silent = turnRecord(turn, { id: 't1', ending: 'answered' });
    expect(silent).not.toHaveProperty('heard');
    const told = turnRecord(turn, { id: 't1', ending: 'answered', text: { heard: 'lamp on', said: ['It burns.'] } });
    expect(told).toMatchObject({ heard: 'lamp on', said: ['It burns.'] });
    expect(told).not.toHaveProperty('text');
    expect(JSON.stringify(turnLogFields(told))).not.toMatch(/lamp|burns/);
  });

  it('is one short line in the log', async () => {
    const record = turnRecord(await turnWith(GOOD), { id: 't1', ending: 'answered', intents: ['HassTurnOn'] });
    expect(turnLogFields(record)).toEqual({
      turn: 't1',
      ending: 'answered',
      intents: 'HassTurnOn',
      total_ms: 203,
      wake_ms: 18,
      pause_ms: 62,
      recognition_ms: 26,
      understanding_ms: 2,
      wait_ms: 96,
      action_ms: 3,
      answer_ms: 1,
      synthesis_ms: 6,
      output_ms: 7,
    });
  });

  it('can be made of a turn that was given up before anything was said', async () => {
    const record = turnRecord(await turnWith({}), { id: 't1', ending: 'nothing_heard' });
    expect(record.marks).toEqual({ wake: { ms: 0, at: 0 } });
    expect(record).not.toHaveProperty('total');
    expect(record.missed).toEqual([]);
  });
});
