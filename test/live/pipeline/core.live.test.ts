import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSound } from '../../../src/bench/sound.js';
import { addWyoming, createPipeline, type WyomingEntry } from '../../../src/bench/wyoming/core-home.js';
import { type CoreSession, openCoreSession } from '../../../src/bench/wyoming/core-session.js';
import { externalEnd } from '../../../src/bench/wyoming/external-end.js';
import { type PipelineRun, type RunRequest, runPipeline } from '../../../src/bench/wyoming/pipeline-run.js';
import { connect, isEvent, message, type WyomingServer } from '../../../src/wyoming/index.js';
import { type Folder, ours, type Program, startProgram, temporaryFolder } from '../../end-to-end/program.js';
import { wordErrors } from '../../end-to-end/sound.js';
import { sent } from '../../services/peer.js';
import { type Core, startCore } from '../core-rig.js';
import { decode } from './decode.js';
import { watchWire } from './wire.js';

/** The real program and a real Home Assistant, from recorded speech to the demon's reply. */

const KINDS = ['stt', 'tts', 'wake_word', 'conversation'];
const LAMP = 'turn-on-the-living-room-lamp';

let core: Core;
let session: CoreSession;
let folder: Folder;
let program: Program;
let port: number;
let wire: Awaited<ReturnType<typeof watchWire>>;
let entry: WyomingEntry;
/** With our four services. */
let pipeline: string;

const freePort = (): Promise<number> =>
  new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' && address ? address.port : 0));
    });
  });
/** @param commands who carries them out. */
const begin = async (commands: 'home' | 'auto'): Promise<Program> => {
  const env = {
    EVIL_ASSISTANT_PORT: String(port),
    EVIL_ASSISTANT_BIND: '127.0.0.1',
    EVIL_ASSISTANT_CONVERSATION_COMMANDS: commands,
  };
  const started = startProgram(['start', '--no-demo'], { folder, env });
  await started.until(/Ready\./);
  return started;
};
const recording = (name: string): Promise<Float32Array> =>
  readSound(ours(`recordings/${name}.wav`), new AbortController().signal);
const run = (request: Partial<RunRequest>): Promise<PipelineRun> =>
  runPipeline(session, { pipeline, startStage: 'stt', ...request });
const typesOf = ({ events }: PipelineRun): readonly string[] => events.map(({ type }) => type);
/** What a recogniser makes of it. */
const transcriptOf = async (sound: Float32Array): Promise<string> => {
  const connection = await connect(`tcp://127.0.0.1:${port}`);
  try {
    for (const event of [message('transcribe', { language: 'en' }), ...sent(sound)]) await connection.send(event);
    for await (const event of connection.events) if (isEvent(event, 'transcript')) return event.data.text;
    throw new Error('no transcript came');
  } finally {
    await connection.close();
  }
};

beforeAll(async () => {
  folder = temporaryFolder();
  port = await freePort();
  [core, program] = await Promise.all([startCore({ port: 8136 }), begin('home')]);
  wire = await watchWire(port);
  session = await openCoreSession(core.url, core.token);
  entry = await addWyoming(session, wire.port, KINDS);
  pipeline = await createPipeline(session, 'Evil', entry.entities, 'demon');
});
afterAll(async () => {
  session?.close();
  wire?.close();
  program?.terminate();
  await program?.ended;
  await core?.stop();
  folder?.[Symbol.dispose]();
});

