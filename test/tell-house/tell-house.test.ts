import { describe, expect, it } from 'vitest';
import type { TurnResult } from '../../src/assistant/turn.js';
import type { TextAnswer } from '../../src/conversation/exchange.js';
import type { Publisher } from '../../src/home-assistant/publisher.js';
import type { Detection, Run, Speaker, Transcript } from '../../src/stages.js';
import { tellHouse } from '../../src/tell-house.js';
import { createTimeline } from '../../src/timeline/timeline.js';

const detectionAt = (at: number): Detection => ({ word: 'hey_jarvis', score: 0.9, at });
const transcript = (kind: Transcript['kind'], text = 'turn on the lamp'): Transcript => ({
  kind,
  segment: 1,
  text,
  through: 0,
  engine: 'test',
});
const clock = { now: () => 0, sleep: async () => {} };
const resultOf = (more: Partial<TurnResult> = {}): TurnResult => ({
  reason: 'answered',
  replies: [{ text: 'Done.', kind: 'claim' }],
  outcomes: [],
  expectsAnswer: false,
  reopened: 0,
  timeline: createTimeline({ clock, timeOf: (position) => position / 16 }),
  ...more,
});

/** A house with one room, and everything that it was told. */
const openHouse = (speaker: Speaker = speaks) => {
  const states: string[] = [];
  const published: [string, Readonly<Record<string, unknown>>][] = [];
  const latencies: number[] = [];
  const publisher: Publisher = {
    publish: (name, data) => void published.push([name, { ...data }]),
    state: (state) => void states.push(state),
    latency: (latency) => void latencies.push(latency),
    dropped: 0,
    close: async () => {},
  };
  const told = tellHouse(publisher);
  const heard: string[] = [];
  const { events, speaker: shown } = told.turns(
    { language: 'de', area: 'kitchen' },
    { onTurn: ({ reason }) => void heard.push(reason) },
    speaker,
  );
  return { told, events, states, published, latencies, heard, speak: () => shown(nothing, run) };
};
const nothing = { rate: 16_000, async *[Symbol.asyncIterator]() {} };
const run: Run = { signal: new AbortController().signal, committed: Promise.resolve(), mark: () => {} };
const speaks: Speaker = async (_, { mark }) => {
  mark('firstAudio');
  return { heard: 100, complete: true };
};

describe('what the assistant is doing', () => {
  it('goes from listening over thinking and speaking to idle', async () => {
    const { events, speak, states } = openHouse();
    const detection = detectionAt(0);
    events.onWake?.(detection);
    events.onTranscript?.(transcript('partial'));
    events.onTranscript?.(transcript('draft'));
    await speak();
    // The final text may come long after it was acted on.
    events.onTranscript?.(transcript('final'));
    events.onTurn(resultOf(), detection);
    events.onQuiet?.(detection);
    expect(states).toEqual(['idle', 'listening', 'thinking', 'speaking', 'idle']);
  });

  it('listens again where speech goes on', () => {
    const { events, states } = openHouse();
    events.onWake?.(detectionAt(0));
    events.onTranscript?.(transcript('draft', ''));
    events.onTranscript?.(transcript('draft'));
    events.onTranscript?.(transcript('partial'));
    events.onTranscript?.(transcript('draft'));
    expect(states).toEqual(['idle', 'listening', 'thinking', 'listening', 'thinking']);
  });

  it('listens again after it has answered to its name, and where it has asked', async () => {
    const { events, speak, states } = openHouse();
    const detection = detectionAt(0);
    events.onWake?.(detection);
    await speak();
    events.onTranscript?.(transcript('draft'));
    await speak();
    events.onTurn(resultOf({ expectsAnswer: true }), detection);
    expect(states).toEqual(['idle', 'listening', 'speaking', 'listening', 'thinking', 'speaking', 'listening']);
  });

  it('is not idle where a wake word has begun another turn before the last one has ended', () => {
    const { events, states } = openHouse();
    const [first, second] = [detectionAt(0), detectionAt(1)];
    events.onWake?.(first);
    events.onTranscript?.(transcript('draft'));
    events.onWake?.(second);
    events.onTurn(resultOf({ reason: 'interrupted' }), first);
    events.onQuiet?.(first);
    expect(states).toEqual(['idle', 'listening', 'thinking', 'listening']);
    events.onQuiet?.(second);
    expect(states.at(-1)).toBe('idle');
  });

  it('thinks while something that was written is answered, and not over a turn that is spoken', async () => {
    const { events, states, told } = openHouse();
    const answer: TextAnswer = { text: 'Done.', kind: 'command', end: 'handled', outcomes: [], expectsAnswer: false };
    await told.answer('turn on the lamp', { language: 'en' }, Promise.resolve(answer));
    expect(states).toEqual(['idle', 'thinking', 'idle']);
    events.onWake?.(detectionAt(0));
    await told.answer('turn on the lamp', { language: 'en' }, Promise.resolve(answer));
    await expect(told.answer('x', { language: 'en' }, Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    expect(states.slice(3)).toEqual(['listening']);
  });
});

describe('what has happened', () => {
  it('is told with language and room, and with times from the last sound', () => {
    const { events, heard, latencies, published } = openHouse();
    const timeline = createTimeline({ clock, timeOf: (position) => position / 16 });
    timeline.mark('wake', 16_000);
    timeline.mark('lastSound', 32_000);
    timeline.mark('firstAudio', 36_000);
    const outcome = { intent: 'HassTurnOn', changed: [], already: [], failed: [], slots: {} };
    const said = transcript('draft');
    events.onTurn(resultOf({ said, timeline, outcomes: [outcome] }), detectionAt(0));
    const place = { area: 'kitchen' };
    expect(published).toEqual([
      ['command', { ...place, text: 'turn on the lamp', language: 'de', intent: 'HassTurnOn' }],
      ['reply', { ...place, text: 'Done.', expects_answer: false }],
      ['turn', { ...place, outcome: 'answered', timings: { wake: -1_000, lastSound: 0, firstAudio: 250 } }],
    ]);
    expect(latencies).toEqual([250]);
    expect(heard).toEqual(['answered']);
  });

  it('is told of a device that asks in writing', async () => {
    const { published, told } = openHouse();
    const answer: TextAnswer = { text: 'No.', kind: 'talk', end: 'failed', outcomes: [], expectsAnswer: false };
    const context = { language: 'en', device: 'd', satellite: 'assist_satellite.s', conversation: 'c' };
    await told.answer('open up', context, Promise.resolve(answer));
    const place = { device: 'd', satellite: 'assist_satellite.s' };
    expect(published).toEqual([
      ['command', { ...place, text: 'open up', language: 'en' }],
      ['reply', { ...place, text: 'No.', expects_answer: false }],
      ['turn', { ...place, timings: {}, outcome: 'failed' }],
    ]);
  });
});
