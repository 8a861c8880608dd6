import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPublisher, type Publisher } from '../../src/home-assistant/publisher.js';
import { createLog } from '../../src/log.js';
import {
  CoreError,
  type FakeCore,
  type FakeMessage,
  fakeHomeAssistant,
  SILENCE,
} from '../fakes/home-assistant-server.js';
import { type Connected, connect, eventually, never } from './connected.js';

const log = createLog({ level: 'silent', format: 'json' });
const STATE = 'sensor.evil_assistant';
const LATENCY = 'sensor.evil_assistant_latency';

let core: FakeCore;
let connected: Connected;
let publisher: Publisher;
beforeEach(async () => {
  core = await fakeHomeAssistant();
  connected = connect(core);
});
afterEach(async () => {
  await publisher.close();
  connected.home.close();
  await core.close();
});

const publish = (speech = false): Publisher => {
  publisher = createPublisher({ home: connected.home, log, clock: connected.clock, speech });
  return publisher;
};
const fired = (): FakeMessage[] => core.received.filter(({ type }) => type === 'fire_event');
const wake = { word: 'hey_jarvis', score: 0.9 };
const comeBack = async (): Promise<void> => {
  const there = connected.home.ready(never);
  await connected.clock.advance(5_000);
  await there;
};

describe('events for automations', () => {
  it('are fired on the bus, in order, with their time', async () => {
    publish();
    await connected.home.ready(never);
    publisher.publish('wake', { ...wake, area: 'kitchen' });
    publisher.publish('turn', { timings: { firstAudio: 206 }, outcome: 'answered' });
    await eventually(() => fired().length === 2);
    expect(fired()).toMatchObject([
      {
        event_type: 'evil_assistant_wake',
        event_data: { ...wake, area: 'kitchen', assistant: 'evil_assistant', time: '2026-01-01T00:00:00.000Z' },
      },
      { event_type: 'evil_assistant_turn', event_data: { timings: { firstAudio: 206 }, outcome: 'answered' } },
    ]);
  });

  it.each([true, false])('carry what was said only if it is allowed: %s', async (allowed) => {
    publish(allowed);
    await connected.home.ready(never);
    publisher.publish('command', { text: 'turn on\u0007 the light', language: 'en', intent: 'HassTurnOn' });
    publisher.publish('reply', { text: 'So be it.', expects_answer: false });
    await eventually(() => fired().length === 2);
    const [command, reply] = fired().map(({ event_data }) => event_data as Record<string, unknown>);
    expect(command).toMatchObject({ language: 'en', intent: 'HassTurnOn' });
    expect(command?.text).toBe(allowed ? 'turn on the light' : undefined);
    expect(reply?.text).toBe(allowed ? 'So be it.' : undefined);
  });

  it('wait while Home Assistant is away, the newest hundred of them', async () => {
    await core.stop();
    publish();
    for (let word = 0; word < 150; word++) publisher.publish('wake', { word: `w${word}`, score: 1 });
    expect(publisher.dropped).toBe(50);
    await eventually(() => 'reason' in connected.home.state);
    await core.start();
    await comeBack();
    await eventually(() => fired().length === 100);
    expect(fired()[0]).toMatchObject({ event_data: { word: 'w50' } });
  });

  it('are not fired when they are no longer true', async () => {
    await core.stop();
    publish();
    publisher.publish('wake', { word: 'old', score: 1 });
    await eventually(() => 'reason' in connected.home.state);
    while (connected.clock.now() < Date.UTC(2026, 0, 1, 0, 1, 1)) {
      const tries = connected.states.length;
      await connected.clock.advance(5_000);
      await eventually(() => connected.states.length > tries);
    }
    publisher.publish('wake', { word: 'new', score: 1 });
    await core.start();
    await comeBack();
    await eventually(() => fired().length === 1);
    expect(fired()[0]).toMatchObject({ event_data: { word: 'new' } });
    expect(publisher.dropped).toBe(1);
  });

  it('go on after one that is refused', async () => {
    publish();
    await connected.home.ready(never);
    core.answer('fire_event', () => {
      core.answer('fire_event', null);
      throw new CoreError('unknown_error', 'No');
    });
    publisher.publish('wake', { word: 'one', score: 1 });
    publisher.publish('wake', { word: 'two', score: 1 });
    await eventually(() => fired().length === 2 && publisher.dropped === 1);
  });

  it('are not fired twice when the connection is lost meanwhile', async () => {
    publish();
    await connected.home.ready(never);
    core.answer('fire_event', () => SILENCE);
    publisher.publish('wake', { word: 'one', score: 1 });
    publisher.publish('wake', { word: 'two', score: 1 });
    await eventually(() => fired().length === 1);
    core.answer('fire_event', null);
    core.drop();
    await connected.becomes('away');
    await comeBack();
    await eventually(() => fired().length === 2);
    expect(fired().map(({ event_data }) => (event_data as { word: string }).word)).toEqual(['one', 'two']);
  });
});

