import { setTimeout as pause } from 'node:timers/promises';
import { toInt16 } from '../../audio/pcm.js';
import { CAPTURE_RATE, type Milliseconds, type SampleIndex, toMilliseconds, toSamples } from '../../units.js';
import type { CoreEvent, CoreSession } from './core-session.js';

export interface RunRequest {
  readonly pipeline: string;
  readonly startStage: 'wake_word' | 'stt' | 'intent';
  readonly endStage?: 'intent' | 'tts';
  /** What is said: 16 kHz, in real time, with silence after it while Home Assistant listens. */
  readonly sound?: Float32Array;
  /** Or what is written. */
  readonly text?: string;
  readonly conversation?: string;
  readonly signal?: AbortSignal;
  /** At each event of the run, and each piece of sound that was sent. */
  readonly onEvent?: (event: TimedEvent) => void;
}

export interface TimedEvent extends CoreEvent {
  /** On the clock of `performance.now()`. */
  readonly at: Milliseconds;
}

/** The spoken reply as it came. */
export interface SpokenReply {
  readonly url: string;
  readonly asked: Milliseconds;
  /** Of the sound itself: what comes before it is no sound yet. NaN where there is none. */
  readonly firstSound: Milliseconds;
  readonly lastByte: Milliseconds;
  readonly bytes: Uint8Array;
  readonly status: number;
}

/** What came of a run of a voice assistant. */
export interface PipelineRun {
  readonly events: readonly TimedEvent[];
  /** When a sample of what was said was in the room. */
  readonly timeOf: (position: SampleIndex) => Milliseconds;
  readonly heard?: string;
  readonly reply?: string;
  /** As Home Assistant calls it: `action_done`, `error`. */
  readonly outcome?: string;
  readonly conversation?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly spoken?: SpokenReply;
}

/** What a microphone hands over at a time. */
const FRAME = toSamples(20);
/** Longer than any pause, and than Home Assistant's own detector waits. */
const SILENCE = toSamples(8_000);
/** Longer than any turn. */
const LIMIT: Milliseconds = 60_000;

/** Runs a voice assistant of Home Assistant over its websocket, up to the last byte of the spoken reply. */
export const runPipeline = async (session: CoreSession, request: RunRequest): Promise<PipelineRun> => {
  const { pipeline, startStage, endStage = 'tts', sound, text, conversation, onEvent } = request;
  const over = new AbortController();
  const signal = AbortSignal.any([
    over.signal,
    AbortSignal.timeout(LIMIT),
    ...(request.signal ? [request.signal] : []),
  ]);
  const events: TimedEvent[] = [];
  let began: Milliseconds = 0;
  let sending: Promise<void> | undefined;
  const quiet = new AbortController();
  let speaking: Promise<SpokenReply> | undefined;

  const ended = new Promise<void>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    const take = ({ type, data }: CoreEvent): void => {
      const event: TimedEvent = { type, data, at: performance.now() };
      events.push(event);
      onEvent?.(event);
      if (type === 'run-start' && sound) {
        const handler = at<number>(data, 'runner_data', 'stt_binary_handler_id');
        began = performance.now();
        sending = send(session, handler!, sound, began, AbortSignal.any([signal, quiet.signal]));
        sending.catch(reject);
      }
      if (type === 'stt-end' || type === 'stt-vad-end' || type === 'error') quiet.abort();
      if (type === 'tts-end') speaking = fetchReply(session.url + at<string>(data, 'tts_output', 'url'), signal);
      speaking?.catch(reject);
      if (type === 'run-end') resolve();
    };
    session
      .ask(
        {
          type: 'assist_pipeline/run',
          start_stage: startStage,
          end_stage: endStage,
          pipeline,
          ...(conversation !== undefined && { conversation_id: conversation }),
          input: text === undefined ? { sample_rate: CAPTURE_RATE } : { text },
        },
        take,
      )
      .catch(reject);
  });
  try {
    await ended;
    quiet.abort();
    await sending;
    const spoken = await speaking;
    return {
      events,
      timeOf: (position) => began + toMilliseconds(position),
      ...told(events),
      ...(spoken && { spoken }),
    };
  } finally {
    over.abort();
  }
};

const told = (events: readonly TimedEvent[]): Omit<PipelineRun, 'events' | 'timeOf' | 'spoken'> => {
  const of = (type: string) => events.find((event) => event.type === type)?.data;
  const heard = at<string>(of('stt-end'), 'stt_output', 'text');
  const answer = of('intent-end');
  const reply = at<string>(answer, 'intent_output', 'response', 'speech', 'plain', 'speech');
  const outcome = at<string>(answer, 'intent_output', 'response', 'response_type');
  const conversation = at<string>(answer, 'intent_output', 'conversation_id');
  const error = of('error') as unknown as PipelineRun['error'] | undefined;
  return {
    ...(heard !== undefined && { heard }),
    ...(reply !== undefined && { reply }),
    ...(outcome !== undefined && { outcome }),
    ...(conversation !== undefined && { conversation }),
    ...(error && { error }),
  };
};

/** A sample is sent when it would have been recorded; then silence, until somebody has heard enough. */
const send = async (
  session: CoreSession,
  handler: number,
  sound: Float32Array,
  began: Milliseconds,
  quiet: AbortSignal,
): Promise<void> => {
  for (let from = 0; from < sound.length + SILENCE && !quiet.aborted; from += FRAME) {
    const left = began + toMilliseconds(from + FRAME) - performance.now();
    if (left > 0) await pause(left);
    if (quiet.aborted) break;
    const samples = new Float32Array(FRAME);
    samples.set(sound.subarray(from, from + FRAME));
    const pcm = toInt16(samples);
    const frame = new Uint8Array(1 + pcm.byteLength);
    frame[0] = handler;
    frame.set(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength), 1);
    session.sendBinary(frame);
  }
  session.sendBinary(Uint8Array.of(handler));
};

const fetchReply = async (url: string, signal: AbortSignal): Promise<SpokenReply> => {
  const asked = performance.now();
  const response = await fetch(url, { signal });
  let firstSound = Number.NaN;
  let length = 0;
  const parts: Uint8Array[] = [];
  for await (const part of response.body ?? []) {
    parts.push(part as Uint8Array);
    length += (part as Uint8Array).length;
    if (Number.isNaN(firstSound) && length > headerOf(parts)) firstSound = performance.now();
  }
  return { url, asked, firstSound, lastByte: performance.now(), bytes: Buffer.concat(parts), status: response.status };
};

const WAV_HEADER = 44;
const ID3_HEADER = 10;

/** Bytes before the sound: of a WAV as Home Assistant writes it, or the ID3v2 tag of an MP3 (id3.org, "ID3 tag version 2.4.0"). */
const headerOf = (parts: readonly Uint8Array[]): number => {
  const head = Buffer.concat(parts.slice(0, 4));
  if (head.toString('latin1', 0, 4) === 'RIFF') return WAV_HEADER;
  if (head.toString('latin1', 0, 3) !== 'ID3') return 0;
  if (head.length < ID3_HEADER) return ID3_HEADER;
  // Four bytes of seven bits each.
  return ID3_HEADER + head.subarray(6, 10).reduce((size, byte) => size * 128 + byte, 0);
};

/** A value somewhere inside what Home Assistant sends, undefined where it is not there. */
const at = <Value>(data: unknown, ...path: readonly string[]): Value | undefined =>
  path.reduce<unknown>(
    (inside, name) =>
      typeof inside === 'object' && inside !== null ? (inside as Record<string, unknown>)[name] : undefined,
    data,
  ) as Value | undefined;
