import { decode } from '../../audio/pcm.js';
import { createWav } from '../../audio/write-wav.js';
import { Fault } from '../../faults.js';
import { isEvent, message, remoteError } from '../../wyoming/index.js';
import { outPath } from '../out-path.js';
import type { Setting } from '../setting.js';
import { talkTo, type WyomingFlags } from './exchange.js';

export interface SpeakFlags extends WyomingFlags {
  readonly voice?: string;
  readonly speaker?: string;
  readonly language?: string;
  readonly out?: string;
  /** As a text that is still being written. */
  readonly stream?: boolean;
}

/** Has a server speak a text, into a WAV. */
export const synthesize = async (setting: Setting, text: string, flags: SpeakFlags): Promise<number> => {
  if (text.trim() === '') throw new Fault('usage', 'There is nothing to speak in this text.');
  const out = outPath(flags.out ?? 'said.wav');
  const begin = performance.now();
  let first: number | undefined;
  let rate = 0;
  let samples = 0;
  await talkTo(setting, flags, async ({ connection, next }) => {
    const { language, speaker, voice } = flags;
    const wanted = { ...(voice && { name: voice }), ...(language && { language }), ...(speaker && { speaker }) };
    const how = Object.keys(wanted).length > 0 ? { voice: wanted } : {};
    if (flags.stream === true) {
      await connection.send(message('synthesize-start', how));
      for (const piece of text.split(/(?<=\s)/)) await connection.send(message('synthesize-chunk', { text: piece }));
      await connection.send(message('synthesize-stop'));
    } else {
      await connection.send(message('synthesize', { text, ...how }));
    }
    let wav: Awaited<ReturnType<typeof createWav>> | undefined;
    try {
      for (;;) {
        const event = await next();
        if (isEvent(event, 'error')) throw remoteError(event);
        if (isEvent(event, 'audio-chunk')) {
          first ??= performance.now() - begin;
          const { channels, width } = event.data;
          if (rate !== 0 && rate !== event.data.rate) {
            throw new Fault(
              'network',
              `The server changed its rate from ${rate} to ${event.data.rate} Hz in mid-speech.`,
            );
          }
          rate = event.data.rate;
          wav ??= await createWav(out, rate);
          const encoding = width === 1 ? 'unsigned' : 'signed';
          const sound = decode(event.payload, { encoding, bits: width * 8, channels });
          samples += sound.length;
          await wav.write(sound);
        }
        if (isEvent(event, 'audio-stop') && flags.stream !== true) break;
        if (isEvent(event, 'synthesize-stopped')) break;
      }
      await wav?.finish();
    } finally {
      await wav?.discard();
    }
  });
  if (samples === 0) throw new Fault('network', 'The server sent no sound for this text.');
  const duration = (samples * 1000) / rate;
  const took = performance.now() - begin;
  if (flags.json === true) {
    console.log(JSON.stringify({ file: out, rate, duration_ms: duration, first_audio_ms: first, took_ms: took }));
  } else {
    console.log(
      `${(duration / 1000).toFixed(1)} s of speech at ${rate} Hz: ${out}\n` +
        `first sound after ${first?.toFixed(0)} ms, all of it after ${took.toFixed(0)} ms`,
    );
  }
  return 0;
};
