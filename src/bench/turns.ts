import type { Assistant } from '../main.js';
import { type Milliseconds, type SampleIndex, toSamples } from '../units.js';
import type { EventLoopWatch } from './event-loop.js';
import { type Played, playUtterance } from './play-utterance.js';
import { readSound } from './sound.js';
import type { Utterance } from './spoken-set.js';
import { judge, type Verdict } from './verdict.js';

/** What one utterance of the bench set has come to. */
export interface TurnFigures {
  readonly file: string;
  readonly kind: Utterance['kind'];
  readonly say: string;
  readonly speaker: number | undefined;
  readonly pause: Milliseconds;
  readonly verdict: Verdict;
  /** The text that was acted on. */
  readonly heard: string | undefined;
  readonly understood: string | undefined;
  readonly replies: readonly string[];
  readonly missed: boolean;
  readonly reopened: number;
  /** Acted for good on sound that ends before the sentence does. */
  readonly cutShort: boolean;
  readonly cached: boolean;
  /** From the end of the wake word, as labelled, to the program's knowing it. */
  readonly wake?: Milliseconds;
  /** From the last sound, as labelled, to the first sound of the answer. */
  readonly total?: Milliseconds;
  /** The parts of it, as far as they were marked; all from the labelled last sound. */
  readonly marks: Readonly<Record<string, Milliseconds>>;
}

export interface TurnsRequest {
  readonly assistant: Assistant;
  readonly utterances: readonly Utterance[];
  readonly signal: AbortSignal;
  readonly loop: EventLoopWatch;
  readonly onTurn: (figures: TurnFigures) => void;
}

/** Beyond the time in which a turn may still reopen. */
const MARGIN: Milliseconds = 100;
/** A shorter piece is no word, and the detector's own error is half of it. */
const SYLLABLE: Milliseconds = 200;

/**
 * Plays utterances one after the other, each to a house as new. Ends early when the signal is aborted: what was
 * measured so far has been told.
 */
export const measureTurns = async (request: TurnsRequest): Promise<void> => {
  const { assistant, utterances, signal, loop, onTurn } = request;
  for (const utterance of utterances) {
    if (signal.aborted) break;
    try {
      onTurn(await measureTurn(assistant, utterance, loop, signal));
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
};

const measureTurn = async (
  assistant: Assistant,
  utterance: Utterance,
  loop: EventLoopWatch,
  signal: AbortSignal,
): Promise<TurnFigures> => {
  const { command, kind, wakeEnd, lastSound } = utterance;
  const samples = await readSound(utterance.file, signal);
  assistant.demo!.reset();
  const before = assistant.demo!.snapshot();
  let played: Played;
  try {
    played = await playUtterance(assistant, {
      samples,
      lastSound,
      after: assistant.options.endpoint.reopen + MARGIN,
      signal,
      onWake: () => loop.watch(),
    });
  } finally {
    loop.rest();
  }
  const { turn, timeOf, woken } = played;
  const after = assistant.demo!.snapshot();
  const said = wordsOf(command.say);
  const from = timeOf(lastSound);
  const answer = turn?.said && turn.timeline.moments.get('firstAudio');
  const heard = turn?.said?.text;
  return {
    file: utterance.file,
    kind,
    say: said,
    speaker: utterance.speaker,
    pause: utterance.pause,
    verdict: judge(command, { before, after, outcomes: turn?.outcomes ?? [], replies: turn?.replies ?? [] }),
    heard,
    understood: turn?.understanding?.kind,
    replies: turn?.replies.map(({ text }) => text) ?? [],
    missed: woken === undefined,
    reopened: turn?.reopened ?? 0,
    cutShort:
      heard !== undefined && heard !== said && endsEarly(turn?.timeline.moments.get('lastSound')?.at, lastSound),
    cached: played.cached,
    ...(woken !== undefined && { wake: woken - timeOf(wakeEnd) }),
    ...(answer && { total: answer.time - from }),
    marks: Object.fromEntries([...(turn?.timeline.moments ?? [])].map(([name, { time }]) => [name, time - from])),
  };
};

const endsEarly = (actedOn: SampleIndex | undefined, lastSound: SampleIndex): boolean =>
  actedOn !== undefined && actedOn + toSamples(SYLLABLE) < lastSound;

/** A sentence as it would be written by a recogniser without a fault. */
export const wordsOf = (say: string): string => say.replaceAll('|', ' ').replace(/\s+/g, ' ').trim();