describe('the state of the assistant', () => {
  const posts = (entity: string): unknown[] =>
    core.posted.filter((post) => post.entity === entity).map(({ body }) => body.state);

  it('is an entity from the first connection on, with the latency of the last turn', async () => {
    publish();
    await eventually(() => core.posted.length === 2);
    expect(core.posted).toEqual([
      {
        entity: STATE,
        body: {
          state: 'idle',
          attributes: expect.objectContaining({
            device_class: 'enum',
            options: ['idle', 'listening', 'thinking', 'speaking', 'muted'],
          }),
        },
      },
      {
        entity: LATENCY,
        body: {
          state: 'unknown',
          attributes: expect.objectContaining({ unit_of_measurement: 'ms', device_class: 'duration' }),
        },
      },
    ]);
    publisher.latency(206.4);
    await connected.clock.advance(200);
    await eventually(() => posts(LATENCY).length === 2);
    expect(posts(LATENCY)).toEqual(['unknown', '206']);
  });

  it('is posted at most five times a second, and the last one always', async () => {
    publish();
    await eventually(() => posts(STATE).length === 1);
    for (const state of ['listening', 'thinking', 'speaking'] as const) publisher.state(state);
    await connected.clock.advance(199);
    expect(posts(STATE)).toEqual(['idle']);
    await connected.clock.advance(1);
    await eventually(() => posts(STATE).length === 2);
    expect(posts(STATE)).toEqual(['idle', 'speaking']);
    await connected.clock.advance(200);
    publisher.state('idle');
    await eventually(() => posts(STATE).length === 3);
    expect(posts(STATE)).toEqual(['idle', 'speaking', 'idle']);
  });

  it('comes back after Core was started again: it forgets such entities', async () => {
    publish();
    await eventually(() => core.posted.length === 2);
    publisher.state('muted');
    await connected.clock.advance(200);
    await eventually(() => posts(STATE).length === 2);
    core.drop();
    await connected.becomes('away');
    await comeBack();
    await eventually(() => posts(STATE).length === 3 && posts(LATENCY).length === 2);
    expect(posts(STATE)).toEqual(['idle', 'muted', 'muted']);
  });

  it('leaves an entity alone that belongs to an integration', async () => {
    core.house.entries.set(STATE, { platform: 'template' });
    publish();
    await eventually(() => core.posted.length === 1);
    publisher.state('speaking');
    await connected.clock.advance(1_000);
    await connected.home.call({ type: 'get_config' });
    expect(posts(STATE)).toEqual([]);
    expect(posts(LATENCY)).toEqual(['unknown']);
  });

  it('is tried again where the posting fails for a while', async () => {
    core.answer('config/entity_registry/get_entries', () => {
      core.status = 503;
      return {};
    });
    publish();
    await eventually(() => core.refusedPosts === 2);
    // The heartbeat's, and the two that wait before they try again.
    await eventually(() => connected.clock.sleeping === 3);
    core.status = undefined;
    await connected.clock.advance(5_000);
    await eventually(() => core.posted.length === 2);
  });

  it('is unavailable when the program ends', async () => {
    publish();
    await eventually(() => core.posted.length === 2);
    await publisher.close();
    expect(posts(STATE)).toEqual(['idle', 'unavailable']);
    expect(posts(LATENCY)).toEqual(['unknown', 'unavailable']);
  });
});
