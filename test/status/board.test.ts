import { expect, test } from 'vitest';
import type { OnProgress } from '../../src/models/fetch-event.js';
import { statusBoard } from '../../src/status/board.js';
import type { TurnStatus } from '../../src/status/status.js';

const aBoard = () => statusBoard({ version: '1.2.3', now: 1000 });

test('a fresh board says that the program is starting', () => {
  expect(aBoard().status()).toEqual({
    version: '1.2.3',
    since: 1000,
    phase: 'starting',
    services: [],
    downloads: [],
    turns: [],
    levels: [],
  });
});

test('trouble is shown until the next phase', () => {
  const board = aBoard();
  board.phase('waiting', 'no network');
  expect(board.status()).toMatchObject({ phase: 'waiting', trouble: 'no network' });
  board.phase('loading');
  expect(board.status()).not.toHaveProperty('trouble');
});

test("the model store's events are understood, from the first byte to the end or the failure", () => {
  const board = aBoard();
  const store: OnProgress = board.download;
  store({ kind: 'planned', models: ['a'], files: 1, bytes: 10 });
  store({ kind: 'started', key: 'a', label: 'a model', total: 10 });
  store({ kind: 'received', key: 'a', received: 4 });
  expect(board.status().downloads).toEqual([{ name: 'a model', state: 'fetching', received: 4, total: 10 }]);
  store({ kind: 'unpacking', key: 'a' });
  expect(board.status().downloads[0]).toMatchObject({ state: 'unpacking' });
  store({ kind: 'done', key: 'a' });
  store({ kind: 'started', key: 'b', label: 'another' });
  store({ kind: 'failed', key: 'b', reason: 'no route' });
  store({ kind: 'received', key: 'never begun', received: 1 });
  expect(board.status().downloads.map(({ state, reason }) => [state, reason])).toEqual([
    ['done', undefined],
    ['failed', 'no route'],
  ]);
  store({ kind: 'started', key: 'b', label: 'another' });
  expect(board.status().downloads[1]).toEqual({ name: 'another', state: 'fetching', received: 0 });
});

test('only the last turns and downloads are kept, the newest turn first', () => {
  const board = aBoard();
  const turn = (at: number): TurnStatus => ({ at, ending: 'answered', intents: [], parts: [] });
  for (let i = 0; i < 100; i++) {
    board.turn(turn(i));
    board.download({ kind: 'started', key: String(i), label: String(i) });
  }
  const { turns, downloads } = board.status();
  expect(turns.map(({ at }) => at)).toEqual([99, 98, 97, 96, 95, 94, 93, 92, 91, 90]);
  expect(downloads).toHaveLength(50);
  expect(downloads.at(-1)!.name).toBe('99');
});

test('services and levels are read when somebody looks', () => {
  const board = aBoard();
  let ready = false;
  board.services(() => [{ name: 'Voice', detail: '', ready }]);
  board.levels(() => [{ name: 'Microphone', level: ready ? -10 : -60 }]);
  ready = true;
  expect(board.status()).toMatchObject({ services: [{ ready: true }], levels: [{ level: -10 }] });
});
