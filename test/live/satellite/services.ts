import { type Connection, message, serve } from '../../../src/wyoming/index.js';
import { pcm16 } from '../../satellite/core.js';
import { tone } from '../../satellite/house.js';

const artifact = (name: string) => ({
  name,
  attribution: { name: 'Evil Assistant', url: 'https://example.org' },
  installed: true,
  description: name,
  version: '1.0',
});

export const TONE = { seconds: 0.6, rate: 22_050 } as const;

/** Speech to text that hears what a test says, and a voice that is a tone. */
export const openServices = async () => {
  /** What is heard next. */
  let text = '';
  /** Whether anything is answered. */
  let deaf = false;
  const heard: Uint8Array[] = [];

  const speak = async (connection: Connection): Promise<void> => {
    const format = { rate: TONE.rate, width: 2, channels: 1 };
    const pcm = pcm16(tone(TONE.seconds, TONE.rate));
    await connection.send(message('audio-start', format));
    for (let at = 0; at < pcm.length; at += 4_096) {
      await connection.send(message('audio-chunk', format, pcm.subarray(at, at + 4_096)));
    }
    await connection.send(message('audio-stop'));
  };

  const server = await serve('tcp://127.0.0.1:0', {
    onConnection: async (connection) => {
      const chunks: Uint8Array[] = [];
      let streaming = false;
      for await (const event of connection.events) {
        switch (event.type) {
          case 'describe':
            await connection.send(
              message('info', {
                asr: [{ ...artifact('Test Ears'), models: [{ ...artifact('ears'), languages: ['en'] }] }],
                tts: [
                  {
                    ...artifact('Test Mouth'),
                    voices: [{ ...artifact('tone'), languages: ['en'] }],
                    supports_synthesize_streaming: true,
                  },
                ],
              }),
            );
            break;
          case 'audio-chunk':
            chunks.push(event.payload);
            break;
          case 'audio-stop':
            heard.push(Buffer.concat(chunks));
            if (!deaf) await connection.send(message('transcript', { text }));
            break;
          case 'synthesize-start':
            streaming = true;
            break;
          case 'synthesize':
            if (!streaming) await speak(connection);
            break;
          case 'synthesize-stop':
            await speak(connection);
            await connection.send(message('synthesize-stopped'));
            break;
          default:
            break;
        }
      }
    },
  });

  return {
    port: portOf(server.uri),
    /** What was said, one utterance after the other, as speech to text got it: 16 kHz, 16 bits. */
    heard,
    hears(what: string): void {
      text = what;
      deaf = false;
    },
    /** Speech to text never answers from here on. */
    deafen(): void {
      deaf = true;
    },
    close: () => server.close({ grace: 0 }),
  };
};

export const portOf = (uri: string): number => Number(uri.slice(uri.lastIndexOf(':') + 1));
