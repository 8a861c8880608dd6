import { toInt16 } from '../audio/pcm.js';
import { resample } from '../audio/resample.js';
import type { Audio, Endpointer } from '../stages.js';
import { CAPTURE_RATE, type Milliseconds, toMilliseconds, toSamples } from '../units.js';
import { type Connection, message } from '../wyoming/index.js';

/** Mono, 16 bits, 16 kHz: what Core and all recognisers want. */
const FORMAT = { rate: CAPTURE_RATE, width: 2, channels: 1 } as const;

/**
 * Sends sound as `audio-chunk`s, each as soon as it is there, until the sound ends or the signal is aborted; waits for
 * a server that does not keep up. Rejects where the connection breaks or the sound cannot be read.
 */
export const sendAudio = async (audio: Audio, connection: Connection, signal: AbortSignal): Promise<void> => {
  let begin: number | undefined;
  for await (const { samples, from } of resample(audio, CAPTURE_RATE)) {
    if (signal.aborted) return;
    begin ??= from;
    const pcm = toInt16(samples);
    const payload = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
    const timestamp = Math.round(toMilliseconds(from - begin));
    await connection.send(message('audio-chunk', { ...FORMAT, timestamp }, payload));
  }
};

/** Resolves when a command is over, or when nobody has said one in the time `patience`. Rejects with the signal's reason. */
export const endOfSpeech = async (
  endpoint: Endpointer,
  audio: Audio,
  patience: Milliseconds,
  signal: AbortSignal,
): Promise<void> => {
  let begin: number | undefined;
  for await (const event of endpoint(audio, signal)) {
    if (event.kind === 'ended') return;
    if (event.kind !== 'silence') continue;
    begin ??= event.at;
    if (event.at - begin >= toSamples(patience)) return;
  }
};
