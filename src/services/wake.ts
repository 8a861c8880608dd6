import type { WakeDetector } from '../stages.js';
import { type Samples, toMilliseconds, toSamples } from '../units.js';
import type { Attribution } from '../wyoming/messages/info.js';
import { type EventOf, type KnownEvent, message } from '../wyoming/messages.js';
import { WyomingError } from '../wyoming/wyoming-error.js';
import { heardSound } from './heard-sound.js';
import type { Exchange, Peer, Service } from './service.js';

export interface WakeWord {
  /** As in the options, `hey_jarvis`. */
  readonly name: string;
  /** What has to be said. */
  readonly phrase: string;
  readonly language: string;
  readonly attribution: Attribution;
  readonly installed: boolean;
  readonly version: string;
}

export interface WakeServiceParts {
  readonly program: { readonly name: string; readonly description: string; readonly version: string };
  readonly attribution: Attribution;
  readonly words: () => readonly WakeWord[];
  /** Undefined until the models are there. Any number of streams at once. */
  readonly detect: () => WakeDetector | undefined;
}

/** Unread sound of one stream: a microphone that is read late is caught up with, a file is held back. */
const QUEUE: Samples = toSamples(2_000);

/** Hears wake words in any number of streams at once. Goes on after a detection, until the audio or the connection ends. */
export const wakeService = (parts: WakeServiceParts): Service => ({
  name: 'wake',
  takes: ['detect'],
  hears: true,
  info: () => ({
    wake: [
      {
        ...parts.program,
        attribution: parts.attribution,
        installed: parts.detect() !== undefined,
        models: parts.words().map(({ name, phrase, language, attribution, installed, version }) => ({
          name,
          description: phrase,
          phrase,
          languages: [language],
          attribution,
          installed,
          version,
        })),
      },
    ],
  }),
  open: (peer) => listening(parts, peer),
});

const listening = (parts: WakeServiceParts, peer: Peer): Exchange => {
  let wanted: ReadonlySet<string> | undefined;

  const sound = heardSound(peer, QUEUE, async ({ audio }, begin) => {
    const detect = parts.detect();
    if (!detect) throw new WyomingError('internal', 'The wake words are still being fetched. Try again in a minute.');
    let heard = false;
    for await (const { word, at } of detect(audio, peer.signal)) {
      if (wanted && !wanted.has(word)) continue;
      heard = true;
      await peer.send(message('detection', { name: word, timestamp: Math.round(begin + toMilliseconds(at)) }));
    }
    if (!heard && !peer.signal.aborted) await peer.send(message('not-detected'));
  });

  const choose = ({ names }: EventOf<'detect'>['data']): void => {
    if (!names || names.length === 0) {
      wanted = undefined;
      return;
    }
    const known = parts.words().map(({ name }) => name);
    const ours = names.filter((name) => known.includes(name));
    if (ours.length === 0) {
      throw new WyomingError(
        'unexpected',
        `No wake word is called ${names.join(', ')}. There are: ${known.join(', ')}.`,
      );
    }
    wanted = new Set(ours);
  };

  return {
    take: (event: KnownEvent) => (event.type === 'detect' ? choose(event.data) : sound.take(event)),
    close: sound.close,
  };
};
