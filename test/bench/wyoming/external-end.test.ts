import { afterEach, expect, it } from 'vitest';
import { externalEnd } from '../../../src/bench/wyoming/external-end.js';
import { connect, describe, isEvent, message, serve, type WyomingServer } from '../../../src/wyoming/index.js';

const open: WyomingServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0).reverse()) await server.close({ grace: 0 });
});

const attribution = { name: 'Somebody', url: 'https://example.org' };
const AUDIO = { rate: 16_000, width: 2, channels: 1 };

/** Says that it finds the end of speech itself, and answers at the first chunk. */
const hasty = async (): Promise<string> => {
  const server = await serve('tcp://127.0.0.1:0', {
    onConnection: async (connection) => {
      for await (const event of connection.events) {
        if (isEvent(event, 'describe')) {
          const program = { name: 'hasty', attribution, installed: true, models: [], requires_external_vad: false };
          await connection.send(message('info', { asr: [program] }));
        }
        if (isEvent(event, 'audio-chunk')) await connection.send(message('transcript', { text: 'on' }));
        if (isEvent(event, 'transcribe')) await connection.send(message('pong', { text: 'seen' }));
      }
    },
  });
  const held = await externalEnd('tcp://127.0.0.1:0', server.uri);
  open.push(server, held);
  return held.uri;
};

it('leaves the end of speech to its client, and says so', async () => {
  const uri = await hasty();
  expect((await describe(uri)).asr?.[0]).toMatchObject({ name: 'hasty', requires_external_vad: true });
  const client = await connect(uri);
  await client.send(message('audio-start', AUDIO));
  await client.send(message('audio-chunk', AUDIO, new Uint8Array(320)));
  let answered = false;
  const answer = client.read().then((event) => {
    answered = true;
    return event;
  });
  // An event that went all the way and came back since.
  const other = await connect(uri);
  await other.send(message('transcribe', {}));
  expect((await other.read())?.type).toBe('pong');
  expect(answered).toBe(false);
  await client.send(message('audio-stop'));
  expect(await answer).toMatchObject({ type: 'transcript', data: { text: 'on' } });
  await Promise.all([client.close(), other.close()]);
});
