import { describe, expect, test } from 'vitest';
import { judge } from '../../src/bench/verdict.js';
import type { EntitySnapshot } from '../../src/home/snapshot.js';
import type { Outcome } from '../../src/stages.js';

const entity = (id: string, state: string, attributes: EntitySnapshot['attributes'] = {}): EntitySnapshot => ({
  entity: id,
  name: id,
  area: 'office',
  state,
  attributes,
});
const timer = (seconds: number, left = seconds): EntitySnapshot => entity('timer.1', 'active', { seconds, left });

const before = [entity('light.desk', 'off', { brightness: 0 }), entity('fan.small', 'off')];
const lit = entity('light.desk', 'on', { brightness: 50 });
const still = before[1]!;
const deed = (after: readonly EntitySnapshot[], said = '', outcomes: readonly Outcome[] = []) => ({
  before,
  after,
  outcomes,
  replies: [{ text: said, kind: 'claim' as const }],
});
const answered = (speech: string): Outcome => ({
  intent: 'HassGetState',
  changed: [],
  already: [],
  failed: [],
  slots: {},
  speech,
});

describe('a command that changes things', () => {
  const command = { say: 'turn on the desk light', becomes: { 'light.desk': 'on' } };

  test('is right where the house has become that', () => {
    expect(judge(command, deed([lit, still]))).toBe('right');
  });
  test('is nothing where the house is as before, whatever was said', () => {
    expect(judge(command, deed(before, 'The light is on.'))).toBe('nothing');
  });
  test('is wrong where something else has changed', () => {
    expect(judge(command, deed([before[0]!, entity('fan.small', 'on')]))).toBe('wrong');
  });
  test('is wrong where something else has changed too', () => {
    expect(judge(command, deed([lit, entity('fan.small', 'on')]))).toBe('wrong');
  });
  test('is wrong where only one of two things was done', () => {
    const both = { say: 'both on', becomes: { 'light.desk': 'on', 'fan.small': 'on' } };
    expect(judge(both, deed([lit, still]))).toBe('wrong');
  });
  test('counts the attributes that it names', () => {
    const dim = (brightness: number) => ({ say: 'dim it', becomes: { 'light.desk': { brightness } } });
    expect(judge(dim(50), deed([lit, still]))).toBe('right');
    expect(judge(dim(15), deed([lit, still]))).toBe('wrong');
  });
});

describe('a timer', () => {
  const command = { say: 'ten minutes', starts: 600 };
  test('is right by its length, however much of it has run down', () => {
    expect(judge(command, deed([...before, timer(600, 598)]))).toBe('right');
  });
  test('is wrong with another length', () => {
    expect(judge(command, deed([...before, timer(60)]))).toBe('wrong');
  });
  test('is nothing where none runs', () => {
    expect(judge(command, deed(before))).toBe('nothing');
  });
});

describe('a question', () => {
  const command = { say: 'is the lamp on', asks: ['on'] };
  test('is right where the answer has the words, as whole words', () => {
    expect(judge(command, deed(before, 'Yes: the lamp is on.'))).toBe('right');
    expect(judge(command, deed(before, 'There is one lamp alone.'))).toBe('nothing');
  });
  test('is wrong where something has changed', () => {
    expect(judge(command, deed([lit, still], 'The lamp is on.'))).toBe('wrong');
  });
  test('is wrong where another question was answered', () => {
    expect(judge(command, deed(before, 'Six degrees.', [answered('six degrees')]))).toBe('wrong');
  });
});

describe('talk', () => {
  test('may be answered with anything, and changes nothing', () => {
    expect(judge({ say: 'nice weather' }, deed(before, 'Is it.'))).toBe('right');
    expect(judge({ say: 'nice weather' }, deed([lit, still]))).toBe('wrong');
  });
});
