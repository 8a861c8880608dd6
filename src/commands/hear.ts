import type { TurnResult } from '../assistant/turn.js';
import { feedRing } from '../audio/feed.js';
import { readWav } from '../audio/read-wav.js';
import { createRing, ringCapacity } from '../audio/ring.js';
import { type Clock, systemClock } from '../clock.js';
import { difference } from '../home/snapshot.js';
import type { Assistant } from '../main.js';
import type { Change, Detection, Speaker, Transcript } from '../stages.js';
import { type Load, measureLoad } from '../timeline/load.js';
import { type Seconds, toMilliseconds } from '../units.js';

/** What came of a recording. */
export interface Heard {
  readonly duration: Seconds;
  readonly turns: readonly HeardTurn[];
  readonly detections: readonly Detection[];
  /** What is wrong with the file though it could be used. */
  readonly warning?: string;
}

export interface HeardTurn {
  readonly detection: Detection;
  readonly result: TurnResult;
  /** What is different in the house since the recording began. */
  readonly changes: readonly Change[];
  /** The first sentence was there already. */
  readonly cached: boolean;
  /** Of the machine meanwhile, where it was measured. */
  readonly load?: Load;
}

export interface HearRequest {
  readonly speaker: Speaker;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly onWake?: (detection: Detection) => void;
  readonly onTranscript?: (transcript: Transcript) => void;
}

/** Silence after the recording in which a wake word at its very end is still found. */
const SETTLE: Seconds = 0.6;

/** Plays a recording to the assistant in real time, as a microphone would have, until all its turns are over. */
export const hearRecording = async (assistant: Assistant, path: string, request: HearRequest): Promise<Heard> => {
  const { speaker, clock = systemClock } = request;
  const recording = await readWav(path, request.signal);
  const ring = createRing({ capacity: ringCapacity(assistant.options.endpoint.max_command) });
  const over = new AbortController();
  const signal = AbortSignal.any([request.signal, over.signal]);
  const before = assistant.demo?.snapshot() ?? [];
  const turns: HeardTurn[] = [];
  const detections: Detection[] = [];
  let open = 0;
  let quiet: () => void = () => {};
  let fresh = assistant.speaking.voice.stats().fresh;
  let meter = measureLoad();
  const resume = assistant.speaking.voice.hold();
  try {
    const feed = feedRing(recording.audio, ring, { paced: true, clock, signal });
    const session = assistant.converse({ ring, timeOf: feed.capture.timeOf }, speaker, signal, {
      onWake: (detection) => {
        open += 1;
        detections.push(detection);
        meter = measureLoad();
        request.onWake?.(detection);
      },
      ...(request.onTranscript && { onTranscript: request.onTranscript }),
      onTurn: (result, detection) => {
        const now = assistant.speaking.voice.stats().fresh;
        const changes = assistant.demo
          ? difference(before, assistant.demo.snapshot())
          : result.outcomes.flatMap(({ changed }) => changed);
        turns.push({ detection, result, changes, cached: now === fresh, load: meter.stop() });
        fresh = now;
        meter = measureLoad();
      },
      onQuiet: () => {
        open -= 1;
        quiet();
      },
    });
    session.catch(() => over.abort());
    const length = await feed.ended;
    await clock.sleep(SETTLE * 1000, signal).catch(() => {});
    while (open > 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        quiet = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    over.abort();
    await session;
    return {
      duration: toMilliseconds(length) / 1000,
      turns,
      detections,
      ...(recording.warning !== undefined && { warning: recording.warning }),
    };
  } finally {
    over.abort();
    resume();
    meter.stop();
  }
};
