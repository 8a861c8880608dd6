import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toInt16 } from '../../src/audio/pcm.js';
import { openEndpointer } from '../../src/endpoint/endpointer.js';
import { openWakeWords } from '../../src/wake/open-wake-word.js';
import { findWordEnd, wordEndFrom } from '../../src/wake/word-end.js';
import { describe as describeService } from '../../src/wyoming/index.js';
import { modelFolder } from '../models.js';
import { uploaded } from './core.js';
import { recording, soundOf, tone } from './house.js';
import { both, core, house, opened, quiet } from './rig.js';

describe('A satellite', () => {
  it('says what it is on any connection, without a turn being disturbed', async () => {
    const { home, server } = await both();
    home.wake();
    await server.next('run-pipeline');
    expect(await describeService(home.satellite.uri)).toMatchObject({
      tts: [],
      wake: [{ models: [{ name: 'hey_jarvis', phrase: 'hey jarvis' }] }],
      satellite: {
        name: 'Throne Room',
        area: 'Bedroom',
        installed: true,
        has_vad: true,
        active_wake_words: ['hey_jarvis'],
        max_active_wake_words: 1,
        supports_trigger: true,
      },
    });
    home.ring.write(new Float32Array(320));
    await server.next('audio-chunk');
    expect(home.satellite.view.activity).toBe('listening');
  });

  it('answers pings with their text', async () => {
    const { server } = await both();
    await server.tell('ping', { text: 'well?' });
    expect((await server.next('pong', 2)).data).toEqual({ text: 'well?' });
  });

  it('begins a command after its wake word, loses no sample of it and finds its end', async () => {
    const speech = await recording('hey-jarvis-turn-on-the-living-room-lamp');
    const wake = await openWakeWords({
      models: {
        melspectrogram: join(modelFolder('openwakeword'), 'melspectrogram.onnx'),
        embedding: join(modelFolder('openwakeword'), 'embedding_model.onnx'),
        words: { hey_jarvis: join(modelFolder('wake-hey_jarvis'), 'hey_jarvis_v0.1.onnx') },
        voice: join(modelFolder('silero-vad'), 'silero_vad_v5.onnx'),
      },
    });
    const ends = await openEndpointer({ model: join(modelFolder('silero-vad'), 'silero_vad_v5.onnx') });
    opened.push(wake, ends);
    const { home, server } = await both({
      wake: wake.detect,
      endpoint: ends.endpoint,
      wordEnd: (detection, { read }, signal) => findWordEnd(read(wordEndFrom(detection), signal), detection),
    });
    const signal = new AbortController().signal;
    for (let at = 0; at < speech.length; at += 320) {
      home.ring.write(speech.subarray(at, at + 320));
      await home.ring.drained(3_200, signal);
    }
    while (server.of('audio-stop').length === 0 && home.ring.end < speech.length + 160_000) {
      home.ring.write(new Float32Array(320));
      await quiet();
    }
    await server.next('audio-stop');
    expect(server.types().filter((type) => type !== 'pong' && type !== 'audio-chunk')).toEqual([
      'detection',
      'run-pipeline',
      'audio-stop',
    ]);
    expect(server.of('detection')[0]!.data.name).toBe('hey_jarvis');
    expect(server.of('audio-chunk')[0]!.data).toMatchObject({ rate: 16_000, width: 2, channels: 1, timestamp: 0 });

    const up = uploaded(server);
    const said = toInt16(speech);
    // The shipped recording's wake word lasts 1.2 s.
    const from = indexOf(said, up.subarray(0, 400));
    expect(from / 16_000).toBeGreaterThan(1.0);
    expect(from / 16_000).toBeLessThan(1.4);
    expect(up.subarray(0, said.length - from)).toEqual(said.subarray(from));
    const after = up.length - (said.length - from);
    expect(after / 16_000).toBeGreaterThan(0);
    expect(after / 16_000).toBeLessThan(2);
  });

  it('sends what was said since the end of the wake word, before it was detected', async () => {
    const { home, server } = await both({ wordEnd: async ({ at }) => at - 1_000 });
    const said = Float32Array.from({ length: 4_000 }, (_, i) => i / 32_768);
    home.ring.write(said.subarray(0, 3_000));
    home.wake();
    await server.next('audio-chunk');
    home.ring.write(said.subarray(3_000));
    await server.next('audio-chunk', 2);
    expect([...uploaded(server)]).toEqual(Array.from({ length: 2_000 }, (_, i) => 2_000 + i));
    expect(server.of('audio-chunk').map(({ data }) => data.timestamp)).toEqual([0, 63]);
  });

  it('says what has gone wrong in a sound of its own, without played', async () => {
    const { home, server } = await both({ excuse: (kind) => (kind === 'no-agent' ? soundOf(tone(0.1)) : undefined) });
    home.wake();
    await server.next('run-pipeline');
    await server.tell('error', { text: 'No such agent', code: 'intent-agent-not-found' });
    await server.settled();
    await quiet();
    expect(home.room.heard).toMatchObject([{ rate: 16_000, state: 'complete' }]);
    expect(server.of('played')).toEqual([]);
    home.wake();
    await server.next('run-pipeline', 2);
    await server.tell('error', { text: 'Twice', code: 'duplicate_wake_up_detected' });
    await server.settled();
    await quiet();
    expect(home.room.heard.length).toBe(1);
    expect(home.satellite.view.activity).toBe('idle');
  });

  it('says that nobody is there', async () => {
    const kinds: string[] = [];
    const home = await house({
      excuse: (kind) => {
        kinds.push(kind);
        return undefined;
      },
    });
    home.wake();
    await quiet();
    expect(kinds).toEqual(['not-connected']);
  });

  it('rings for a timer until somebody says the wake word', async () => {
    const { home, server } = await both({ alarm: ({ name }) => (name === 'pizza' ? soundOf(tone(1)) : undefined) });
    home.room.hold('after');
    await server.tell('timer-started', { id: 'x', total_seconds: 3, name: 'pizza', start_seconds: 3 });
    await server.tell('timer-finished', { id: 'x' });
    await server.settled();
    expect(home.satellite.view.activity).toBe('ringing');
    home.wake();
    await server.next('run-pipeline');
    await quiet();
    expect(home.room.heard[0]!.state).toBe('cut');
    expect(home.news).toContainEqual(expect.objectContaining({ kind: 'timer', change: 'finished' }));
  });

  it('reads the microphone neither for wake words nor for anybody else while it is muted', async () => {
    const { home, server } = await both();
    expect(home.script.listening).toBe(true);
    home.wake();
    await server.next('run-pipeline');
    home.satellite.mute(true);
    await server.next('audio-stop');
    await quiet();
    expect(home.script.listening).toBe(false);
    home.ring.write(new Float32Array(3_200));
    await server.settled();
    expect(server.of('audio-chunk')).toEqual([]);
    home.satellite.mute(false);
    await quiet();
    expect(home.script.listening).toBe(true);

    await server.tell('pause-satellite');
    await server.settled();
    await quiet();
    expect(home.script.listening).toBe(false);
    expect(home.satellite.view.muted).toBe(true);
  });

  it('does what it is told by who is told of it, after what it was doing', async () => {
    const home = await house({ onNews: (news) => news.kind === 'woken' && home.satellite.mute(true) });
    const server = await core(home);
    home.wake();
    await server.next('audio-stop');
    expect(server.types().filter((type) => type !== 'pong')).toEqual(['detection', 'run-pipeline', 'audio-stop']);
    home.ring.write(new Float32Array(3_200));
    await server.settled();
    expect(server.of('audio-chunk')).toEqual([]);
  });

  it('begins a turn on a button', async () => {
    const { home, server } = await both();
    home.satellite.trigger();
    await server.next('run-pipeline');
    expect(server.of('detection')[0]!.data.name ?? undefined).toBeUndefined();
    home.ring.write(new Float32Array(320));
    await server.next('audio-chunk');
  });
});

/** Where a piece begins in a whole. */
const indexOf = (whole: Int16Array, piece: Int16Array): number => {
  for (let at = 0; at + piece.length <= whole.length; at++) {
    if (piece.every((sample, i) => whole[at + i] === sample)) return at;
  }
  return -1;
};
