import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import type { Audio, Detection, Endpointer, WakeDetector } from '../stages.js';
import type { Milliseconds, SampleIndex } from '../units.js';
import { type Connection, WyomingError } from '../wyoming/index.js';
import type { Happening } from './drive.js';
import type { RunId } from './state.js';
import { endOfSpeech, sendAudio } from './upload.js';

/** Sound as it is remembered: read from any moment of the recent past. */
export interface Microphone {
  read(from: SampleIndex, signal: AbortSignal): Audio;
  /** The position of the next sample to come. */
  readonly now: SampleIndex;
}

export interface EarsSettings {
  readonly wake: WakeDetector;
  readonly microphone: Microphone;
  /** Where a wake word ends, and with it where the command begins. Default: at the detection. */
  readonly wordEnd?: (detection: Detection, microphone: Microphone, signal: AbortSignal) => Promise<SampleIndex>;
  /** Finds the end of speech here, so that it is not waited for Core's own detector. */
  readonly endpoint?: Endpointer;
  /** How long the endpointer waits for the first word; 8 s by default. */
  readonly patience?: Milliseconds;
}

/** Does with the microphone what the machine says. */
export interface Ears {
  /** Whether wake words are waited for. */
  listen(on: boolean): void;
  /** Sends a command to a server, from the end of its wake word, or from now. */
  stream(run: RunId, connection: Connection, detection: Detection | undefined): void;
  stopStream(run: RunId): void;
  /** Stops everything; resolves when nothing is read any more. */
  close(): Promise<void>;
}

const PATIENCE: Milliseconds = 8_000;
/** A wake word detector that has failed is started again after this. */
const RETRY: Milliseconds = 5_000;

export const createEars = (
  { wake, microphone, wordEnd, endpoint, patience = PATIENCE }: EarsSettings,
  { take, log, clock }: { readonly take: (what: Happening) => void; readonly log: Log; readonly clock: Clock },
): Ears => {
  let listening: AbortController | undefined;
  const streaming = new Map<RunId, AbortController>();
  const work = new Set<Promise<void>>();

  const begin = (task: Promise<void>): void => {
    work.add(task);
    void task.finally(() => work.delete(task));
  };

  const hear = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        for await (const detection of wake(microphone.read(microphone.now, signal), signal)) {
          if (signal.aborted) return;
          take({ kind: 'woken', detection });
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        log.error({ error }, 'the wake word detector has failed; it is started again');
        await clock.sleep(RETRY, signal).catch(() => {});
      }
    }
  };

  /** Until the speech ends by our own judgement, or the microphone does. */
  const upload = async (
    run: RunId,
    connection: Connection,
    detection: Detection | undefined,
    control: AbortController,
  ): Promise<void> => {
    const { signal } = control;
    try {
      const from = await beginOf(detection, signal);
      const spoken = (): void => {
        if (!signal.aborted) take({ kind: 'spoken', run });
      };
      const ended = endpoint && endOfSpeech(endpoint, microphone.read(from, signal), patience, signal);
      ended?.then(spoken, (error) => {
        if (!signal.aborted) log.error({ error }, 'the end of speech is not found here; it is left to the server');
      });
      await sendAudio(microphone.read(from, signal), connection, signal);
      spoken();
    } catch (error) {
      // A connection that breaks is noticed where it is read.
      if (signal.aborted || error instanceof WyomingError) return;
      log.error({ error }, 'the microphone cannot be sent');
      take({ kind: 'spoken', run });
    } finally {
      control.abort();
      streaming.delete(run);
    }
  };

  const beginOf = async (detection: Detection | undefined, signal: AbortSignal): Promise<SampleIndex> => {
    if (!detection) return microphone.now;
    return wordEnd ? wordEnd(detection, microphone, signal) : detection.at;
  };

  return {
    listen(on) {
      listening?.abort();
      listening = on ? new AbortController() : undefined;
      if (listening) begin(hear(listening.signal));
    },
    stream(run, connection, detection) {
      const control = new AbortController();
      streaming.set(run, control);
      begin(upload(run, connection, detection, control));
    },
    stopStream: (run) => streaming.get(run)?.abort(),
    async close() {
      listening?.abort();
      for (const control of streaming.values()) control.abort();
      await Promise.all(work);
    },
  };
};
