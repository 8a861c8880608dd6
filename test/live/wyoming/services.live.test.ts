import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Folder, ours, type Program, startProgram, temporaryFolder } from '../../end-to-end/program.js';
import { pythonWithWyoming } from './python.js';

const run = promisify(execFile);
let folder: Folder;
let program: Program;
let port: number;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

beforeAll(async () => {
  folder = temporaryFolder();
  port = await freePort();
  const env = { EVIL_ASSISTANT_PORT: String(port), EVIL_ASSISTANT_BIND: '127.0.0.1' };
  program = startProgram(['start', '--no-demo'], { folder, env });
  await program.until(/Ready/);
});
afterAll(async () => {
  program.terminate();
  await program.ended;
  folder[Symbol.dispose]();
});

it("serves Python's Wyoming library with everything it offers", async () => {
  const python = await pythonWithWyoming();
  const { stdout } = await run(
    python,
    [
      join(import.meta.dirname, 'use_services.py'),
      `tcp://127.0.0.1:${port}`,
      ours('recordings/turn-on-the-living-room-lamp.wav'),
      ours('recordings/hey-jarvis-turn-on-the-living-room-lamp.wav'),
    ],
    { timeout: 120_000 },
  );
  const seen = JSON.parse(stdout);
  expect(seen.info).toEqual({
    pong: 'hello',
    installed: [true, true, true, true],
    voices: expect.arrayContaining(['demon', 'demon-dry', 'libritts_r']),
    speakers: 904,
    ends_speech: false,
  });
  expect(seen.transcript).toBe('turn on the living room lamp');
  expect([seen.wake, seen.no_wake]).toEqual(['hey_jarvis', null]);
  for (const { rate, seconds } of [seen.speech, seen.streamed]) {
    expect(rate).toBe(22_050);
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(10);
  }
  expect(seen.joke.type).toBe('Handled');
  expect(seen.joke.text.length).toBeGreaterThan(10);
  expect(seen.command).toMatchObject({ type: 'Intent', intent: 'HassTurnOn', slots: [['name', 'desk lamp']] });
  expect(seen.nonsense.type).toBe('NotHandled');
});
