import { setMaxListeners } from 'node:events';
import { isAbort, messageOf } from '../../faults.js';
import type { Log } from '../../log.js';
import type { Options } from '../../options/schema.js';
import type { Milliseconds } from '../../units.js';
import type { Row } from '../rows.js';
import { pick, type Utterance } from '../spoken-set.js';
import { saidCommands } from '../wyoming/said-commands.js';
import { ask, hearLive, ping, recognise, speak } from './good-client.js';
import { measureIdle } from './idle.js';
import { loadRows } from './load-rows.js';
import { type LoadMeasurements, type LoadSection, noLoadMeasurements } from './measurements.js';
import { measureFraming, measureLoopback } from './overhead.js';
import { type ServingProgram, startProgram, untilQuiet } from './program.js';
import { measureSatellite } from './satellite-path.js';
import { measureStreamedSpeech, textOf } from './streamed-speech.js';
import { measureTranscript } from './transcripts.js';
import { measureUnderAttack } from './under-attack.js';
import { measureUnderWork } from './under-work.js';
import { wakeFigures } from './wake-figures.js';
import { playAlone, playAtOnce } from './wake-load.js';
import { readWords, wakeStreams } from './wake-streams.js';

export interface LoadRequest {
  readonly options: Options;
  readonly log: Log;
  /** The whole bench set: its wake words are spoken to the program. */
  readonly utterances: readonly Utterance[];
  /** Real recordings with a wake word, labelled as the bench set. */
  readonly recordings: readonly Utterance[];
  /** A minute instead of four. */
  readonly quick: boolean;
  readonly signal: AbortSignal;
  readonly show: (text: string) => void;
}

interface Plan {
  readonly streams: readonly number[];
  readonly streamLength: Milliseconds;
  readonly idle: Milliseconds;
  readonly work: Milliseconds;
  readonly hostile: number;
  readonly hostileWithin: Milliseconds;
  readonly returns: Milliseconds;
  readonly chunks: number;
  readonly texts: number;
  readonly commands: number;
  readonly blocks: number;
  readonly settle: Milliseconds;
}

const WHOLE: Plan = {
  streams: [1, 8, 16, 50],
  streamLength: 14_000,
  idle: 4_000,
  work: 15_000,
  hostile: 2_000,
  hostileWithin: 45_000,
  returns: 20_000,
  chunks: 100_000,
  texts: 12,
  commands: 8,
  blocks: 300,
  settle: 30_000,
};
const QUICK: Plan = {
  streams: [1, 50],
  streamLength: 7_000,
  idle: 1_000,
  work: 6_000,
  hostile: 400,
  hostileWithin: 9_000,
  returns: 4_000,
  chunks: 20_000,
  texts: 3,
  commands: 2,
  blocks: 100,
  settle: 5_000,
};

const IDLE_CONNECTIONS = 500;
/** Wake words of the set that are used; more would only take time to read. */
const WORDS = 200;
/** Words follow one another as fast as the options allow: after the deaf time there is a lead and the word itself. */
const LEAST_PERIOD: Milliseconds = 3_400;
const WORD_AND_LEAD: Milliseconds = 1_500;
const QUESTION_EVERY: Milliseconds = 100;
/** As long as what is synthesized in one piece, at most 100 characters: memory that the voice takes for it is the voice's. */
const LONG_SENTENCE =
  'The keeper of the silent northern harbour lights went away long before the first snow of winter.';
/** Streams of listeners while all services work. */
const LISTENERS = 8;

/**
 * Measures the Wyoming services of the real program under load and under attack, from another process. What was
 * measured when the signal is aborted is told.
 */