describe('Home Assistant', () => {
  it('makes four entities of our services, with the voices and the wake words that we offer', async () => {
    expect(entry.title).toBe('Evil Assistant');
    expect(Object.keys(entry.entities).sort()).toEqual(KINDS.toSorted());
    const { voices } = await session.ask<{ voices: { voice_id: string }[] }>({
      type: 'tts/engine/voices',
      engine_id: entry.entities.tts,
      language: 'en',
    });
    expect(voices.map(({ voice_id }) => voice_id)).toEqual(
      expect.arrayContaining(['demon', 'demon-dry', 'libritts_r']),
    );
    const { wake_words } = await session.ask<{ wake_words: { id: string; phrase: string }[] }>({
      type: 'wake_word/info',
      entity_id: entry.entities.wake_word,
    });
    expect(wake_words).toContainEqual(expect.objectContaining({ id: 'hey_jarvis', phrase: 'hey jarvis' }));
  });

  it('leaves the end of speech to us, and has the spoken reply of a spoken command', async () => {
    const said = await run({ sound: await recording(LAMP) });
    expect(said).toMatchObject({ heard: 'turn on the living room lamp', outcome: 'action_done' });
    expect(typesOf(said)).toEqual([
      'run-start',
      'stt-start',
      'stt-end',
      'intent-start',
      'intent-end',
      'tts-start',
      'tts-end',
      'run-end',
    ]);
    expect(said.events[1]?.data).toMatchObject({ audio_processing: { requires_external_vad: false } });
    // Core was answered in the middle of its audio, and left.
    expect(wire.last('transcribe')).toMatchObject({ asked: ['transcribe', 'audio-start', 'audio-chunk'] });
    expect(wire.last('transcribe')?.answered.at(-1)).toBe('transcript');
    expect(wire.last('synthesize')).toEqual({
      asked: ['synthesize-start', 'synthesize-chunk', 'synthesize', 'synthesize-stop'],
      answered: ['audio-start', 'audio-chunk', 'audio-stop', 'synthesize-stopped'],
    });
    expect(said.spoken?.status).toBe(200);
    const sound = await decode(said.spoken!.bytes);
    expect(Math.max(...sound)).toBeGreaterThan(0.1);
    // A slow demon takes a tenth of a second for a syllable, at least, and is said once.
    expect(sound.length / 16_000).toBeGreaterThan(said.reply!.length * 0.03);
    expect(sound.length / 16_000).toBeLessThan(said.reply!.length * 0.15 + 2);
    expect(wordErrors(await transcriptOf(sound), said.reply!)).toBeLessThan(0.5);
  });

  it('may find the end of speech itself, and hears the same', async () => {
    const held: WyomingServer = await externalEnd('tcp://127.0.0.1:0', `tcp://127.0.0.1:${port}`);
    try {
      const its = await addWyoming(session, Number(new URL(held.uri).port), KINDS);
      const said = await run({
        pipeline: await createPipeline(session, 'Its own ears', its.entities),
        sound: await recording(LAMP),
      });
      expect(said).toMatchObject({ heard: 'turn on the living room lamp', outcome: 'action_done' });
      const types = typesOf(said);
      expect(types.slice(types.indexOf('stt-vad-start'), types.indexOf('stt-end') + 1)).toEqual([
        'stt-vad-start',
        'stt-vad-end',
        'stt-end',
      ]);
    } finally {
      await held.close({ grace: 0 });
    }
  });

  it('is woken by our wake word, and goes on with the command in the same breath', async () => {
    const said = await run({
      startStage: 'wake_word',
      sound: await recording('hey-jarvis-turn-on-the-living-room-lamp'),
    });
    const woken = said.events.find(({ type }) => type === 'wake_word-end')?.data;
    expect(woken).toMatchObject({ wake_word_output: { wake_word_id: 'hey_jarvis', wake_word_phrase: 'hey jarvis' } });
    expect(said.heard).toContain('living room lamp');
    expect(said.outcome).toBe('action_done');
    expect((await decode(said.spoken!.bytes)).length).toBeGreaterThan(8_000);
  });

  it('asks back before it unlocks a door, and understands the yes in the same conversation', async () => {
    const asked = await run({ startStage: 'intent', text: 'unlock the front door' });
    expect(asked.reply).toMatch(/\?/);
    expect(asked.conversation).toBeTruthy();
    const other = await run({ startStage: 'intent', text: 'is the front door locked' });
    expect(other.reply).toMatch(/locked/);
    const done = await run({ startStage: 'intent', text: 'yes', conversation: asked.conversation! });
    expect(done.outcome).toBe('action_done');
    const now = await run({ startStage: 'intent', text: 'is the front door locked' });
    expect(now.reply).toMatch(/unlocked/);
  });

  it('says in character what cannot be done', async () => {
    const said = await run({ startStage: 'intent', text: 'turn on the flux capacitor' });
    expect(said.outcome).toBe('error');
    expect(said.reply).toBeTruthy();
    expect(said.spoken?.status).toBe(200);
  });

  it('does not hang where the program is killed in the middle of a turn, and works when it is back', async () => {
    const sound = await recording(LAMP);
    const said = await run({
      sound,
      onEvent: ({ type }) => {
        // Somebody is in the middle of a sentence.
        if (type === 'stt-start') setTimeout(() => process.kill(program.pid, 'SIGKILL'), 500);
      },
    });
    expect(typesOf(said)).toEqual(['run-start', 'stt-start', 'error', 'run-end']);
    expect(said.error).toMatchObject({ code: 'stt-stream-failed' });
    await program.ended;
    // Nobody home.
    const written = await run({ startStage: 'intent', text: 'turn on the kitchen light' });
    expect(written.outcome).toBe('error');
    expect(written.spoken?.status).toBe(500);
    expect((await run({ sound })).error).toMatchObject({ code: 'stt-stream-failed' });
    program = await begin('auto');
    expect(await run({ sound })).toMatchObject({ heard: 'turn on the living room lamp' });
  });

  it('does itself what is said, where the program has no house of its own', async () => {
    const lamp = 'light.reading_lamp';
    await session.ask({
      type: 'config/entity_registry/update',
      entity_id: lamp,
      aliases: [null, 'living room lamp'],
    });
    const stateOf = async () => (await session.rest<{ state: string }>(`/api/states/${lamp}`)).state;
    await session.ask({ type: 'call_service', domain: 'light', service: 'turn_off', target: { entity_id: lamp } });
    await expect.poll(stateOf, { timeout: 5_000 }).toBe('off');
    const said = await run({ sound: await recording(LAMP) });
    expect(said).toMatchObject({ heard: 'turn on the living room lamp', outcome: 'action_done' });
    expect(wire.last('transcript')?.answered).toEqual(['intent']);
    expect(await stateOf()).toBe('on');
    expect(said.reply).toBeTruthy();
    expect((await decode(said.spoken!.bytes)).length).toBeGreaterThan(8_000);
  });

  it('describes us again every half minute, also while it is being served', async () => {
    const described = () => wire.wires.filter(({ asked }) => asked.includes('describe'));
    const before = described().length;
    for (const end = performance.now() + 70_000; described().length < before + 2; await pause(200)) {
      if (performance.now() > end) throw new Error('It did not ask');
      await run({ startStage: 'intent', text: 'what time is it' });
    }
    await pause(200);
    for (const { asked, answered } of described().slice(before)) {
      expect(asked).toEqual(['describe']);
      expect(answered).toEqual(['info']);
    }
  });
});
