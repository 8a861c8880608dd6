import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openHomeAssistant } from '../../src/home-assistant/connection.js';
import { CoreRefusal } from '../../src/home-assistant/refusal.js';
import { createLog } from '../../src/log.js';
import { type FakeCore, fakeHomeAssistant, SILENCE } from '../fakes/home-assistant-server.js';
import { type Connected, connect, eventually, never } from './connected.js';

let core: FakeCore;
let open: Connected[];
beforeEach(async () => {
  core = await fakeHomeAssistant();
  open = [];
});
afterEach(async () => {
  for (const { home } of open) home.close();
  await core.close();
  vi.restoreAllMocks();
});

const start = (token?: string): Connected => {
  const connected = connect(core, token);
  open.push(connected);
  return connected;
};
const ready = async (): Promise<Connected> => {
  const connected = start();
  await connected.home.ready(never);
  return connected;
};
const network = { name: 'Fault', code: 'network', retry: true };

describe('a connection to Home Assistant', () => {
  it('is there when Core is, and says which one', async () => {
    const { home } = await ready();
    expect(home.state).toEqual({ kind: 'connected', version: '2026.11.0' });
    expect(await home.call({ type: 'config/area_registry/list' })).toEqual([]);
  });

  it('waits for a Core that comes up later, with growing pauses, for ever', async () => {
    await core.stop();
    const { home, clock, states, lines } = start();
    await eventually(() => states.length === 1);
    expect(home.state).toMatchObject({ kind: 'connecting', reason: expect.stringContaining('refused') });
    let attempts = 1;
    for (const pause of [250, 500, 1_000, 2_000, 4_000, ...Array<number>(50).fill(5_000)]) {
      await clock.advance(pause - 1);
      expect(states).toHaveLength(attempts);
      await clock.advance(1);
      attempts += 1;
      await eventually(() => states.length === attempts);
    }
    expect(lines.filter((line) => JSON.parse(line).level > 30)).toHaveLength(1);
    await core.start();
    const there = home.ready(never);
    await clock.advance(5_000);
    await there;
  });

  it('waits while a proxy answers 502, and while Core is starting', async () => {
    core.status = 502;
    const { home, clock } = start();
    await eventually(() => 'reason' in home.state);
    expect(home.state).toMatchObject({ kind: 'connecting', reason: expect.stringContaining('502') });
    core.status = undefined;
    core.running = 'STARTING';
    await clock.advance(250);
    await core.message(({ type }) => type === 'get_config');
    expect(home.state.kind).toBe('connecting');
    core.running = 'RUNNING';
    const there = home.ready(never);
    await clock.until(there);
  });

  it('waits for a slow start a minute at most: one integration must not hold back the house', async () => {
    core.running = 'STARTING';
    const { home, clock } = start();
    const there = home.ready(never);
    await core.message(({ type }) => type === 'get_config');
    while (home.state.kind !== 'connected') {
      const seen = core.received.length;
      await eventually(() => clock.sleeping === 2);
      await clock.advance(500);
      await Promise.race([there, core.message(({ type }) => type === 'get_config', seen)]);
    }
    expect(core.received.filter(({ type }) => type === 'get_config')).toHaveLength(120);
  });

  it('gives up at a wrong token, once, and says what to do', async () => {
    const { home, clock, lines, becomes } = start('a-wrong-token');
    await becomes('refused');
    await clock.advance(3_600_000);
    expect(core.logins).toBe(1);
    await expect(home.ready(never)).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('long-lived'),
    });
    await expect(home.call({ type: 'get_states' })).rejects.toMatchObject({ code: 'usage' });
    expect(clock.sleeping).toBe(0);
    expect(lines.join()).not.toContain('a-wrong-token');
  });

  it("refuses a token that is not an administrator's, and says why", async () => {
    core.admin = false;
    const { home, becomes } = start();
    await becomes('refused');
    await expect(home.ready(never)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('administrator'),
      hint: expect.stringContaining('exposed'),
    });
    await eventually(() => core.open === 0);
  });

  it('is refused when its token is revoked', async () => {
    const { clock, becomes } = await ready();
    core.acceptedToken = 'another';
    core.drop();
    await becomes('away');
    await clock.advance(250);
    expect(await becomes('refused')).toMatchObject({ reason: { code: 'usage' } });
  });

  it('tells the token to nobody', async () => {
    const { home, lines, clock, becomes } = await ready();
    core.answer('refuse', () => {
      throw new Error('no');
    });
    const error: unknown = await home.call({ type: 'refuse' }).catch((thrown: unknown) => thrown);
    core.status = 500;
    core.drop();
    await becomes('away');
    await clock.advance(250);
    await eventually(() => 'reason' in home.state && String(home.state.reason).includes('500'));
    for (const told of [inspect(home, { depth: 20, showHidden: true }), inspect(error, { depth: 20 }), lines.join()])
      expect(told).not.toContain(core.token);
  });
});

