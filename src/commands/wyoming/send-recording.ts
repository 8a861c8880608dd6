import { setTimeout as pause } from 'node:timers/promises';
import { toInt16 } from '../../audio/pcm.js';
import { readWav } from '../../audio/read-wav.js';
import { resample } from '../../audio/resample.js';
import { CAPTURE_RATE, type Milliseconds, toMilliseconds, toSamples } from '../../units.js';
import { type Connection, message } from '../../wyoming/index.js';

export interface Sending {
  /** As a microphone would, with silence after it until it is told to stop; else as fast as the server takes it. */
  readonly live: boolean;
  /** Ends the sending before its time. */
  readonly signal: AbortSignal;
}

/** What a microphone hands over at a time. */
const CHUNK: Milliseconds = 20;
/** Silence after a live recording, at most: who has not answered by then waits for the end of the audio. */
const SILENCE: Milliseconds = 3_000;

const FORMAT = { rate: CAPTURE_RATE, width: 2, channels: 1 };

/** Sends a recording as mono, 16 kHz, 16 bit, with its beginning and its end. */
export const sendRecording = async (connection: Connection, file: string, { live, signal }: Sending): Promise<void> => {
  const begin = performance.now();
  const size = toSamples(CHUNK);
  let position = 0;
  await connection.send(message('audio-start', { ...FORMAT, timestamp: 0 }));
  const send = async (samples: Float32Array): Promise<void> => {
    if (live) {
      const early = begin + toMilliseconds(position + samples.length) - performance.now();
      if (early > 1) await pause(early);
    }
    const pcm = toInt16(samples);
    const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
    await connection.send(message('audio-chunk', { ...FORMAT, timestamp: toMilliseconds(position) }, bytes));
    position += samples.length;
  };
  const { audio } = await readWav(file, signal);
  for await (const { samples } of resample(audio, CAPTURE_RATE)) {
    for (let at = 0; at < samples.length && !signal.aborted; at += size) await send(samples.subarray(at, at + size));
  }
  const end = position + toSamples(SILENCE);
  while (live && !signal.aborted && position < end) await send(new Float32Array(size));
  if (!signal.aborted || !live) await connection.send(message('audio-stop', { timestamp: toMilliseconds(position) }));
};
