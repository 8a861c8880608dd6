import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/faults.js';
import { type Mouth, type TtsServiceParts, ttsService } from '../../src/services/tts.js';
import type { Block, Say } from '../../src/stages.js';
import { isEvent, message, type WyomingEvent } from '../../src/wyoming/index.js';
import { serveTest } from './peer.js';

const attribution = { name: 'Somebody', url: 'https://example.org' };

/** Speaks each sentence as one block whose samples are its length in thousandths, and notes it. */
const reader = (spoken: string[], before: (text: string) => Promise<void> = async () => {}): Mouth => ({
  rate: 8_000,
  synthesize: (says, run) => ({
    rate: 8_000,
    async *[Symbol.asyncIterator](): AsyncGenerator<Block> {
      let from = 0;
      for await (const { text } of says) {
        await before(text);
        if (run.signal.aborted) return;
        spoken.push(text);
        const samples = new Float32Array(80).fill(text.length / 1000);
        yield { samples, from };
        from += samples.length;
      }
    },
  }),
});

/** A sentence is what ends with a full stop. */
async function* sentences(text: AsyncIterable<string>): AsyncGenerator<Say> {
  let held = '';
  for await (const piece of text) {
    held += piece;
    for (let end = held.indexOf('.'); end >= 0; end = held.indexOf('.')) {
      yield { text: held.slice(0, end + 1).trim(), kind: 'talk' };
      held = held.slice(end + 1);
    }
  }
  if (held.trim() !== '') yield { text: held.trim(), kind: 'talk' };
}

const parts = (changes: Partial<TtsServiceParts> = {}): TtsServiceParts => ({
  program: { name: 'mouth', description: 'Speaks', version: '1' },
  attribution,
  voices: () => [{ name: 'one', languages: ['en'], attribution, installed: true }],
  voice: () => reader([]),
  sentences,
  ...changes,
});

const types = (events: readonly WyomingEvent[]): string[] => events.map(({ type }) => type);

