import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/log.js';
import { loadCatalogue } from '../../src/models/catalogue.js';
import { loadOptions } from '../../src/options/load.js';
import { message } from '../../src/wyoming/index.js';
import { wyomingServices } from '../../src/wyoming-services.js';
import { serveTest } from './peer.js';

const nowhere = '/nonexistent';
const machine = { cores: 2, home: nowhere, folder: nowhere, environment: {}, addOnOptions: nowhere, addOn: false };
const { options } = loadOptions({ machine });
const services = wyomingServices({
  options,
  catalogue: loadCatalogue(),
  log: createLog({ level: 'silent', format: 'json' }),
  assistant: () => undefined,
});

describe('a program that is still fetching its models', () => {
  it('is described already, with everything that is to come as not installed', async () => {
    await using server = await serveTest(services);
    const peer = await server.peer();
    await peer.send(message('describe'));
    const { asr, tts, wake } = await peer.answer('info');
    for (const program of [asr?.[0], tts?.[0], wake?.[0]]) expect(program?.installed).toBe(false);
    const parts = [...(asr?.[0]?.models ?? []), ...(tts?.[0]?.voices ?? []), ...(wake?.[0]?.models ?? [])];
    expect(parts.map(({ installed }) => installed)).toEqual(parts.map(() => false));
    expect(parts.map(({ name }) => name)).toEqual(expect.arrayContaining(['vosk', 'demon', 'hey_jarvis']));
  });

  it('says so to who asks for more', async () => {
    await using server = await serveTest(services);
    for (const [ask, says] of [
      [message('transcribe'), 'Speech recognition is still being fetched'],
      [message('detect'), 'The wake words are still being fetched'],
      [message('synthesize', { text: 'Hello.' }), 'The voice is still being fetched'],
    ] as const) {
      const peer = await server.peer();
      await peer.send(ask, message('audio-start', { rate: 16_000, width: 2, channels: 1 }));
      expect((await peer.answer('error')).text).toContain(says);
    }
    const peer = await server.peer();
    await peer.send(message('transcript', { text: 'turn on the lamp' }));
    expect((await peer.answer('not-handled')).text).toContain('still waking up');
  });
});
