import { type Clock, systemClock } from '../clock.js';
import type { Audio } from '../stages.js';
import { type Samples, toMilliseconds, toSamples } from '../units.js';
import type { AsrModel, Attribution } from '../wyoming/messages/info.js';
import { type EventOf, type KnownEvent, message } from '../wyoming/messages.js';
import { WyomingError } from '../wyoming/wyoming-error.js';
import { heardSound } from './heard-sound.js';
import { recordedOrLive } from './recorded.js';
import type { Exchange, Peer, Service } from './service.js';

const EAGERNESS = ['default', 'relaxed', 'aggressive'] as const;
/** How eagerly the end of a command is taken. */
export type Eagerness = (typeof EAGERNESS)[number];

export interface HearRequest {
  readonly language: string;
  readonly eagerness: Eagerness;
  readonly signal: AbortSignal;
  readonly mayEndEarly: () => boolean;
}

export interface AsrServiceParts {
  readonly program: { readonly name: string; readonly description: string; readonly version: string };
  readonly attribution: Attribution;
  readonly models: () => readonly AsrModel[];
  /** Hears one command in a sound, and decides where it ends. Undefined until the models are there. */
  readonly hear: () => ((sound: Audio, request: HearRequest) => Promise<{ readonly text: string }>) | undefined;
  /** What is recognised where nobody names a language. */
  readonly language: string;
  readonly clock?: Clock;
}

/** Unread sound of one stream: a microphone that is read late is caught up with, a file is held back. */
const QUEUE: Samples = toSamples(3_000);

/**
 * Recognises one command after the other on a connection. Finds the end of speech itself and answers at once, before the
 * client has stopped sending; a recording that comes faster than anybody speaks is recognised to its end.
 */
export const asrService = (parts: AsrServiceParts): Service => ({
  name: 'speech-to-text',
  takes: ['transcribe'],
  // Recognition is what audio without any request is for.
  hears: 'any',
  info: () => ({
    asr: [
      {
        ...parts.program,
        attribution: parts.attribution,
        installed: parts.hear() !== undefined,
        models: parts.models(),
        supports_transcript_streaming: true,
        requires_external_vad: false,
        // It was tuned on plain microphones, and silence must stay silent.
        prefers_auto_gain_enabled: false,
        prefers_noise_reduction_enabled: true,
      },
    ],
  }),
  open: (peer) => hearing(parts, peer),
});

const hearing = (parts: AsrServiceParts, peer: Peer): Exchange => {
  const { clock = systemClock } = parts;
  let request: EventOf<'transcribe'>['data'] = {};
  /** More of the stream that is being heard is here. */
  let came = (): void => {};

  const sound = heardSound(peer, QUEUE, async (queue) => {
    const hear = parts.hear();
    if (!hear) throw new WyomingError('internal', 'Speech recognition is still being fetched. Try again in a minute.');
    const pace = recordedOrLive(clock.now());
    came = () => pace.came(toMilliseconds(queue.received), clock.now());
    const { vad_sensitivity } = request;
    const language = request.language ?? parts.language;
    const { text } = await hear(queue.audio, {
      language,
      eagerness: EAGERNESS.find((known) => known === vad_sensitivity) ?? 'default',
      signal: peer.signal,
      mayEndEarly: () => !pace.recorded,
    });
    await tell(peer, text, language);
  });

  return {
    async take(event: KnownEvent) {
      if (event.type !== 'transcribe') {
        const taken = sound.take(event);
        came();
        return taken;
      }
      await sound.finish();
      request = event.data;
    },
    close: sound.close,
  };
};

/**
 * For clients that read pieces, and for those that read the whole. What was sent cannot be taken back, and the words that
 * are heard first are often not those that are meant ("said the desk lamp" becomes "set …" with the last word: in 14 of
 * 100 commands something that had been settled for a quarter of a second changed), so all of it is one piece.
 */
const tell = async (peer: Peer, text: string, language: string): Promise<void> => {
  await peer.send(message('transcript-start', { language }));
  if (text !== '') await peer.send(message('transcript-chunk', { text }));
  await peer.send(message('transcript-stop'));
  await peer.send(message('transcript', { text, language }));
};