describe('the text-to-speech service', () => {
  it('speaks a text: one beginning, the sound in pieces with its time, one end', async () => {
    const spoken: string[] = [];
    await using server = await serveTest([ttsService(parts({ voice: () => reader(spoken) }))]);
    const peer = await server.peer();
    await peer.send(message('synthesize', { text: 'Your kettle has surrendered.' }));
    const events = await peer.until('audio-stop');
    expect(types(events)).toEqual(['audio-start', 'audio-chunk', 'audio-stop']);
    const format = { rate: 8_000, width: 2, channels: 1 };
    expect(events.map(({ data }) => data)).toEqual([
      { ...format, timestamp: 0 },
      { ...format, timestamp: 0 },
      { timestamp: 10 },
    ]);
    const [, chunk] = events;
    expect(isEvent(chunk, 'audio-chunk') && new Int16Array(chunk.payload.buffer)[0]).toBe(Math.round(0.028 * 32_768));
    expect(spoken).toEqual(['Your kettle has surrendered.']);
  });

  it('speaks a text that is still being written, before its end is known', async () => {
    await using server = await serveTest([ttsService(parts())]);
    const peer = await server.peer();
    await peer.send(message('synthesize-start', {}), message('synthesize-chunk', { text: 'First. Sec' }));
    expect(types(await peer.until('audio-chunk'))).toEqual(['audio-start', 'audio-chunk']);
    await peer.send(message('synthesize-chunk', { text: 'ond.' }));
    expect(types(await peer.until('audio-chunk'))).toEqual(['audio-chunk']);
    await peer.send(message('synthesize-stop'));
    expect(types(await peer.until('synthesize-stopped'))).toEqual(['audio-stop', 'synthesize-stopped']);
  });

  it('does not speak the same twice where a stream repeats its whole text', async () => {
    const spoken: string[] = [];
    await using server = await serveTest([ttsService(parts({ voice: () => reader(spoken) }))]);
    const peer = await server.peer();
    // As Home Assistant sends it.
    await peer.send(
      message('synthesize-start', { voice: { name: 'one' } }),
      message('synthesize-chunk', { text: 'Once only.' }),
      message('synthesize', { text: 'Once only.', voice: { name: 'one' } }),
      message('synthesize-stop'),
    );
    expect(types(await peer.until('synthesize-stopped'))).toEqual([
      'audio-start',
      'audio-chunk',
      'audio-stop',
      'synthesize-stopped',
    ]);
    expect(spoken).toEqual(['Once only.']);
  });

  it('speaks several texts of a connection one after the other', async () => {
    const spoken: string[] = [];
    const slowly = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await using server = await serveTest([ttsService(parts({ voice: () => reader(spoken, slowly) }))]);
    const peer = await server.peer();
    await peer.send(...['One.', 'Two.', 'Three.'].map((text) => message('synthesize', { text })));
    const once = ['audio-start', 'audio-chunk', 'audio-stop'];
    for (let i = 0; i < 3; i++) expect(types(await peer.until('audio-stop'))).toEqual(once);
    expect(spoken).toEqual(['One.', 'Two.', 'Three.']);
  });

  it('answers an empty text with an empty sound, since somebody waits for it', async () => {
    await using server = await serveTest([ttsService(parts())]);
    const peer = await server.peer();
    await peer.send(message('synthesize-start', {}), message('synthesize-stop'));
    expect(types(await peer.until('synthesize-stopped'))).toEqual(['audio-start', 'audio-stop', 'synthesize-stopped']);
  });

  it('hands on which voice is wanted, and leaves marks out of marked-up text', async () => {
    const wanted: object[] = [];
    const spoken: string[] = [];
    const voice: TtsServiceParts['voice'] = (one) => {
      wanted.push(one);
      return reader(spoken);
    };
    await using server = await serveTest([ttsService(parts({ voice }))]);
    const peer = await server.peer();
    await peer.send(
      message('synthesize', {
        text: '<speak>Burn <break time="1s"/>&amp; rise.</speak>',
        text_format: 'ssml',
        voice: { name: 'demon', speaker: '7' },
      }),
    );
    await peer.until('audio-stop');
    await peer.send(
      message('synthesize-start', { text_format: 'ssml', voice: { language: 'en' } }),
      ...['<speak>Fall <bre', 'ak/>down.</sp', 'eak>'].map((text) => message('synthesize-chunk', { text })),
      message('synthesize-stop'),
    );
    await peer.until('synthesize-stopped');
    expect(wanted).toEqual([{ name: 'demon', speaker: '7' }, { language: 'en' }]);
    expect(spoken.map((text) => text.replace(/\s+/g, ' '))).toEqual(['Burn & rise.', 'Fall down.']);
  });

  it('says what is wrong with a voice that nobody has', async () => {
    const voice = (): never => {
      throw new Fault('usage', 'No voice is called "choir".', { hint: 'There are: demon.' });
    };
    await using server = await serveTest([
      ttsService(parts({ voice: (wanted) => (wanted.name ? voice() : reader([])) })),
    ]);
    const peer = await server.peer();
    await peer.send(message('synthesize', { text: 'Sing.', voice: { name: 'choir' } }));
    expect(await peer.answer('error')).toEqual({ text: 'No voice is called "choir".', code: 'usage' });
  });

  it('tells a client whose speech fails half-way, and takes its connection', async () => {
    const failing = async (text: string): Promise<void> => {
      if (text === 'Two.') throw new Fault('engine', 'The voice has failed');
    };
    await using server = await serveTest([ttsService(parts({ voice: () => reader([], failing) }))]);
    const peer = await server.peer();
    await peer.send(message('synthesize-start', {}), message('synthesize-chunk', { text: 'One. Two. Three.' }));
    const events = await peer.rest();
    expect(types(events)).toEqual(['audio-start', 'audio-chunk', 'error']);
    expect(events.at(-1)?.data).toEqual({ text: 'The voice has failed', code: 'engine' });
  });

  it('stops speaking when its listener has gone', async () => {
    const spoken: string[] = [];
    const slowly = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 2));
    };
    await using server = await serveTest([ttsService(parts({ voice: () => reader(spoken, slowly) }))]);
    const peer = await server.peer();
    const long = Array.from({ length: 5_000 }, (_, i) => `${i}.`);
    await peer.send(message('synthesize-start', {}), message('synthesize-chunk', { text: long.join(' ') }));
    await peer.until('audio-chunk');
    await peer.connection.close();
    let last = -1;
    while (spoken.length !== last) {
      last = spoken.length;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(last).toBeLessThan(long.length);
  });

  it.each(['synthesize-chunk', 'synthesize-stop'] as const)('refuses %s where nothing was begun', async (type) => {
    await using server = await serveTest([ttsService(parts())]);
    const peer = await server.peer();
    await peer.send(type === 'synthesize-chunk' ? message(type, { text: 'x' }) : message(type));
    expect((await peer.answer('error')).code).toBe('unexpected');
  });
});
