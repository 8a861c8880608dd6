import { writeFile } from 'node:fs/promises';
import type { Setting } from '../commands/setting.js';
import { isAbort, messageOf } from '../faults.js';
import { personaFile } from '../personas.js';
import { finalOf } from './accuracy.js';
import { openWrittenTurns } from './by-text.js';
import type { Progress } from './progress.js';
import { ENGINES, type EngineName, openEarsWith } from './recognisers.js';
import { renderComparison } from './report.js';
import { readSound } from './sound.js';
import type { Utterance } from './spoken-set.js';
import { wordsOf } from './turns.js';
import type { Verdict } from './verdict.js';

/** What an engine has made of an utterance, and the house of that. */
export interface Reading {
  readonly kind: Utterance['kind'];
  readonly say: string;
  readonly heard: string;
  /** What a recogniser heard that expects sentences of the home. */
  readonly asCommand?: string;
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
    const file = personaFile(options.persona, options.folders.data);
    const turns = keep(await openWrittenTurns({ personaFile: file, language: options.language, log: setting.log }));
    const ears = keep(await openEarsWith(engine, { ...setting, expect: turns.house.phrases() }));
    for (const { file: sound, kind, command } of utterances) {
      progress.show(`${engine}: ${readings.length + 1} of ${utterances.length}`);
      const { text = '', asCommand } = (await finalOf(await readSound(sound, signal), ears, signal)) ?? {};
      const heard = { text, ...(asCommand !== undefined && { asCommand }) };
      const verdict = await turns.judge(heard, command, signal);
      readings.push({
        kind,
        say: wordsOf(command.say),
        heard: text,
        ...(asCommand !== undefined && { asCommand }),
        verdict,
      });
    }
    return { engine, readings };
  } catch (error) {
    if (!signal.aborted && isAbort(error)) throw error;
    return { engine, readings, missing: signal.aborted ? 'ended before' : messageOf(error) };
  } finally {
    for (const one of opened) await one.close();
  }
};
