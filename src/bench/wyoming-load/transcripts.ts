import type { Milliseconds } from '../../units.js';
import { toMilliseconds, toSamples } from '../../units.js';
import { isEvent, message } from '../../wyoming/index.js';
import { joined } from '../sound.js';
import type { SaidCommand } from '../wyoming/said-commands.js';
import { FORMAT, pcmOf, sendSound, talk } from './pace.js';

/** Longer than any end of speech is waited for. */
const SILENCE: Milliseconds = 5_000;

/** Speaks a command in real time, as a microphone does; from its last sound to its transcript. */
export const measureTranscript = (
  uri: string,
  { lastSound, sound }: Pick<SaidCommand, 'sound' | 'lastSound'>,
  signal: AbortSignal,
): Promise<Milliseconds> =>
  talk(uri, signal, async ({ connection, nextOf }) => {
    await connection.send(message('transcribe', { language: 'en' }));
    await connection.send(message('audio-start', FORMAT));
    const over = new AbortController();
    const begin = performance.now();
    const pcm = pcmOf(joined([sound, new Float32Array(toSamples(SILENCE))]));
    const sending = sendSound(connection, pcm, begin, AbortSignal.any([signal, over.signal]));
    sending.catch(() => {});
    try {
      const event = await nextOf('transcript');
      const took = performance.now() - begin - toMilliseconds(lastSound);
      if (isEvent(event, 'transcript') && event.data.text === '') throw new Error('Nothing was recognised.');
      return took;
    } finally {
      over.abort();
    }
  });
