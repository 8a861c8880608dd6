import { createRing, type Ring } from '../audio/ring.js';
import { type Clock, systemClock } from '../clock.js';
import type { Log } from '../log.js';
import type { Audio } from '../stages.js';
import type { Decibels, Milliseconds, SampleIndex, Samples } from '../units.js';
import { createConditioner } from './conditioner.js';
import { restartPauses } from './pauses.js';
import {
  chooseRecorder,
  type RecorderName,
  type RecorderSettings,
  recorderCommand,
  recorderFormat,
} from './recorders.js';
import { type RecorderCommand, type StartRecording, startRecording } from './recording.js';
import { createSampleTimes } from './sample-times.js';

/** `lost`: no sound comes; it is tried again for ever. `muted`: nothing records at all. */
export type MicrophoneState = 'starting' | 'recording' | 'lost' | 'muted' | 'closed';

export interface MicrophoneOptions {
  /** Default `auto`: parec where a sound server answers, else arecord, else rec. */
  readonly recorder?: 'auto' | RecorderName;
  /**
   * A source of PulseAudio by its name or a part of its name or description; a PCM of ALSA; for sox what AUDIODEV
   * takes. Default: the system's own choice, which may change.
   */
  readonly device?: string;
  /** From 1; default: all channels mixed. */
  readonly channel?: number;
  readonly gain?: Decibels;
  /** Begin without recording. Default false. */
  readonly muted?: boolean;
  /** What the ring holds; default 30 s. */
  readonly capacity?: Samples;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface Microphone {
  readonly ring: Ring;
  /** Sound from a position on the capture clock on, which may be in the past. Ends when the microphone is closed. */
  read(from: SampleIndex, signal: AbortSignal): Audio;
  /** The position of the next sample to come. */
  readonly now: SampleIndex;
  /** When a sample was in the room. */
  timeOf(position: SampleIndex): Milliseconds;
  readonly state: MicrophoneState;
  /** The process that records, if there is one. */
  readonly pid: number | undefined;
  /** Is told of every change of the state until the returned function is called. */
  onState(listener: (state: MicrophoneState) => void): () => void;
  /** Ends the recorder, or starts it again: while it is muted, nothing on this machine records for us. */
  mute(on: boolean): void;
  /** Resolves when the recorder is gone. */
  close(): Promise<void>;
}

/** For tests: the world that a microphone lives in. */
export interface MicrophoneWorld {
  readonly command: (signal: AbortSignal) => Promise<RecorderCommand | undefined>;
  readonly start: StartRecording;
}

/** No data for so long, and the recorder is started again. */
const SILENT: Milliseconds = 2_000;
/** The first sound may take longer: a device wakes up. */
const FIRST_SOUND: Milliseconds = 4_000;
/** While nothing records, silence is written so often … */
const FILL_EVERY: Milliseconds = 100;
/** … and so far behind the clock that the sound that returns still has its place. */
const FILL_BEHIND: Milliseconds = 300;
const NOTHING = new Float32Array(0);

/**
 * Opens the microphone and keeps it open: a recorder that ends, hangs, loses its device or its server is started again,
 * with pauses of at most a second, for ever. What was not recorded is silence at its place, so that positions stay
 * true to the clock, and who counts silence comes to an end.
 *
 * @throws Fault `usage` where no recorder is installed. A device that is missing is waited for.
 */
export const openMicrophone = async (options: MicrophoneOptions): Promise<Microphone> => {
  const recorder = await chooseRecorder(options.recorder ?? 'auto');
  const { device, channel } = options;
  const settings: RecorderSettings = {
    recorder,
    ...(device !== undefined && { device }),
    ...(channel !== undefined && { channel }),
  };
  return superviseMicrophone(options, settings, {
    command: (signal) => recorderCommand(settings, signal),
    start: startRecording,
  });
};

export const superviseMicrophone = (
  options: MicrophoneOptions,
  settings: RecorderSettings,
  world: MicrophoneWorld,
): Microphone => {
  const { log, clock = systemClock, capacity } = options;
  const ring = createRing(capacity === undefined ? {} : { capacity });
  const times = createSampleTimes();
  const closed = new AbortController();
  const listeners = new Set<(state: MicrophoneState) => void>();
  let state: MicrophoneState = 'starting';
  let muted = options.muted ?? false;
  /** Ends what is under way: a recording, a pause, the wait of a muted microphone. */
  let turn = new AbortController();
  let pid: number | undefined;
  let lostAt: Milliseconds | undefined;
  let filling: Promise<void> = Promise.resolve();

  const become = (next: MicrophoneState): void => {
    if (state === next) return;
    const recorded = state === 'recording';
    state = next;
    if (recorded) filling = fill().catch(() => {});
    for (const listener of [...listeners]) listener(next);
  };

  /** Silence in place of what nobody records. */
  const fill = async (): Promise<void> => {
    const recording = (): boolean => state === 'recording';
    while (!recording()) {
      await clock.sleep(FILL_EVERY, closed.signal);
      const until = times.positionAt(clock.now() - FILL_BEHIND);
      if (!recording() && until !== undefined && until > ring.end) ring.write(NOTHING, until);
    }
  };

  /** One run of the recorder, to its end. The reason for it; undefined where it was wanted. */
  const record = async (signal: AbortSignal, onSound: () => void): Promise<string | undefined> => {
    const command = await world.command(signal);
    if (signal.aborted) return undefined;
    if (!command) return `there is no microphone "${settings.device}"`;
    const conditioner = createConditioner({
      ...recorderFormat(settings),
      ...(settings.channel !== undefined && { channel: settings.channel }),
      ...(options.gain !== undefined && { gain: options.gain }),
    });
    const over = new AbortController();
    let reason: string | undefined;
    let heard = false;
    let dueBy = clock.now() + FIRST_SOUND;
    const recording = await world.start(command, {
      onSound: (pcm) => {
        if (over.signal.aborted || signal.aborted) return;
        const arrived = clock.now();
        dueBy = arrived + SILENT;
        const samples = conditioner.take(pcm);
        if (samples.length === 0) return;
        ring.write(samples, times.place(samples.length, arrived, ring.end, !heard));
        if (!heard) onSound();
        heard = true;
      },
      onLine: (line) => {
        // What else is there to be heard is not the microphone, but perhaps our own voice.
        if (settings.device !== undefined && /^Stream moved to device /.test(line)) {
          reason ??= 'the microphone is gone';
          recording.kill();
        }
      },
    });
    pid = recording.pid;
    const onAbort = (): void => recording.kill();
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const watch = async (): Promise<void> => {
      for (let now = clock.now(); now < dueBy; now = clock.now()) {
        // The first sound may bring its moment nearer.
        await clock.sleep(Math.min(dueBy - now, SILENT), over.signal);
      }
      reason ??= heard ? 'no sound comes any more' : 'no sound comes';
      recording.kill();
    };
    watch().catch(() => {});
    const ended = await recording.ended;
    over.abort();
    signal.removeEventListener('abort', onAbort);
    pid = undefined;
    return signal.aborted ? undefined : (reason ?? ended);
  };

  const recovered = (): void => {
    if (lostAt !== undefined) log.info({ after_ms: Math.round(clock.now() - lostAt) }, 'the microphone is back');
    lostAt = undefined;
    become('recording');
  };

  const failed = (reason: string): void => {
    if (lostAt === undefined) log.warn({ reason }, 'the microphone is lost; it is opened again as soon as it can be');
    else log.debug({ reason }, 'the microphone cannot be opened yet');
    lostAt ??= clock.now();
    become('lost');
  };

  const run = async (): Promise<void> => {
    const pauses = restartPauses(clock);
    while (!closed.signal.aborted) {
      turn = new AbortController();
      const { signal } = turn;
      try {
        if (muted) {
          lostAt = undefined;
          become('muted');
          await aborted(signal);
          if (!closed.signal.aborted) become('starting');
          continue;
        }
        pauses.begin();
        const reason = await record(signal, recovered).catch((error: unknown) => String(error));
        if (reason === undefined) continue;
        failed(reason);
        await clock.sleep(pauses.next(), signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  };

  const running = run();

  return {
    ring,
    read: (from, signal) => ring.read({ from, signal }),
    get now() {
      return ring.end;
    },
    timeOf: times.timeOf,
    get state() {
      return state;
    },
    get pid() {
      return pid;
    },
    onState(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    mute(on) {
      if (on === muted) return;
      muted = on;
      turn.abort();
    },
    async close() {
      closed.abort();
      turn.abort();
      await Promise.all([running, filling]);
      ring.close();
      become('closed');
    },
  };
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
