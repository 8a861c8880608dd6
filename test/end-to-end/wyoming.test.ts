import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describe as askInfo } from '../../src/wyoming/index.js';
import { type Ended, type Folder, ours, type Program, startProgram, temporaryFolder } from './program.js';

/** A port that nobody listens on, as good as that can be known. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

let folder: Folder;
let port: number;
let server: Program;

const env = (): Record<string, string> => ({ EVIL_ASSISTANT_PORT: String(port), EVIL_ASSISTANT_BIND: '127.0.0.1' });
const wyoming = (...args: string[]): Promise<Ended> => startProgram(['wyoming', ...args], { folder, env: env() }).ended;
const recording = (name: string): string => ours(`recordings/${name}.wav`);

beforeAll(async () => {
  folder = temporaryFolder();
  port = await freePort();
  server = startProgram(['start', '--no-demo'], { folder, env: env() });
  await server.until(/Ready/);
});
afterAll(async () => {
  server.terminate();
  const { code, stderr } = await server.ended;
  expect(code, stderr).toBe(0);
  folder[Symbol.dispose]();
});

describe('a program that is asked over Wyoming', () => {
  it('describes all it can do, with whose work it is', async () => {
    const info = await askInfo(`tcp://127.0.0.1:${port}`);
    const programs = [info.asr, info.tts, info.handle, info.wake].map((kind) => kind?.[0]);
    for (const program of programs) expect(program).toMatchObject({ name: 'Evil Assistant', installed: true });
    expect(info.asr?.[0]).toMatchObject({ requires_external_vad: false, supports_transcript_streaming: true });
    expect(info.tts?.[0]?.supports_synthesize_streaming).toBe(true);
    expect(info.handle?.[0]?.supports_home_control).toBe(true);
    const voices = new Map((info.tts?.[0]?.voices ?? []).map((voice) => [voice.name, voice]));
    // Every persona there is, with and without its effects.
    expect([...voices.keys()].sort()).toEqual(
      ['demon', 'elder', 'machine', 'vampire']
        .flatMap((name) => [name, `${name}-dry`])
        .concat('libritts_r')
        .sort(),
    );
    const [demon, model] = [voices.get('demon'), voices.get('libritts_r')];
    expect(demon?.attribution.name).toContain('CC-BY-4.0');
    expect(model?.speakers).toHaveLength(904);
    expect(info.wake?.[0]?.models[0]).toMatchObject({ name: 'hey_jarvis', phrase: 'hey jarvis' });
    const { code, stdout } = await wyoming('describe');
    expect(code).toBe(0);
    expect(stdout).toContain('904 speakers');
  });

  it('recognises a recording', async () => {
    const { code, stdout } = await wyoming('transcribe', recording('turn-on-the-living-room-lamp'), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ text: 'turn on the living room lamp' });
  });

  it('answers somebody who speaks before the sound has ended', async () => {
    const { stdout } = await wyoming('transcribe', recording('turn-on-the-living-room-lamp'), '--live', '--json');
    const { text, took_ms, duration_ms } = JSON.parse(stdout);
    expect(text).toBe('turn on the living room lamp');
    // Half of the recording is the silence after the command.
    expect(took_ms).toBeLessThan(duration_ms);
  });

  it('hears its wake word, and says so where there is none', async () => {
    const heard = await wyoming('detect', recording('hey-jarvis-turn-on-the-living-room-lamp'), '--json');
    expect(heard.code).toBe(0);
    expect(JSON.parse(heard.stdout).detections).toMatchObject([{ name: 'hey_jarvis' }]);
    const silent = await wyoming('detect', recording('alexa'));
    expect(silent).toMatchObject({ code: 3, stdout: 'No wake word was heard.\n' });
  });

  it('speaks, also a text that is still being written, in any of its voices', async () => {
    const sentence = 'Your kettle has surrendered. It wept.';
    for (const args of [[], ['--stream'], ['--voice', 'demon-dry'], ['--voice', 'libritts_r', '--speaker', '12']]) {
      const out = join(folder.path, 'said.wav');
      const { code, stdout, stderr } = await wyoming('synthesize', sentence, '--json', '-o', out, ...args);
      expect(code, stderr).toBe(0);
      const said = JSON.parse(stdout);
      expect(said.rate).toBe(22_050);
      expect(said.duration_ms).toBeGreaterThan(1_500);
      expect(said.duration_ms).toBeLessThan(6_000);
    }
  });

  it('says which voices there are to who asks for another', async () => {
    const { code, stderr } = await wyoming('synthesize', 'Sing.', '--voice', 'choir');
    expect(code).toBe(1);
    expect(stderr).toMatch(/There are: demon, .*demon-dry, .*libritts_r/);
  });

  it('names the port where somebody else has it, and ends', async () => {
    const { code, stderr } = await startProgram(['start', '--no-demo'], { folder, env: env() }).ended;
    expect(code).toBe(2);
    expect(stderr).toContain(`port: Something else is at tcp://127.0.0.1:${port} already.`);
    expect(stderr).toContain('--set port=');
  });
});

describe('a command for a server that is not there', () => {
  it('says so, and what to do', async () => {
    const uri = `tcp://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await startProgram(['wyoming', 'describe', '--uri', uri], { folder }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`Nothing listens at ${uri}`);
    expect(stderr).toContain('evil-assistant start');
  });

  it.each(['ftp://x:1', 'tcp://host', 'tcp://host:99999'])('does not take %s for an address', async (uri) => {
    const { code } = await startProgram(['wyoming', 'describe', '--uri', uri], { folder }).ended;
    expect(code).toBe(2);
  });
});
