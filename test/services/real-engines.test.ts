import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resampleAll } from '../../src/audio/resample.js';
import { isEvent, message, type WyomingEvent } from '../../src/wyoming/index.js';
import { wordErrors } from '../end-to-end/sound.js';
import { shipped } from '../voice-detector/recordings.js';
import { sent, type TestPeer, type TestServer } from './peer.js';
import { openRealServices } from './real-services.js';

/** The services with the real engines behind them. */

let server: TestServer;
beforeAll(async () => {
  server = await openRealServices();
});
afterAll(() => server?.[Symbol.asyncDispose]());

const LAMP = 'turn on the living room lamp';
const LIGHT = 'turn on the living room light';
const CD_STEREO = { rate: 44_100, channels: 2 };
const file = (text: string): Float32Array => shipped(text.replaceAll(' ', '-'));
const atCdRate = (sound: Float32Array): Float32Array => resampleAll(sound, 16_000, 44_100);

interface Recognised {
  readonly text: string;
  /** The streamed pieces, joined. */
  readonly pieces: string;
}
const recognised = async (peer: TestPeer): Promise<Recognised> => {
  const events = await peer.until('transcript');
  const of = (type: 'transcript' | 'transcript-chunk'): string =>
    events.flatMap((event) => (isEvent(event, type) ? [event.data.text] : [])).join('');
  return { text: of('transcript'), pieces: of('transcript-chunk') };
};
const transcribed = async (sound: Float32Array, format: Parameters<typeof sent>[1] = {}): Promise<Recognised> => {
  const peer = await server.peer();
  await peer.send(message('transcribe', { language: 'en' }), ...sent(sound, format));
  const result = await recognised(peer);
  await peer.connection.close();
  return result;
};

describe('speech to text', () => {
  it.each([
    { format: {}, name: '16 kHz mono', convert: (sound: Float32Array) => sound },
    { format: CD_STEREO, name: '44.1 kHz stereo', convert: atCdRate },
    { format: { ...CD_STEREO, width: 4, chunkMs: 37 }, name: 'the same in 32 bits', convert: atCdRate },
  ])('recognises a recording of $name', async ({ format, convert }) => {
    expect((await transcribed(convert(file(LAMP)), format)).text).toBe(LAMP);
  });

  it('hears nothing in silence', async () => {
    expect((await transcribed(new Float32Array(16_000))).text).toBe('');
  });

  it('recognises everything that is said in a recording', async () => {
    const both = Float32Array.from([...file(LAMP), ...new Float32Array(8_000), ...file(LIGHT)]);
    expect((await transcribed(both)).text).toBe(`${LAMP} ${LIGHT}`);
  });

  it('recognises one recording after the other on a connection', async () => {
    const peer = await server.peer();
    await peer.send(message('transcribe'), ...sent(file(LAMP)));
    expect((await recognised(peer)).text).toBe(LAMP);
    await peer.send(message('transcribe'), ...sent(file(LIGHT)));
    expect((await recognised(peer)).text).toBe(LIGHT);
  });

  it('answers several who speak at once, each when its own command is complete and before it has ended its audio', async () => {
    const speaking = [LAMP, LIGHT, LAMP].map(async (text) => {
      const peer = await server.peer();
      const [start, ...chunks] = sent(file(text)).slice(0, -1);
      await peer.send(message('transcribe'), start!);
      let answered = false;
      const speak = async (): Promise<number> => {
        const silence = sent(new Float32Array(320)).slice(1, -1);
        for (let i = 0; i < 500; i++) {
          if (answered) return i;
          await peer.send(...(chunks[i] ? [chunks[i]!] : silence));
          await pause(20);
        }
        throw new Error('It waits for the end of the audio');
      };
      const hear = recognised(peer).then((result) => {
        answered = true;
        return result;
      });
      const [result] = await Promise.all([hear, speak()]);
      return result.text;
    });
    expect(await Promise.all(speaking)).toEqual([LAMP, LIGHT, LAMP]);
  });

  it.each([['turn-on-the-living-room-lamp'], ['hey-jarvis-turn-on-the-living-room-lamp'], ['alexa']])(
    'streams the words of the transcript, and no others: %s',
    async (name) => {
      const { pieces, text } = await transcribed(shipped(name));
      expect(pieces).toBe(text);
    },
  );
});

