import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLink, type Link } from '../../src/home-assistant/link.js';
import { openSocket } from '../../src/home-assistant/socket.js';
import { testClock } from '../fakes/clock.js';
import { type FakeCore, fakeHomeAssistant, SILENCE } from '../fakes/home-assistant-server.js';
import { never } from './connected.js';

let core: FakeCore;
let link: Link;
beforeEach(async () => {
  core = await fakeHomeAssistant();
  link = createLink(
    await openSocket(`${core.url.replace('http', 'ws')}/api/websocket`, core.token, never),
    testClock(),
  );
});
afterEach(async () => {
  vi.useRealTimers();
  link.close();
  await core.close();
});

describe('the end of a connection', () => {
  it('rejects a subscription that was not answered, which the library forgets', async () => {
    core.answer('subscribe_events', () => SILENCE);
    const subscription = link.subscribe({ type: 'subscribe_events' }, () => {});
    const rejected = expect(subscription).rejects.toMatchObject({ code: 'network', retry: true });
    await core.message(({ type }) => type === 'subscribe_events');
    core.drop();
    await rejected;
  });

  it('is known to what asks afterwards, and to what ends a subscription afterwards', async () => {
    const stop = await link.subscribe({ type: 'subscribe_events' }, () => {});
    link.close();
    expect(link.lost.aborted).toBe(true);
    await expect(link.request({ type: 'get_config' })).rejects.toMatchObject({ code: 'network', retry: true });
    stop();
    link.close();
  });

  it('leaves no timer of the library behind, which would try to connect again', () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    link.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
