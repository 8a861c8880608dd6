import { asrService } from '../../../src/services/asr.js';
import { conversationService } from '../../../src/services/conversation.js';
import { openServices } from '../../../src/services/open-services.js';
import { ttsService } from '../../../src/services/tts.js';
import { wakeService } from '../../../src/services/wake.js';
import type { Block } from '../../../src/stages.js';
import { saysOf } from '../../../src/text/says.js';
import { tone } from '../../satellite/house.js';

const attribution = { name: 'Evil Assistant', url: '' };
const program = { name: 'Evil Assistant', description: 'For tests', version: '1' };
const quiet = { debug: () => {}, info: () => {}, warn: () => {} };
const RATE = 22_050;

export interface TestAssistant {
  readonly port: number;
  readonly uri: string;
  /** Texts that were spoken, with the voice that was wanted. */
  readonly spoken: { readonly text: string; readonly voice: string | undefined }[];
  /** What it offers from here on. */
  offers: { voice: boolean; words: readonly string[] };
  close(): Promise<void>;
}

/** The program's services with stages that a test can look into. */
export async function openAssistant(port = 0): Promise<TestAssistant> {
  const spoken: TestAssistant['spoken'] = [];
  const offers = { voice: true, words: ['hey_jarvis'] as readonly string[] };
  const languages = ['en'];
  const server = await openServices({
    uri: `tcp://127.0.0.1:${port}`,
    log: quiet,
    services: [
      asrService({
        program,
        attribution,
        models: () => [{ name: 'vosk', languages, installed: true, attribution }],
        hear: () => async () => ({ text: 'turn on the lights' }),
        language: 'en',
      }),
      ttsService({
        program,
        attribution,
        voices: () => ['raven', 'demon'].map((name) => ({ name, languages, installed: true, attribution })),
        voice: ({ name }) =>
          offers.voice
            ? {
                rate: RATE,
                synthesize: (says) => ({
                  rate: RATE,
                  async *[Symbol.asyncIterator](): AsyncGenerator<Block> {
                    for await (const { text } of says) {
                      spoken.push({ text, voice: name ?? undefined });
                      yield { samples: tone(0.2, RATE), from: 0 };
                    }
                  },
                }),
              }
            : undefined,
        sentences: (text, signal) => saysOf(text, { signal }),
      }),
      wakeService({
        program,
        attribution,
        words: () =>
          offers.words.map((name) => ({
            name,
            phrase: name,
            language: 'en',
            installed: true,
            attribution,
            version: '1',
          })),
        detect: () => async function* () {},
      }),
      conversationService({
        program,
        attribution,
        models: () => [{ name: 'demon', languages, installed: true, attribution }],
        converse: async (text) => ({ kind: 'handled', text: `You said ${text}.` }),
        language: 'en',
        excuse: () => 'No.',
        onFailure: () => {},
      }),
    ],
  });
  return {
    port: Number(server.uri.slice(server.uri.lastIndexOf(':') + 1)),
    uri: server.uri,
    spoken,
    offers,
    close: () => server.close({ grace: 0 }),
  };
}
