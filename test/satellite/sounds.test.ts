import { describe, expect, it } from 'vitest';
import { toInt16 } from '../../src/audio/pcm.js';
import { testClock } from '../fakes/clock.js';
import { pcm16 } from './core.js';
import { joined, soundOf, tone } from './house.js';
import { both, quiet, turn } from './rig.js';

describe('The loudspeaker of a satellite', () => {
  it('plays the answer as it came, and says played when it has been heard', async () => {
    const { home, server } = await both();
    home.room.hold('after');
    const answer = tone(0.6);
    await turn(home, server);
    await server.send(pcm16(answer));
    await server.settled();
    expect(home.satellite.view.activity).toBe('speaking');
    expect(server.of('played')).toEqual([]);
    home.room.release();
    await server.next('played');
    expect(home.room.heard).toMatchObject([{ rate: 22_050, state: 'complete' }]);
    expect(toInt16(joined(home.room.heard[0]!.parts))).toEqual(toInt16(answer));
    expect(home.satellite.view.activity).toBe('idle');
    expect(home.views.map(({ activity }) => activity)).toEqual(['idle', 'listening', 'thinking', 'speaking', 'idle']);
  });

  it('begins to play before all of it has come', async () => {
    const { home, server } = await both();
    await server.send(pcm16(tone(0.1)), { stop: false });
    await server.settled();
    await quiet();
    expect(joined(home.room.heard[0]!.parts).length).toBe(2_205);
    expect(home.room.heard[0]!.state).toBe('playing');
    await server.tell('audio-stop');
    await server.next('played');
  });

  it.each([
    { rate: 48_000, width: 2, channels: 2 },
    { rate: 8_000, width: 1, channels: 1 },
    { rate: 16_000, width: 4, channels: 1 },
  ])('takes $rate Hz, $width bytes, $channels channels, in chunks that end anywhere', async (format) => {
    const { home, server } = await both();
    const frames = 3_000;
    await server.send(new Uint8Array(frames * format.width * format.channels).fill(64), { format, size: 1_001 });
    await server.next('played');
    const [sound] = home.room.heard;
    const samples = joined(sound!.parts);
    expect(sound!.rate).toBe(format.rate);
    expect(samples.length).toBe(frames);
    expect(new Set(samples).size).toBe(1);
  });

  it('sends what comes back through an effect', async () => {
    const { home, server } = await both({
      transform: (audio) => ({
        rate: audio.rate,
        async *[Symbol.asyncIterator]() {
          for await (const { samples, from } of audio) yield { samples: samples.map((it) => -it), from };
        },
      }),
    });
    const said = tone(0.2);
    await server.send(pcm16(said));
    await server.next('played');
    expect(toInt16(joined(home.room.heard[0]!.parts))).toEqual(toInt16(said).map((it) => -it));
  });

  it('holds a server back that sends more than can be kept, and tells it meanwhile that it lives', async () => {
    const clock = testClock();
    const { home, server } = await both({ clock });
    home.room.hold('before');
    const length = 24_000_000;
    let sent = false;
    const format = { rate: 48_000, width: 2, channels: 2 };
    const sending = server.send(new Uint8Array(length), { format, size: 65_536 }).then(() => {
      sent = true;
    });
    const pongs = server.of('pong').length;
    // For the end of the silence, for that of the sound, and to be told of room.
    while (clock.sleeping < 3) await quiet();
    while (server.of('pong').length < pongs + 20) await clock.advance(2_000);
    expect(sent).toBe(false);
    home.room.release();
    await sending;
    await clock.until(server.next('played'));
    expect(joined(home.room.heard[0]!.parts).length).toBe(length / 4);
  });

  it('falls silent at a wake word, says played, and begins the next turn', async () => {
    const { home, server } = await both();
    await turn(home, server);
    home.room.hold('after');
    await server.send(pcm16(tone(1)));
    await server.settled();
    home.wake('alexa');
    await server.next('run-pipeline', 2);
    const types = server.types().filter((type) => type !== 'pong');
    expect(types.slice(-3)).toEqual(['played', 'detection', 'run-pipeline']);
    await quiet();
    expect(home.room.heard.map(({ state }) => state)).toEqual(['cut']);
  });

  it('asks a server that still works on the last answer to give it up', async () => {
    const { home, server } = await both();
    await turn(home, server);
    await server.send(pcm16(tone(1)), { stop: false });
    await server.settled();
    home.wake('alexa');
    expect((await server.next('run-pipeline', 2)).data).toMatchObject({ start_stage: 'tts', end_stage: 'tts' });
    await server.tell('audio-stop');
    await server.tell('error', { text: 'tts_input is required for text-to-speech', code: 'validation-error' });
    expect((await server.next('run-pipeline', 3)).data).toMatchObject({ start_stage: 'asr', end_stage: 'tts' });
    expect(server.of('played').length).toBe(1);
    expect(home.news.filter(({ kind }) => kind === 'trouble')).toEqual([]);
  });

  it('begins the next sound when the loudspeaker has really stopped the last one', async () => {
    let sounding = 0;
    let most = 0;
    let stop = (): void => {};
    const { home, server } = await both({
      excuse: () => soundOf(tone(0.1)),
      speaker: async (_, { signal }) => {
        most = Math.max(most, ++sounding);
        await new Promise<void>((stopped) => signal.addEventListener('abort', () => (stop = stopped), { once: true }));
        sounding--;
        return { heard: 0, complete: false };
      },
    });
    await server.send(pcm16(tone(0.1)));
    await server.settled();
    home.wake();
    await server.next('run-pipeline');
    await server.tell('error', { text: 'Nobody', code: 'stt-no-text-recognized' });
    await server.settled();
    await quiet();
    expect([sounding, most]).toEqual([1, 1]);
    stop();
    await quiet();
    expect([sounding, most]).toEqual([1, 1]);
    home.satellite.hush();
    stop();
  });
});
