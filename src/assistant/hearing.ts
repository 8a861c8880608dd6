import type { Audio, Endpointer, SpeechEvent, Transcriber, Transcript } from '../stages.js';
import { createChannel } from './channel.js';
import type { TurnInput } from './machine.js';

/** What a turn listens with. */
export interface Ears {
  readonly endpoint: Endpointer;
  readonly transcribe: Transcriber;
  /** Takes the wake word off the front of a text. */
  readonly withoutWakeWord: (text: string) => string;
}

interface Hearing {
  readonly signal: AbortSignal;
  /** What is left of the wake word may be heard at the front of the first segment. */
  readonly wakeWordMayLead: boolean;
  /** Takes what was heard, in the order in which it becomes known. */
  readonly hear: (input: TurnInput) => void;
  /** One of the two has failed; the other still listens. */
  readonly failed: (stage: 'endpoint' | 'transcribe', error: unknown) => void;
}

/** Speech events that may wait for a recogniser: 10 s in pieces of 20 ms. Then the detector is held back, and the ring counts what is lost. */
const SPEECH_QUEUE = 500;

/**
 * Listens until the microphone's stream ends or the signal is aborted: finds the speech in the sound and the words in the
 * speech. Never rejects.
 */
export const listen = async (ears: Ears, microphone: Audio, hearing: Hearing): Promise<void> => {
  const { signal, wakeWordMayLead, hear, failed } = hearing;
  const speech = createChannel<SpeechEvent>(SPEECH_QUEUE);
  let firstSegment: number | undefined;

  const findSpeech = async (): Promise<void> => {
    try {
      for await (const event of ears.endpoint(microphone, signal)) {
        if (event.kind === 'started') firstSegment ??= event.segment;
        await speech.push(event, signal);
        hear(event.kind === 'audio' ? { kind: 'heard', at: event.block.from + event.block.samples.length } : event);
      }
    } catch (error) {
      if (!signal.aborted) failed('endpoint', error);
    } finally {
      speech.close();
    }
  };

  const readWords = async (): Promise<void> => {
    try {
      for await (const heard of ears.transcribe(speech, signal)) {
        const strip = wakeWordMayLead && heard.segment === firstSegment;
        hear({ kind: 'transcript', transcript: strip ? stripped(heard, ears.withoutWakeWord) : heard });
      }
    } catch (error) {
      if (!signal.aborted) failed('transcribe', error);
    }
  };

  await Promise.all([findSpeech(), readWords()]);
};

/** Both readings without what is left of the wake word at their beginning. */
const stripped = (heard: Transcript, strip: (text: string) => string): Transcript => ({
  ...heard,
  text: strip(heard.text),
  ...(heard.asCommand !== undefined && { asCommand: strip(heard.asCommand) }),
});
