import { feedRing } from '../audio/feed.js';
import { readWav } from '../audio/read-wav.js';
import { createRing, type Ring, ringCapacity } from '../audio/ring.js';
import { systemClock } from '../clock.js';
import { type Ears, openEars } from '../ears.js';
import { hearingModels } from '../model-needs.js';
import type { SpeechEvent, Transcript } from '../stages.js';
import { CAPTURE_RATE, type Milliseconds, type SampleIndex, type Seconds } from '../units.js';
import type { Setting } from './setting.js';

/** Something on the time axis of a recording; times are seconds from its beginning. */
interface Found {
  readonly at: Seconds;
  readonly kind: 'wake' | 'speech' | 'pause' | 'draft' | 'final' | 'end';
  readonly word?: string;
  readonly score?: number;
  readonly text?: string;
  readonly engine?: string;
  readonly reason?: string;
}

/** Silence after the recording, in which its last sentence comes to an end. */
const TAIL: Seconds = 2;
/** A recogniser that needs longer for a draft is not waited for. */
const DRAFT_LIMIT: Milliseconds = 2000;

/** Shows what is heard in a recording: wake words, speech, pauses, drafts and transcripts. Nothing is done about it. */
export const listen = async (setting: Setting, file: string, flags: { readonly json?: boolean }): Promise<number> => {
  const { options, log, signal } = setting;
  const recording = await readWav(file, signal);
  if (recording.warning) log.warn(recording.warning);
  const models = await setting.fetch(hearingModels(options));
  const ears = await openEars({ options, models, log });
  let count = 0;
  const show = (found: Found): void => {
    count += 1;
    console.log(flags.json === true ? JSON.stringify(found) : describe(found));
  };
  const over = new AbortController();
  const whole = AbortSignal.any([signal, over.signal]);
  try {
    const ring = createRing({ capacity: ringCapacity(options.endpoint.max_command) });
    const readers = [wakeWords(ears, ring, whole, show), speech(ears, ring, whole, show)];
    // As fast as the recognisers are: nobody waits for an answer here.
    const feed = feedRing(recording.audio, ring, { paced: false, clock: systemClock, signal: whole, tail: TAIL });
    const fed = feed.stopped.finally(() => ring.close());
    await Promise.all([fed, ...readers]);
    if (count === 0 && flags.json !== true) {
      console.log(`Neither a wake word nor speech was heard in ${recording.duration.toFixed(1)} s.`);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    over.abort();
    await ears.close();
  }
  return 0;
};

type Show = (found: Found) => void;

const seconds = (at: SampleIndex): Seconds => Math.round((at / CAPTURE_RATE) * 1000) / 1000;

const wakeWords = async (ears: Ears, ring: Ring, signal: AbortSignal, show: Show): Promise<void> => {
  for await (const { word, score, at } of ears.wake.detect(ring.read({ from: 0, signal }), signal)) {
    show({ at: seconds(at), kind: 'wake', word, score: Math.round(score * 1000) / 1000 });
  }
};

const speech = async (ears: Ears, ring: Ring, signal: AbortSignal, show: Show): Promise<void> => {
  let drafted: () => void = () => {};
  const onTranscript = ({ kind, text, through, engine }: Transcript): void => {
    if (kind === 'partial') return;
    show({ at: seconds(through), kind, text, engine });
    if (kind === 'draft') drafted();
  };

  async function* events(): AsyncGenerator<SpeechEvent> {
    for await (const event of ears.endpoint(ring.read({ from: 0, signal }), signal)) {
      if (event.kind === 'started') show({ at: seconds(event.at), kind: 'speech' });
      if (event.kind === 'ended') show({ at: seconds(event.lastSound), kind: 'end', reason: event.reason });
      if (event.kind !== 'paused') {
        yield event;
        continue;
      }
      show({ at: seconds(event.lastSound), kind: 'pause' });
      // The recording goes on faster than anybody speaks: without a stop here every draft would be overtaken.
      const draft = new Promise<void>((resolve) => {
        drafted = resolve;
      });
      yield event;
      const waited = new AbortController();
      const limit = systemClock.sleep(DRAFT_LIMIT, AbortSignal.any([signal, waited.signal])).catch(() => {});
      await Promise.race([draft, limit]);
      waited.abort();
    }
  }

  for await (const transcript of ears.transcribe(events(), signal)) onTranscript(transcript);
};

const LABELS: Readonly<Record<Found['kind'], string>> = {
  wake: 'wake word',
  speech: 'speech begins',
  pause: 'pause',
  draft: 'draft',
  final: 'transcript',
  end: 'speech ends',
};

const describe = ({ at, kind, word, score, text, engine, reason }: Found): string => {
  const what = [
    ...(word === undefined ? [] : [`${word} (score ${score})`]),
    ...(text === undefined ? [] : [text === '' ? '(no words)' : `“${text}”`]),
    ...(engine === undefined ? [] : [`by ${engine}`]),
    ...(reason === undefined ? [] : [`(${reason.replaceAll('_', ' ')})`]),
  ];
  return `${at.toFixed(2).padStart(8)} s  ${LABELS[kind].padEnd(14)} ${what.join(' ')}`.trimEnd();
};