describe('a call', () => {
  it("throws Core's error with its code, on one line", async () => {
    const { home } = await ready();
    core.answer('call_service', () => {
      throw Object.assign(new Error('It\nis\u0007 broken'), { code: 'home_assistant_error' });
    });
    const error: unknown = await home.call({ type: 'call_service' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CoreRefusal);
    expect(error).toMatchObject({ message: 'Home Assistant refused call_service: It is broken' });
    expect(error).toMatchObject({ core: { code: 'home_assistant_error', message: 'It is broken' }, retry: false });
  });

  it('fails at once while Home Assistant is away', async () => {
    await core.stop();
    const { home } = start();
    await expect(home.call({ type: 'get_states' })).rejects.toMatchObject(network);
    await expect(home.post('states/sensor.x', {})).rejects.toMatchObject(network);
  });

  it('fails promptly when the connection is lost before the answer', async () => {
    const { home } = await ready();
    core.answer('slow', () => SILENCE);
    const call = home.call({ type: 'slow' });
    const failed = expect(call).rejects.toMatchObject(network);
    await core.message(({ type }) => type === 'slow');
    core.drop();
    await failed;
  });

  it('has a time limit, and can be given up', async () => {
    const { home, clock } = await ready();
    core.answer('slow', () => SILENCE);
    const late = expect(home.call({ type: 'slow' }, { timeout: 500 })).rejects.toMatchObject(network);
    const controller = new AbortController();
    const left = expect(home.call({ type: 'slow' }, { signal: controller.signal })).rejects.toThrow('no longer');
    controller.abort(new Error('no longer'));
    await left;
    await clock.advance(500);
    await late;
    await expect(home.call({ type: 'slow' }, { signal: controller.signal })).rejects.toThrow('no longer');
  });

  it('that is answered by nothing, hundreds of times, ends the connection rather than the memory', async () => {
    const { home, becomes } = await ready();
    core.answer('slow', () => SILENCE);
    const calls = Array.from({ length: 300 }, () => home.call({ type: 'slow' }));
    const settled = await Promise.allSettled(calls);
    expect(settled.every(({ status }) => status === 'rejected')).toBe(true);
    await becomes('away');
  });
});

describe('a dead network', () => {
  it('is noticed within six seconds', async () => {
    const { clock, becomes, home } = await ready();
    core.silence();
    await clock.advance(2_000);
    await core.message(({ type }) => type === 'ping');
    expect(home.state.kind).toBe('connected');
    await clock.advance(4_000);
    await becomes('away');
  });

  it('is told from a Core that answers, and from one that stands still for a while', async () => {
    const { clock, home } = await ready();
    let bells = 0;
    home.subscribe({ type: 'subscribe_events', event_type: 'bell' }, () => {
      bells += 1;
    });
    await core.message(({ type }) => type === 'subscribe_events');
    for (let time = 1; time <= 5; time++) {
      core.silence();
      const before = core.received.length;
      await clock.advance(2_000);
      await core.message(({ type }) => type === 'ping', before);
      await clock.advance(3_900);
      core.silence(false);
      core.fire('bell');
      await eventually(() => bells === time);
    }
    await clock.advance(1_900);
    expect(home.state.kind).toBe('connected');
    expect(core.opened).toBe(1);
  });

  it('in the middle of a login ends the attempt', async () => {
    core.silence();
    const { home, clock } = start();
    await eventually(() => core.opened === 1);
    await clock.advance(10_000);
    await eventually(() => home.state.kind === 'connecting' && 'reason' in home.state);
    core.silence(false);
    const there = home.ready(never);
    await clock.advance(250);
    await there;
  });
});

describe('a subscription', () => {
  const begins = (event: string) => (message: { type: string; event_type?: unknown }) =>
    message.type === 'subscribe_events' && message.event_type === event;

  it('lives on after the connection was lost', async () => {
    const { home, clock, becomes } = await ready();
    const seen: unknown[] = [];
    let begun = 0;
    home.subscribe<{ data: unknown }>(
      { type: 'subscribe_events', event_type: 'bell' },
      ({ data }) => seen.push(data),
      () => {
        begun += 1;
      },
    );
    for (let time = 0; time < 3; time++) {
      await eventually(() => core.received.filter(begins('bell')).length === time + 1);
      await home.call({ type: 'get_config' }); // after it, so it has been accepted
      core.fire('bell', { time });
      await eventually(() => seen.length === time + 1);
      core.drop();
      await becomes('away');
      const there = home.ready(never);
      await clock.advance(2_000);
      await there;
    }
    expect(seen).toEqual([{ time: 0 }, { time: 1 }, { time: 2 }]);
    expect(begun).toBe(4);
  });

  it('can be made while Home Assistant is away, and ended at any moment', async () => {
    await core.stop();
    const { home, clock } = start();
    const seen: string[] = [];
    const stop = home.subscribe({ type: 'subscribe_events', event_type: 'never' }, () => seen.push('never'));
    home.subscribe({ type: 'subscribe_events', event_type: 'bell' }, () => seen.push('bell'));
    stop();
    await eventually(() => 'reason' in home.state);
    await core.start();
    const there = home.ready(never);
    await clock.advance(250);
    await there;
    await core.message(begins('bell'));
    expect(core.received.some(begins('never'))).toBe(false);
    const early = home.subscribe({ type: 'subscribe_events', event_type: 'never' }, () => seen.push('never'));
    early();
    await core.message(({ type }) => type === 'unsubscribe_events');
    core.fire('never');
    core.fire('bell');
    await eventually(() => seen.length > 0);
    expect(seen).toEqual(['bell']);
  });

  it('delivers nothing after it was ended, whatever is still under way', async () => {
    const { home } = await ready();
    const seen: string[] = [];
    const stop = home.subscribe({ type: 'subscribe_events', event_type: 'bell' }, () => seen.push('ended'));
    await core.message(begins('bell'));
    home.subscribe({ type: 'subscribe_events', event_type: 'bell' }, () => seen.push('going on'));
    await home.call({ type: 'get_config' });
    stop();
    core.fire('bell');
    await eventually(() => seen.length > 0);
    await home.call({ type: 'get_config' });
    expect(seen).toEqual(['going on']);
  });

  it('that Core refuses is tried again: its integration may not be loaded yet', async () => {
    const { home, clock } = await ready();
    let loaded = false;
    core.answer('todo/subscribe', () => {
      if (!loaded) throw Object.assign(new Error('Unknown command.'), { code: 'unknown_command' });
      return null;
    });
    home.subscribe({ type: 'todo/subscribe' }, () => {});
    await core.message(({ type }) => type === 'todo/subscribe');
    await home.call({ type: 'get_config' });
    loaded = true;
    await clock.advance(1_000);
    await eventually(() => core.received.filter(({ type }) => type === 'todo/subscribe').length === 2);
    await home.call({ type: 'get_config' });
    await clock.advance(3_000);
    expect(core.received.filter(({ type }) => type === 'todo/subscribe')).toHaveLength(2);
  });

  it('outlives a listener that throws', async () => {
    const { home, lines } = await ready();
    let count = 0;
    home.subscribe({ type: 'subscribe_events', event_type: 'bell' }, () => {
      count += 1;
      throw new Error('a defect');
    });
    await core.message(begins('bell'));
    core.fire('bell');
    core.fire('bell');
    await eventually(() => count === 2);
    expect(home.state.kind).toBe('connected');
    expect(lines.join()).toContain('a defect');
  });
});

describe('nonsense on the wire', () => {
  it.each(['{', 'null', '[null]', '"text"', '[[]]', '{"type":"event"}', '{"id":{},"type":"result"}', '\u0000'])(
    '%j ends the connection or is ignored, never the program',
    async (text) => {
      // The library's word for an event that nobody has asked for.
      vi.spyOn(console, 'warn').mockImplementation(() => {});
      const { home, clock } = await ready();
      core.send(text);
      core.fire('bell');
      const settled = home.call({ type: 'get_config' }).catch(() => {});
      await settled;
      if (home.state.kind !== 'connected') {
        const there = home.ready(never);
        await clock.advance(250);
        await there;
      }
      expect(await home.call({ type: 'get_config' })).toMatchObject({ state: 'RUNNING' });
    },
  );

  it('that cannot be read at all ends the connection: what it was meant to be is lost', async () => {
    const { becomes } = await ready();
    core.send('{');
    await becomes('away');
  });
});

describe('closing', () => {
  it('rejects what waits and leaves nothing behind', async () => {
    const { home, clock } = await ready();
    core.answer('slow', () => SILENCE);
    const call = expect(home.call({ type: 'slow' })).rejects.toMatchObject({ code: 'network' });
    home.close();
    await call;
    expect(home.state.kind).toBe('closed');
    await expect(home.ready(never)).rejects.toMatchObject({ code: 'network', retry: false });
    await eventually(() => core.open === 0 && clock.sleeping === 0);
  });

  it('ends the attempts to connect', async () => {
    await core.stop();
    const { home, clock } = start();
    const waits = expect(home.ready(never)).rejects.toMatchObject({ code: 'network' });
    await eventually(() => 'reason' in home.state);
    home.close();
    await waits;
    await eventually(() => clock.sleeping === 0);
  });
});

describe('options that cannot be right', () => {
  const log = createLog({ level: 'silent', format: 'json' });
  it.each([
    ['', 'token', /home_assistant.url/],
    ['homeassistant.local:8123', 'token', /home_assistant.url/],
    ['ftp://host', 'token', /home_assistant.url/],
    ['http://me:secret@host:8123', 'token', /home_assistant.url/],
    ['http://host:8123', ' ', /token is empty/],
    ['http://host:8123', 'two words', /token/],
  ])('%j and %j are refused in words', (url, token, message) => {
    const attempt = (): unknown => openHomeAssistant({ url, token, log });
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ name: 'Fault', code: 'usage' }));
    expect(attempt).not.toThrow(/secret|two words/);
  });
});
