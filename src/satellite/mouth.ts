import { isAbort } from '../faults.js';
import type { Log } from '../log.js';
import type { Audio, Run, Speaker } from '../stages.js';
import type { Sound, SoundId } from './state.js';
import type { AudioEvent } from './wire.js';
import { createWireSound, type WireSound } from './wire-sound.js';

interface MouthSettings {
  readonly speaker: Speaker;
  /** Sound of our own for an excuse or an alarm; undefined for none. */
  readonly ownSound: (sound: Sound, signal: AbortSignal) => Audio | undefined;
  /** What is done to sound that a server sends. */
  readonly transform: ((audio: Audio, signal: AbortSignal) => Audio) | undefined;
  /** Heard to its end, or as far as it could be. Not called for what was silenced. */
  readonly sounded: (sound: SoundId) => void;
  readonly log: Log;
}

/** Does to sounds what the machine says, on one loudspeaker. */
export interface Mouth {
  /** A server begins to send a sound, with its `audio-start`. */
  open(sound: SoundId, event: AudioEvent): void;
  /** A chunk of it. One of another format cannot be added, and ends it. */
  feed(sound: SoundId, event: AudioEvent): void;
  end(sound: SoundId): void;
  play(sound: Sound): void;
  silence(sound: SoundId): void;
  /** A sound that holds more than enough, so that its server has to wait. */
  full(sound: SoundId | undefined): WireSound | undefined;
  /** Silences everything; resolves when the loudspeaker is free. */
  close(): Promise<void>;
}

export const createMouth = ({ speaker, ownSound, transform, sounded, log }: MouthSettings): Mouth => {
  const arriving = new Map<SoundId, WireSound>();
  const playing = new Map<SoundId, AbortController>();
  /** One loudspeaker: the next sound begins when the last one has really stopped. */
  let free: Promise<void> = Promise.resolve();

  const audioOf = (sound: Sound, signal: AbortSignal): Audio | undefined => {
    const wire = arriving.get(sound.id);
    if (!wire) return ownSound(sound, signal);
    return transform ? transform(wire.audio, signal) : wire.audio;
  };

  const perform = async (sound: Sound, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return;
    try {
      const audio = audioOf(sound, signal);
      if (audio) await speaker(audio, runOf(signal));
    } catch (error) {
      if (!signal.aborted && !isAbort(error))
        log.error({ error, sound: sound.source.from }, 'a sound could not be played');
    }
    if (signal.aborted) return;
    forget(sound.id);
    sounded(sound.id);
  };

  const forget = (id: SoundId): void => {
    arriving.get(id)?.discard();
    arriving.delete(id);
    playing.delete(id);
  };

  const silence = (id: SoundId): void => {
    playing.get(id)?.abort();
    forget(id);
  };

  return {
    open(id, { data }) {
      arriving.set(id, createWireSound(data));
    },
    feed(id, event) {
      const sound = arriving.get(id);
      if (!sound || event.type !== 'audio-chunk' || sound.push(event)) return;
      log.warn('a sound changes its format in the middle; the rest of it is left out');
      sound.end();
    },
    end: (id) => arriving.get(id)?.end(),
    play(sound) {
      const control = new AbortController();
      playing.set(sound.id, control);
      free = free.then(() => perform(sound, control.signal));
    },
    silence,
    full(id) {
      const sound = id === undefined ? undefined : arriving.get(id);
      return sound?.full ? sound : undefined;
    },
    async close() {
      for (const id of [...playing.keys(), ...arriving.keys()]) silence(id);
      await free;
    },
  };
};

/** What comes over the wire has been decided elsewhere: nothing in it is tried out. */
const runOf = (signal: AbortSignal): Run => ({ signal, committed: Promise.resolve(), mark: () => {} });
