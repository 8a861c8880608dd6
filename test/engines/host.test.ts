import { afterEach, describe, expect, it } from 'vitest';
import { type Host, type HostOptions, openHost } from '../../src/engines/host.js';
import { Fault } from '../../src/faults.js';

const module = new URL('./fixtures/service.mjs', import.meta.url);
const open: Host[] = [];
const start = async (options: Partial<HostOptions> & Pick<HostOptions, 'carrier'>): Promise<Host> => {
  const host = await openHost({ name: 'fixture', module, init: {}, ...options });
  open.push(host);
  return host;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((host) => host.close()));
});

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const exit = (host: Host) => new Promise<Fault | undefined>((resolve) => host.onExit(resolve));
const counters = (host: Host) => host.call<{ produced: number; cancelled: number }>('counters');

describe.each(['worker', 'process'] as const)('a host in a %s', (carrier) => {
  it('runs where it was asked to', async () => {
    const host = await start({ carrier, env: { FIXTURE: 'set' } });
    const where = await host.call<{ pid: number; threadId: number; variable: string }>('where');
    expect(where.pid === process.pid).toBe(carrier === 'worker');
    expect(where.threadId > 0).toBe(carrier === 'worker');
    expect(where.variable).toBe('set');
    expect(host.pid).toBe(carrier === 'process' ? where.pid : undefined);
  });

  it('carries typed arrays both ways and leaves the sender its own', async () => {
    const host = await start({ carrier });
    const large = Float32Array.from({ length: 1000 }, (_, i) => i / 1000);
    const samples = large.subarray(10, 13);
    const back = await host.call<{ list: Float32Array[]; ids: BigInt64Array }>('echo', {
      list: [samples],
      ids: BigInt64Array.of(7n),
    });
    expect(back.list[0]).toEqual(samples);
    if (carrier === 'worker') expect(back.list[0]?.buffer.byteLength).toBe(12);
    expect(back.ids).toEqual(BigInt64Array.of(7n));
    expect(large).toHaveLength(1000);
  });

  it('answers calls as they finish, not as they came', async () => {
    const host = await start({ carrier });
    const order: string[] = [];
    const call = (value: string, ms: number) =>
      host.call<string>('slow', { ms, value }).then((answer) => order.push(answer));
    await Promise.all([call('late', 150), call('early', 1)]);
    expect(order).toEqual(['early', 'late']);
  });

  it('passes a fault on with its code, hint and whether to retry', async () => {
    const host = await start({ carrier });
    const fault = await host.call('fault').catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(Fault);
    expect(fault).toMatchObject({ code: 'busy', message: 'Too much at once', hint: 'Wait', retry: true });
    await expect(host.call('error')).rejects.toMatchObject({ code: 'engine', message: 'fixture: a defect' });
    await expect(host.call('toString')).rejects.toMatchObject({ code: 'internal' });
    await expect(host.call('uncloneable')).rejects.toBeInstanceOf(Error);
    await expect(host.call('echo', () => {})).rejects.toBeInstanceOf(Error);
    expect(await host.call('echo', 'still here')).toBe('still here');
  });

  it('cancels a call in the host and rejects it at once with the signal’s reason', async () => {
    const host = await start({ carrier });
    const abort = new AbortController();
    const call = host.call('slow', { ms: 60_000 }, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await expect.poll(() => counters(host)).toMatchObject({ cancelled: 1 });
    await expect(host.call('echo', 1, { signal: abort.signal })).rejects.toThrow('enough');
  });

  it('gives up a call that takes too long', async () => {
    const host = await start({ carrier });
    const call = host.call('slow', { ms: 60_000 }, { timeout: 20 });
    await expect(call).rejects.toMatchObject({ code: 'engine', retry: true });
    await expect.poll(() => counters(host)).toMatchObject({ cancelled: 1 });
  });

  it('streams in order, and is never more than a few items ahead of its reader', async () => {
    const host = await start({ carrier });
    const items = host.stream<number>('count', 100, new AbortController().signal)[Symbol.asyncIterator]();
    expect(await items.next()).toMatchObject({ value: 0 });
    await expect.poll(() => counters(host)).toMatchObject({ produced: 9 });
    // A call that follows proves that the stream had every chance to run on.
    await host.call('slow', { ms: 50 });
    expect((await counters(host)).produced).toBe(9);
    const rest: number[] = [];
    for (let item = await items.next(); item.done !== true; item = await items.next()) rest.push(item.value);
    expect(rest).toEqual(Array.from({ length: 99 }, (_, i) => i + 1));
  });

  it('ends a stream in the host when its reader leaves or its signal is aborted', async () => {
    const host = await start({ carrier });
    for await (const item of host.stream<Float32Array>('endless', undefined, new AbortController().signal)) {
      expect(item).toEqual(Float32Array.of(0, 0.5));
      break;
    }
    await expect.poll(() => counters(host)).toMatchObject({ cancelled: 1 });
    const abort = new AbortController();
    const reading = (async () => {
      for await (const item of host.stream<Float32Array>('endless', undefined, abort.signal)) {
        if (item[0] === 3) abort.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    await expect.poll(() => counters(host)).toMatchObject({ cancelled: 2 });
  });

  it('passes a fault in the middle of a stream on, after what came before it', async () => {
    const host = await start({ carrier });
    const items = host.stream<number>('broken', undefined, new AbortController().signal)[Symbol.asyncIterator]();
    expect(await items.next()).toMatchObject({ value: 1 });
    await expect(items.next()).rejects.toMatchObject({ code: 'engine', message: 'Out of breath' });
  });

  it('does not open where its module refuses, ends or never answers', async () => {
    const starting = (fail: string) => start({ carrier, init: { fail }, startTimeout: 2000, closeTimeout: 200 });
    await expect(starting('fault')).rejects.toMatchObject({ code: 'model', hint: 'Fetch it again', retry: false });
    await expect(starting('exit')).rejects.toMatchObject({ code: 'engine', message: /exit code 3/, retry: true });
    if (carrier === 'process') await expect(starting('never')).rejects.toMatchObject({ message: /within 2 s/ });
    const missing = start({ carrier, module: new URL('./fixtures/missing.mjs', import.meta.url) });
    await expect(missing).rejects.toMatchObject({ code: 'engine' });
  });

  it('rejects everything that waits when it dies, and says so once', async () => {
    const host = await start({ carrier });
    const waiting = host.call('slow', { ms: 60_000 });
    const stream = host.stream('endless', undefined, new AbortController().signal)[Symbol.asyncIterator]();
    await stream.next();
    const reading = (async () => {
      for (;;) await stream.next();
    })();
    const died = exit(host);
    const crash = host.call(carrier === 'process' ? 'abort' : 'throwLater');
    if (carrier === 'worker') await crash;
    else await expect(crash).rejects.toMatchObject({ message: /SIGABRT/ });
    await expect(waiting).rejects.toMatchObject({ code: 'engine', retry: true });
    await expect(reading).rejects.toMatchObject({ code: 'engine', retry: true });
    expect(await died).toBeInstanceOf(Fault);
    expect(await exit(host)).toBe(await died);
    expect(host.alive).toBe(false);
    await expect(host.call('echo', 1)).rejects.toMatchObject({ retry: true });
    await host.close();
  });

  it('waits on closing for native code that is at work, and cancels the rest', async () => {
    const host = await start({ carrier });
    const waiting = host.call('slow', { ms: 60_000 });
    const busy = host.call('busy', 300);
    const died = exit(host);
    const rejected = Promise.all([
      expect(waiting).rejects.toMatchObject({ message: 'fixture has been stopped' }),
      expect(busy).rejects.toMatchObject({ message: 'fixture has been stopped' }),
    ]);
    await host.close();
    await rejected;
    expect(await died).toBeUndefined();
    await expect(host.call('echo', 1)).rejects.toMatchObject({ code: 'engine' });
  });

  it('knows its memory', async () => {
    const host = await start({ carrier });
    expect(await host.memory()).toBeGreaterThanOrEqual(carrier === 'process' ? 2e7 : 0);
  });

  it('hands what it prints to the log, at debug', async () => {
    const lines: string[] = [];
    const silent = () => {};
    const log = { debug: (_: object, line: string) => lines.push(line), info: silent, warn: silent, error: silent };
    const host = await start({ carrier, log });
    await host.call('print', 'a native library’s chatter');
    await expect.poll(() => lines).toEqual(['a native library’s chatter']);
  });
});

it('kills a process that will not end', async () => {
  const host = await start({ carrier: 'process', init: { closeNever: true }, closeTimeout: 200 });
  const { pid } = await host.call<{ pid: number }>('where');
  await host.close();
  expect(isRunning(pid)).toBe(false);
});
