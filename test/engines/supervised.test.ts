import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/clock.js';
import type { Host } from '../../src/engines/host.js';
import { openHost } from '../../src/engines/host.js';
import { type SuperviseOptions, supervise } from '../../src/engines/supervised.js';
import { Fault } from '../../src/faults.js';

/** A clock that stands until it is moved. */
class TestClock implements Clock {
  #now = 0;
  readonly #sleepers: { at: number; wake: () => void }[] = [];
  now() {
    return this.#now;
  }
  sleep(duration: number, signal: AbortSignal) {
    return new Promise<void>((resolve, reject) => {
      this.#sleepers.push({ at: this.#now + duration, wake: resolve });
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  }
  async advance(duration: number) {
    this.#now += duration;
    for (const { at, wake } of this.#sleepers) if (at <= this.#now) wake();
    await settle();
  }
}
const settle = () => new Promise((resolve) => setImmediate(resolve));
const dead = new Fault('engine', 'dead', { retry: true });

/** Opens fakes whose death the test decides. */
const fakes = () => {
  const hosts: { die(): void; closed: boolean }[] = [];
  let refusal: unknown;
  const open = async (): Promise<Host> => {
    await settle();
    if (refusal !== undefined) throw refusal;
    const listeners: ((fault?: Fault) => void)[] = [];
    const fake = {
      closed: false,
      die: () => {
        for (const listener of listeners) listener(dead);
      },
    };
    hosts.push(fake);
    const close = async () => {
      fake.closed = true;
      for (const listener of listeners) listener(undefined);
    };
    const onExit = (listener: (fault: Fault | undefined) => void) => listeners.push(listener);
    return { alive: true, onExit, close, memory: async () => 1000 } as unknown as Host;
  };
  return {
    hosts,
    open,
    refuse: (error: unknown) => {
      refusal = error;
    },
  };
};
const make = (options: Partial<SuperviseOptions> = {}) => {
  const clock = new TestClock();
  const { hosts, open, refuse } = fakes();
  return { clock, hosts, refuse, engine: supervise({ name: 'fake', open, clock, ...options }) };
};

describe('a supervised host', () => {
  it('is loaded on first use, once for all who use it', async () => {
    const { engine, hosts } = make();
    await settle();
    expect([engine.state, hosts.length, await engine.memory()]).toEqual(['unloaded', 0, 0]);
    const [one, two] = await Promise.all([engine.lease(), engine.lease()]);
    expect(one?.host).toBe(two?.host);
    expect([engine.state, hosts.length, engine.users, await engine.memory()]).toEqual(['loaded', 1, 2, 1000]);
  });

  it('is loaded at start where that is wanted', async () => {
    const { engine, hosts } = make({ preload: true });
    expect(engine.state).toBe('loading');
    await engine.lease();
    expect(hosts).toHaveLength(1);
  });

  it('is unloaded only when nobody uses it, and loaded again on next use', async () => {
    const { clock, engine, hosts } = make();
    const one = await engine.lease();
    const two = await engine.lease();
    one.release();
    one.release();
    expect([engine.users, await engine.unload()]).toEqual([1, false]);
    await clock.advance(500);
    two.release();
    expect([engine.lastUsed, await engine.unload(), engine.state]).toEqual([500, true, 'unloaded']);
    expect(hosts[0]?.closed).toBe(true);
    const third = await engine.lease();
    expect(hosts).toHaveLength(2);
    third.release();
  });

  it('comes back at once after its first death, without being asked', async () => {
    const { engine, hosts } = make();
    await engine.lease();
    hosts[0]?.die();
    await settle();
    expect(engine.state).toBe('loading');
    await engine.lease();
    expect(hosts).toHaveLength(2);
  });

  it('comes back only when it is wanted where that is the option', async () => {
    const { engine, hosts } = make({ restart: 'on use' });
    await engine.lease();
    hosts[0]?.die();
    await settle();
    expect([engine.state, hosts.length]).toEqual(['unloaded', 1]);
    await engine.lease();
    expect(hosts).toHaveLength(2);
  });

  it('rests longer after each death in a row, refuses at once meanwhile, and stops trying unasked', async () => {
    const { clock, engine, hosts } = make();
    await engine.lease();
    hosts[0]?.die();
    for (const [index, pause] of [1000, 2000, 4000, 8000].entries()) {
      await settle();
      await settle();
      hosts[index + 1]?.die();
      expect(engine.state).toBe('resting');
      await expect(engine.lease()).rejects.toMatchObject({ code: 'engine', retry: true, hint: 'dead' });
      await clock.advance(pause - 1);
      expect(engine.state).toBe('resting');
      await clock.advance(1);
    }
    await settle();
    hosts[5]?.die();
    await clock.advance(60_000);
    expect([engine.state, hosts.length]).toEqual(['unloaded', 6]);
    await engine.lease();
    expect(hosts).toHaveLength(7);
  });

  it('forgets its failures once it has lived for a minute', async () => {
    const { clock, engine, hosts } = make();
    await engine.lease();
    for (let deaths = 0; deaths < 4; deaths += 1) {
      await clock.advance(60_000);
      hosts.at(-1)?.die();
      await settle();
      expect(engine.state).toBe('loading');
      await engine.lease();
    }
  });

  it('tells why it cannot be loaded, and does not insist where no restart can help', async () => {
    const { clock, engine, hosts, refuse } = make();
    refuse(new Fault('model', 'The file is corrupt'));
    await expect(engine.lease()).rejects.toMatchObject({ code: 'model' });
    await clock.advance(60_000);
    expect([engine.state, hosts.length, engine.users]).toEqual(['unloaded', 0, 0]);
    refuse(undefined);
    await engine.lease();
    expect(hosts).toHaveLength(1);
  });

  it('lets one user leave while it loads', async () => {
    const { engine } = make();
    const abort = new AbortController();
    const leaving = engine.lease(abort.signal);
    const staying = engine.lease();
    abort.abort(new Error('enough'));
    await expect(leaving).rejects.toThrow('enough');
    await staying;
    expect(engine.users).toBe(1);
  });

  it('is not loaded any more once it is closed, be it in the middle of loading or of a rest', async () => {
    const loading = make({ preload: true });
    await loading.engine.close();
    expect([loading.engine.state, loading.hosts[0]?.closed]).toEqual(['closed', true]);
    await expect(loading.engine.lease()).rejects.toMatchObject({ message: 'fake has been stopped' });

    const resting = make();
    await resting.engine.lease();
    resting.hosts[0]?.die();
    await resting.engine.lease();
    resting.hosts[1]?.die();
    await resting.engine.close();
    await resting.clock.advance(60_000);
    expect(resting.hosts).toHaveLength(2);
  });
});

it('replaces a real process that has crashed in the middle of a call', async () => {
  const module = new URL('./fixtures/service.mjs', import.meta.url);
  const open = () => openHost({ name: 'fixture', carrier: 'process', module, init: {} });
  const engine = supervise({ name: 'fixture', open });
  const { host } = await engine.lease();
  await expect(host.call('abort')).rejects.toMatchObject({ code: 'engine', retry: true });
  const { host: next } = await engine.lease();
  expect(await next.call('echo', 'again')).toBe('again');
  await engine.close();
  expect(next.alive).toBe(false);
});
