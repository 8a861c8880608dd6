import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Folder, isRunning, ours, type Program, STACK_TRACE, startProgram, temporaryFolder } from './program.js';
import { level, seconds, soundOf } from './sound.js';

const SAID = /^heard +“turn on the living room lamp”$/m;

/** It ends by itself with 0, leaves no process and no half-written file, and shows no stack. */
const endsCleanly = async (program: Program, how: 'terminate' | 'interrupt', folder: Folder) => {
  const children = program.descendants();
  program[how]();
  const ended = await program.ended;
  expect({ code: ended.code, signal: ended.signal }, program.output).toEqual({ code: 0, signal: null });
  expect(program.output).not.toMatch(STACK_TRACE);
  expect(program.output).not.toMatch(/ERROR|a defect of this program/);
  await expect.poll(() => children.filter(({ pid }) => isRunning(pid)), { timeout: 10_000, interval: 20 }).toEqual([]);
  expect(folder.leftovers()).toEqual([]);
  return ended;
};

test('a first start shows a recorded turn and stays ready; the second needs no network', async () => {
  using folder = temporaryFolder();
  const first = startProgram(['start'], { folder });
  await first.until(/Ready\. Ctrl-C ends it\./);
  const { output } = first;
  expect(output).toMatch(/Evil Assistant \d+\.\d+\.\d+ awakens/);
  // The house before, what was heard, done and said, how long it took, the house after.
  expect(output).toMatch(/living room .*living room lamp off/);
  expect(output).toMatch(SAID);
  expect(output).toMatch(/^did +living room lamp: off → on/m);
  expect(output).toMatch(/^said +\S+/m);
  expect(output).toMatch(/^last sound to answer .* ms/m);
  expect(output).toMatch(/The living room now: .*living room lamp on/);
  const reply = /^reply +(.*\.wav)$/m.exec(output)?.[1] ?? '';
  expect(reply).toBe(join(folder.path, 'data', 'demo', 'reply.wav'));
  const sound = await soundOf(reply);
  expect(seconds(sound)).toBeGreaterThan(0.5);
  expect(level(sound)).toBeGreaterThan(0.03);
  expect(output).toMatch(/INFO turn .*turn=demo-1 .*total_ms=\d+/);
  // Nothing that was spoken is in the log.
  for (const line of output.split('\n').filter((it) => /^\d{4}-\S+ (INFO|WARN)/.test(it)))
    expect(line).not.toMatch(/living room|lamp/);

  // In idle time it renders its lines, one at a time, so that they are there when they are needed.
  const cache = join(folder.path, 'data', 'voice-cache');
  await first.untilTrue('a line is in the cache', () => existsSync(cache) && readdirSync(cache).length > 0);
  const ended = await endsCleanly(first, 'interrupt', folder);
  expect(ended.stderr.trimEnd()).toMatch(/Begone\.$/);

  const second = startProgram(['start'], {
    folder,
    env: { NODE_OPTIONS: `--import=${ours('test/end-to-end/fixtures/no-network.mjs')}` },
  });
  await second.until(/Ready\. Ctrl-C ends it\./);
  expect(second.output).toMatch(SAID);
  expect(second.output).not.toContain('NETWORK');
  await endsCleanly(second, 'terminate', folder);
}, 90_000);

/** A registry and proxy that takes every connection and never answers. */
const silentServer = async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  let asked = false;
  server.on('connection', (socket) => {
    asked = true;
    socket.on('error', () => {});
  });
  return {
    env: { npm_config_registry: url, npm_config_https_proxy: url, npm_config_noproxy: '', PIP_INDEX_URL: url },
    asked: () => asked,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
};

describe('told to end, it ends with 0 and leaves nothing behind', () => {
  const both = ['terminate', 'interrupt'] as const;

  // Once, on a busy machine, the second of these did not end, and never again since: the cause is not known yet.
  test.each(both)('while it fetches (%s)', { retry: 2 }, async (how) => {
    using folder = temporaryFolder();
    await using server = await silentServer();
    const program = startProgram(['start'], { folder, models: join(folder.path, 'models'), env: server.env });
    await program.untilTrue('it asks the network', server.asked);
    await endsCleanly(program, how, folder);
  });

  test.each(both)('while it loads (%s)', async (how) => {
    using folder = temporaryFolder();
    const program = startProgram(['start'], { folder });
    await program.untilTrue('an engine is being loaded', () =>
      program.descendants().some(({ command }) => command.includes('.host.js')),
    );
    expect(program.output).not.toMatch(/vosk is loaded/);
    await endsCleanly(program, how, folder);
  });

  test.each([
    ['while it recognises', 'terminate', 2000],
    ['while the wake word is spoken', 'interrupt', 800],
  ] as const)('%s (%s)', async (_, how, after) => {
    using folder = temporaryFolder();
    const program = startProgram(['start'], { folder });
    await program.until(/A recording says/);
    // It is played in real time: wake word 0.3–1.1 s, command to 2.3 s.
    await new Promise((resolve) => setTimeout(resolve, after));
    await endsCleanly(program, how, folder);
    expect(program.output).not.toMatch(/^heard/m);
  });

  test.each(both)('while it answers (%s)', async (how) => {
    using folder = temporaryFolder();
    const program = startProgram(['start'], { folder });
    await program.untilTrue('it speaks', () => folder.leftovers().some((file) => file.startsWith('data/demo/')));
    await endsCleanly(program, how, folder);
  });

  test.each(both)('in the middle of a long synthesis (%s)', async (how) => {
    using folder = temporaryFolder();
    // No two sentences alike: what was spoken once need not be synthesized again.
    const speech = Array.from({ length: 200 }, (_, i) => `I am ${i + 2000} years older than your bones.`).join(' ');
    const program = startProgram(['say', speech, '--out', 'long.wav'], { folder });
    await program.untilTrue('it has begun to write', () => folder.leftovers().length > 0);
    await endsCleanly(program, how, folder);
    // What there is of it is a whole WAV.
    if (folder.files().includes('long.wav'))
      expect(seconds(await soundOf(join(folder.path, 'long.wav')))).toBeGreaterThan(0);
  });

  test('in the middle of one sentence without an end, which the synthesizer cannot interrupt', async () => {
    using folder = temporaryFolder();
    const program = startProgram(['say', `${'and then another day of ash and embers '.repeat(40)}.`], { folder });
    await program.until(/voice is loaded/);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await endsCleanly(program, 'terminate', folder);
  });
});
