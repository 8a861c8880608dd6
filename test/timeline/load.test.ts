import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { measureLoad } from '../../src/timeline/load.js';

/** Keeps a thread busy for this many milliseconds of processor time. */
const work = (cpu: number): void => {
  const start = process.cpuUsage();
  while (process.cpuUsage(start).user / 1_000 < cpu);
};

const pause = (duration: number) => new Promise((resolve) => setTimeout(resolve, duration));

describe('the load of a stretch of time', () => {
  it('knows what this process used, and how late that made the event loop', async () => {
    const meter = measureLoad();
    await pause(20);
    work(80);
    await pause(20);
    const load = meter.stop();
    expect(load.cpu).toBeGreaterThanOrEqual(75);
    expect(load.duration).toBeGreaterThanOrEqual(115);
    expect(load.eventLoopDelay.max).toBeGreaterThanOrEqual(60);
    expect(load.system).toBeGreaterThan(0);
    expect(load.system).toBeLessThanOrEqual(1);
    expect(load.memory).toBeGreaterThan(10e6);
    expect(load.systemMemory.free).toBeLessThan(load.systemMemory.total);
    expect(load.children).toBeUndefined();
  });

  it('sees little delay where nothing is done', async () => {
    const meter = measureLoad();
    await pause(200);
    const { eventLoopDelay } = meter.stop();
    // The histogram's own interval is not counted as delay; the median of a busy machine may still be large.
    expect(eventLoopDelay.p99).toBeLessThanOrEqual(eventLoopDelay.max);
  });

  it.runIf(existsSync('/proc/self/stat'))("includes the engines' processes, and survives their end", async () => {
    const script =
      'const t = Date.now(); while (process.cpuUsage().user < 150000); console.log("x"); setTimeout(() => {}, 60000)';
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pids = [child.pid!, 4_000_000_000];
    const meter = measureLoad(() => pids);
    const gone = measureLoad(() => pids);
    await once(child.stdout, 'data');
    const { children } = meter.stop();
    expect(children?.cpu).toBeGreaterThanOrEqual(90);
    expect(children?.memory).toBeGreaterThan(10e6);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(gone.stop().children).toBeUndefined();
  });
});
