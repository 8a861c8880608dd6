import { toInt16 } from '../audio/pcm.js';
import { isAbort } from '../faults.js';
import type { Run, Say, Synthesizer } from '../stages.js';
import { type Hertz, type Milliseconds, toSamples } from '../units.js';
import type { Attribution, TtsVoice } from '../wyoming/messages/info.js';
import type { Synthesize, SynthesizeStart, SynthesizeVoice } from '../wyoming/messages/synthesis.js';
import { type KnownEvent, message } from '../wyoming/messages.js';
import { WyomingError } from '../wyoming/wyoming-error.js';
import type { Exchange, Peer, Service } from './service.js';
import { createTextQueue, type TextQueue } from './text-queue.js';
import { wireChunks } from './wire-chunks.js';

/** Sound that is sent at a time, where so much of it is there. */
const CHUNK: Milliseconds = 100;

/** Something that speaks. */
export interface Mouth {
  readonly rate: Hertz;
  readonly synthesize: Synthesizer;
}

export interface TtsServiceParts {
  readonly program: { readonly name: string; readonly description: string; readonly version: string };
  readonly attribution: Attribution;
  readonly voices: () => readonly TtsVoice[];
  /** The voice that is wanted, the persona's where nobody says. Undefined until the models are there. @throws Fault `usage`. */
  readonly voice: (wanted: SynthesizeVoice) => Mouth | undefined;
  /** Text that is still being written, sentence by sentence. */
  readonly sentences: (text: AsyncIterable<string>, signal: AbortSignal) => AsyncIterable<Say>;
}

/**
 * Speaks texts, effects applied as the sound flows: a whole one, or one that is still being written, whose first words
 * sound before its last are known. Several texts on a connection are spoken one after the other.
 */
export const ttsService = (parts: TtsServiceParts): Service => ({
  name: 'text-to-speech',
  takes: ['synthesize', 'synthesize-start', 'synthesize-chunk', 'synthesize-stop'],
  hears: false,
  info: () => ({
    tts: [
      {
        ...parts.program,
        attribution: parts.attribution,
        installed: parts.voice({}) !== undefined,
        voices: parts.voices(),
        supports_synthesize_streaming: true,
      },
    ],
  }),
  open: (peer) => speaking(parts, peer),
});

const speaking = (parts: TtsServiceParts, peer: Peer): Exchange => {
  let streamed: TextQueue | undefined;
  /** The text before has been spoken. */
  let spoken: Promise<void> = Promise.resolve();

  const speak = async (says: AsyncIterable<Say>, mouth: Mouth, isStream: boolean): Promise<void> => {
    const run: Run = { signal: peer.signal, committed: Promise.resolve(), mark: () => {} };
    const format = { rate: mouth.rate, width: 2, channels: 1 };
    await peer.send(message('audio-start', { ...format, timestamp: 0 }));
    let samples = 0;
    const elapsed = (): number => Math.round((samples * 1000) / mouth.rate);
    for await (const piece of wireChunks(mouth.synthesize(says, run), toSamples(CHUNK, mouth.rate))) {
      const pcm = toInt16(piece);
      const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
      await peer.send(message('audio-chunk', { ...format, timestamp: elapsed() }, bytes));
      samples += piece.length;
    }
    if (peer.signal.aborted) return;
    await peer.send(message('audio-stop', { timestamp: elapsed() }));
    if (isStream) await peer.send(message('synthesize-stopped'));
  };

  /** Begins to speak when the text before has been spoken; until then the connection is held back. */
  const begin = async (says: AsyncIterable<Say>, how: SynthesizeStart, isStream: boolean): Promise<void> => {
    await spoken;
    const mouth = parts.voice(how.voice ?? {});
    if (!mouth) throw new WyomingError('internal', 'The voice is still being fetched. Try again in a minute.');
    spoken = speak(says, mouth, isStream).catch((error: unknown) => {
      streamed?.end();
      if (!peer.signal.aborted && !isAbort(error)) peer.fail(error);
    });
  };

  return {
    async take(event: KnownEvent) {
      switch (event.type) {
        case 'synthesize':
          // Inside a stream it repeats the whole text for servers that know no streams.
          if (streamed) return;
          return begin(once(textOf(event.data)), event.data, false);
        case 'synthesize-start': {
          streamed?.end();
          const queue = createTextQueue(peer.signal);
          streamed = queue;
          const strip = event.data.text_format === 'ssml';
          const text = strip ? withoutMarkup(queue.text) : queue.text;
          const says = parts.sentences(text, peer.signal);
          return begin(says, event.data, true);
        }
        case 'synthesize-chunk':
          if (!streamed) throw new WyomingError('unexpected', '"synthesize-chunk" came before "synthesize-start".');
          return streamed.push(event.data.text);
        case 'synthesize-stop':
          if (!streamed) throw new WyomingError('unexpected', '"synthesize-stop" came before "synthesize-start".');
          streamed.end();
          streamed = undefined;
          return;
      }
    },
    async close() {
      streamed?.end();
      await spoken;
    },
  };
};

const textOf = ({ text, text_format }: Synthesize): string => (text_format === 'ssml' ? plain(text) : text);

/** The words of marked-up speech. This voice has no way to follow the marks. */
const plain = (ssml: string): string =>
  ssml
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? ' ')
    .trim();

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** A tag may come in two pieces, so what is inside one is held back. */
async function* withoutMarkup(text: AsyncIterable<string>): AsyncGenerator<string> {
  let held = '';
  for await (const piece of text) {
    held += piece;
    const open = held.lastIndexOf('<');
    const whole = open > held.lastIndexOf('>') ? open : held.length;
    yield held.slice(0, whole).replace(/<[^>]*>/g, ' ');
    held = held.slice(whole);
  }
}

async function* once(text: string): AsyncGenerator<Say> {
  yield { text, kind: 'talk' };
}
