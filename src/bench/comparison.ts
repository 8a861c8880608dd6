import { writeFile } from 'node:fs/promises';
import type { Setting } from '../commands/setting.js';
import { openEndpointer } from '../endpoint/endpointer.js';
import { isAbort, messageOf } from '../faults.js';
import { personaFile } from '../personas.js';
import { textOf } from './accuracy.js';
import { openWrittenTurns } from './by-text.js';
import type { Progress } from './progress.js';
import { ENGINES, type EngineName, openRecogniser } from './recognisers.js';
import { renderComparison } from './report.js';
import type { Utterance } from './spoken-set.js';
import { wordsOf } from './turns.js';
import type { Verdict } from './verdict.js';

/** What an engine has made of an utterance, and the house of that. */
export interface Reading {
  readonly kind: Utterance['kind'];
  readonly say: string;
  readonly heard: string;
  readonly verdict: Verdict;
}

export interface Comparison {
  readonly engine: EngineName;
  readonly readings: readonly Reading[];
  /** Why there are none, or not all. */
  readonly missing?: string;
}

export interface ComparisonRequest {
  readonly setting: Setting;
  readonly utterances: readonly Utterance[];
  readonly progress: Progress;
  readonly json: boolean;
  readonly out?: string;
}

/**
 * What the recognisers are worth: right and wrong actions on final texts alone, as fast as the machine can. The waits
 * of the endpoint and the wake word's detection are left out. The exit code.
 */
export const compareRecognisers = async (request: ComparisonRequest): Promise<number> => {
  const { setting, progress, json, out } = request;
  const comparisons: Comparison[] = [];
  for (const engine of ENGINES) {
    if (!setting.signal.aborted) comparisons.push(await readingsOf(engine, request));
  }
  progress.clear();
  const record = JSON.stringify(comparisons, undefined, 1);
  if (out !== undefined) await writeFile(out, `${record}\n`);
  console.log(json ? record : renderComparison(comparisons));
  return 0;
};

const readingsOf = async (engine: EngineName, request: ComparisonRequest): Promise<Comparison> => {
  const { setting, utterances, progress } = request;
  const { options, signal } = setting;
  const readings: Reading[] = [];
  const opened: { close(): Promise<void> | void }[] = [];
  const keep = <T extends { close(): Promise<void> | void }>(one: T): T => {
    opened.push(one);
    return one;
  };
  try {
    const { transcribe } = keep(await openRecogniser(engine, setting));
    const model = (await setting.fetch(['silero-vad'])).get('silero-vad')!.path('silero_vad_v5.onnx');
    const { final_silence: finalSilence, max_command: maxCommand } = options.endpoint;
    const { endpoint } = keep(await openEndpointer({ model, options: { finalSilence, maxCommand } }));
    const file = personaFile(options.persona, options.folders.data);
    const turns = keep(await openWrittenTurns({ personaFile: file, language: options.language, log: setting.log }));
    const wakeWord = options.wake.words[0]!.word;
    for (const utterance of utterances) {
      progress.show(`${engine}: ${readings.length + 1} of ${utterances.length}`);
      const heard = await textOf(utterance, { endpoint, transcribe, wakeWord }, signal);
      const verdict = await turns.judge(heard, utterance.command, signal);
      readings.push({ kind: utterance.kind, say: wordsOf(utterance.command.say), heard, verdict });
    }
    return { engine, readings };
  } catch (error) {
    if (!signal.aborted && isAbort(error)) throw error;
    return { engine, readings, missing: signal.aborted ? 'ended before' : messageOf(error) };
  } finally {
    for (const one of opened) await one.close();
  }
};