describe('wake words', () => {
  it('are heard in several streams at once, of any format, when they were said', async () => {
    const woken = shipped('hey-jarvis-turn-on-the-living-room-lamp');
    const listen = async (sound: Float32Array, format: Parameters<typeof sent>[1] = {}) => {
      const peer = await server.peer();
      const detections: WyomingEvent[] = [];
      await peer.send(message('detect', { names: ['hey_jarvis'] }), ...sent(sound, format));
      for await (const event of peer.connection.events) {
        if (isEvent(event, 'detection', 'not-detected')) detections.push(event);
        if (detections.length > 0) break;
      }
      return detections[0]!;
    };
    const [one, other, later, none] = await Promise.all([
      listen(woken),
      listen(atCdRate(woken), CD_STEREO),
      listen(woken, { timestamp: 60_000 }),
      listen(file(LAMP)),
    ]);
    for (const [event, from] of [
      [one, 0],
      [other, 0],
      [later, 60_000],
    ] as const) {
      expect(event).toMatchObject({ type: 'detection', data: { name: 'hey_jarvis' } });
      // The word ends at 1.14 s.
      const { timestamp } = (event as WyomingEvent & { type: 'detection' }).data;
      expect(timestamp! - from).toBeGreaterThan(900);
      expect(timestamp! - from).toBeLessThan(1_500);
    }
    expect(none?.type).toBe('not-detected');
  });
});

describe('text to speech', () => {
  const RATE = 22_050;
  const soundOf = (events: readonly WyomingEvent[]): Float32Array => {
    const bytes = Buffer.concat(events.flatMap((event) => (isEvent(event, 'audio-chunk') ? [event.payload] : [])));
    return Float32Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i) / 32_768);
  };
  const spoken = async (text: string, voice?: { name?: string; speaker?: string }): Promise<Float32Array> => {
    const peer = await server.peer();
    await peer.send(message('synthesize', { text, ...(voice && { voice }) }));
    const events = await peer.until('audio-stop');
    expect(events[0]).toMatchObject({ type: 'audio-start', data: { rate: RATE, width: 2, channels: 1 } });
    return soundOf(events);
  };
  const level = (sound: Float32Array): number => Math.sqrt(sound.reduce((sum, x) => sum + x * x, 0) / sound.length);

  it('speaks with several voices at once, and the dry one is understood', async () => {
    const text = 'The kitchen window is open.';
    const [demon, dry, other] = await Promise.all([
      spoken(text),
      spoken(text, { name: 'demon-dry' }),
      spoken(text, { name: 'libritts_r', speaker: '17' }),
    ]);
    for (const sound of [demon, dry, other]) {
      expect(sound.length / RATE).toBeGreaterThan(0.8);
      expect(level(sound)).toBeGreaterThan(0.01);
    }
    expect(demon.length).not.toBe(dry.length);
    for (const sound of [dry, other]) {
      const { text: heard } = await transcribed(resampleAll(sound, RATE, 16_000));
      expect(wordErrors(heard, text)).toBeLessThan(0.5);
    }
  });

  it('begins before the text is complete, and says it once', async () => {
    const [first, second] = ['The gate is open.', ' Nobody will ever close it again.'];
    const peer = await server.peer();
    await peer.send(
      message('synthesize-start'),
      message('synthesize-chunk', { text: `${first}${second.slice(0, 8)}` }),
    );
    const begun = await peer.until('audio-chunk');
    await peer.send(
      message('synthesize-chunk', { text: second.slice(8) }),
      message('synthesize', { text: first + second }),
      message('synthesize-stop'),
    );
    const events = [...begun, ...(await peer.until('synthesize-stopped'))];
    const length = soundOf(events).length / RATE;
    const whole = (await spoken(first + second)).length / RATE;
    // The sentences are in the cache: only the rest between them may differ.
    expect(Math.abs(length - whole)).toBeLessThan(0.5);
  });
});

describe('the conversation', () => {
  const ask = async (text: string, conversation_id: string): Promise<WyomingEvent> => {
    const peer = await server.peer();
    await peer.send(message('transcript', { text, context: { conversation_id } }));
    for await (const event of peer.connection.events) return event;
    throw new Error('no answer');
  };
  const words = ({ data }: WyomingEvent): string => String((data as { text?: string }).text);

  it('asks back before something guarded, and takes the yes of the same conversation only', async () => {
    const question = await ask('unlock the front door', 'one');
    expect(question.type).toBe('handled');
    expect(words(question)).toContain('?');
    await ask('yes', 'two');
    expect(words(await ask('is the front door locked', 'two'))).toContain('Yes');
    expect((await ask('unlock the front door', 'one')).type).toBe('handled');
    expect((await ask('yes', 'one')).type).toBe('handled');
    expect(words(await ask('is the front door locked', 'two'))).toContain('No');
  });

  it('tells as not handled, in words, what there is not', async () => {
    const answer = await ask('turn on the flux capacitor', 'three');
    expect(answer.type).toBe('not-handled');
    expect(words(answer)).not.toBe('');
  });
});