export const measureServices = async (given: LoadRequest): Promise<readonly Row[]> => {
  const into = noLoadMeasurements();
  const signal = AbortSignal.any([given.signal]);
  // Hundreds of connections listen to it.
  setMaxListeners(0, signal);
  const request = { ...given, signal };
  const plan = request.quick ? QUICK : WHOLE;
  let program: ServingProgram | undefined;
  try {
    request.show('starting the program');
    program = await startProgram(request.options, signal);
    await untilQuiet(program, plan.settle, signal);
    await measureAll(program, plan, request, into);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await program?.stop();
  }
  return loadRows(into);
};

const measureAll = async (
  program: ServingProgram,
  plan: Plan,
  { log, options, recordings, show, signal, utterances }: LoadRequest,
  into: LoadMeasurements,
): Promise<void> => {
  const section = async (name: LoadSection, work: () => Promise<void>): Promise<void> => {
    if (signal.aborted) return void into.missing.set(name, 'ended before');
    try {
      show(name);
      await work();
    } catch (error) {
      if (!signal.aborted && isAbort(error)) throw error;
      into.missing.set(name, signal.aborted ? 'ended before' : messageOf(error));
    }
  };
  const { uri } = program;
  const period = Math.max(LEAST_PERIOD, 1000 * options.wake.refractory + WORD_AND_LEAD);
  const words = await readWords([...recordings, ...pick(utterances, WORDS)], signal);
  const commands = await saidCommands(utterances, plan.commands, signal);

  await section('wake streams', async () => {
    const streams = wakeStreams(words, Math.max(...plan.streams), plan.streamLength, period);
    const alone = await playAlone(uri, streams, signal);
    for (const count of plan.streams) {
      show(`wake words: ${count} streams at once`);
      const some = streams.slice(0, count);
      const { cpu, results } = await playAtOnce(program, some, period, signal);
      into.wake.push({ streams: count, figures: wakeFigures(some, alone, results), cpu });
    }
  });

  await section('idle', async () => {
    show(`${IDLE_CONNECTIONS} idle connections`);
    into.idle = await measureIdle(program, IDLE_CONNECTIONS, plan.idle, signal);
  });

  const command = commands[0]!;
  const talk = `${LONG_SENTENCE} Nobody has heard of her for years.`;
  const question = 'is the living room lamp on';
  await section('at work', async () => {
    show('all services at work');
    const streams = wakeStreams(words, LISTENERS, plan.work, period);
    const exchanges = [
      { exchange: hearLive(command), rest: 0 },
      { exchange: speak(talk), rest: 0 },
      { exchange: ask(question), rest: QUESTION_EVERY },
    ];
    into.work = await measureUnderWork({ program, streams, exchanges, signal });
  });

  await section('hostile', async () => {
    into.hostile = await measureUnderAttack({
      program,
      exchanges: plan.hostile,
      within: plan.hostileWithin,
      returnsWithin: plan.returns,
      good: [ping, ask(question), speak(LONG_SENTENCE), recognise(command)],
      show: (done) => show(`hostile peers: ${done} of ${plan.hostile} exchanges`),
      signal,
    });
  });

  await section('protocol', async () => {
    into.framing = await measureFraming(plan.chunks);
    into.loopback = await measureLoopback(plan.chunks / 100);
  });

  await section('speech', async () => {
    // The same text would be in the voice's cache from the last run.
    const first = Math.floor(Math.random() * 10_000);
    const texts = Array.from({ length: plan.texts }, (_, i) => textOf(first + i));
    for (const [times, name] of [
      [into.fresh, 'new'],
      [into.cached, 'spoken before'],
    ] as const) {
      for (const [i, text] of texts.entries()) {
        show(`streamed text, ${name}: ${i + 1} of ${texts.length}`);
        times.push(await measureStreamedSpeech(uri, text, signal));
      }
    }
  });

  await section('recognition', async () => {
    for (const [i, said] of commands.entries()) {
      show(`command ${i + 1} of ${commands.length}`);
      into.transcripts.push(await measureTranscript(uri, said, signal));
    }
  });

  await section('satellite', async () => {
    into.satellite = await measureSatellite(plan.blocks, log, signal);
  });
};
