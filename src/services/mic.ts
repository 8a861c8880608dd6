import { toInt16 } from '../audio/pcm.js';
import { isAbort } from '../faults.js';
import type { Audio } from '../stages.js';
import { CAPTURE_RATE, type SampleIndex, toMilliseconds } from '../units.js';
import type { Attribution } from '../wyoming/messages/info.js';
import { message } from '../wyoming/messages.js';
import type { Exchange, Peer, Service } from './service.js';

/** What is recorded here. */
export interface Ear {
  /** The position of the next sample to come. */
  readonly now: SampleIndex;
  read(from: SampleIndex, signal: AbortSignal): Audio;
}

export interface MicServiceParts {
  readonly program: { readonly name: string; readonly description: string; readonly version: string };
  readonly attribution: Attribution;
  readonly microphone: Ear;
}

const FORMAT = { rate: CAPTURE_RATE, width: 2, channels: 1 } as const;

/**
 * The host's microphone for others. For a port of its own: who connects gets sound at once, as from
 * wyoming-mic-external, whether it asks for anything or not. Who reads too slowly misses a part, and hears the present.
 */
export const micService = ({ program, attribution, microphone }: MicServiceParts): Service => ({
  name: 'microphone',
  takes: [],
  hears: false,
  atOnce: true,
  info: () => ({ mic: [{ ...program, attribution, installed: true, mic_format: FORMAT }] }),
  open: (peer) => sending(microphone, peer),
});

const sending = (microphone: Ear, peer: Peer): Exchange => {
  const over = new AbortController();
  const signal = AbortSignal.any([peer.signal, over.signal]);
  const send = async (): Promise<void> => {
    const begin = microphone.now;
    const elapsed = (at: SampleIndex): number => Math.round(toMilliseconds(at - begin));
    let end = begin;
    await peer.send(message('audio-start', { ...FORMAT, timestamp: 0 }));
    for await (const { samples, from } of microphone.read(begin, signal)) {
      const pcm = toInt16(samples);
      const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
      await peer.send(message('audio-chunk', { ...FORMAT, timestamp: elapsed(from) }, bytes));
      end = from + samples.length;
    }
    await peer.send(message('audio-stop', { timestamp: elapsed(end) }));
  };
  const done = send().catch((error: unknown) => {
    if (!signal.aborted && !isAbort(error)) peer.fail(error);
  });
  return {
    take: () => {},
    close() {
      // Who says no more does not listen any more either.
      over.abort();
      return done;
    },
  };
};
