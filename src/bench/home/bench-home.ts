import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Setting } from '../../commands/setting.js';
import { messageOf } from '../../faults.js';
import { openAssistant } from '../../main.js';
import { modelsFor, VOICE_MODEL } from '../../model-needs.js';
import { packageFile, shipped } from '../../package.js';
import { loadPersona } from '../../persona/load.js';
import { personaFile } from '../../personas.js';
import { seededRandom } from '../../random.js';
import { readCommandList } from '../command-list.js';
import { isBusy, thisMachine } from '../machine.js';
import { progressLine } from '../progress.js';
import { busyWarning, renderReport } from '../report.js';
import { openSpokenSet, shuffled, type Utterance } from '../spoken-set.js';
import { openCoreSession } from '../wyoming/core-session.js';
import { homeRows, noHomeMeasurements } from './home-rows.js';
import { measureSpoken, measureUnderstanding, measureWritten } from './measure-home.js';
import { watchStates } from './state-watch.js';
import { furnish, type Switchable } from './switchable.js';

export interface BenchHomeRequest {
  /** With the options that lead to that Home Assistant. */
  readonly setting: Setting;
  /** A Home Assistant of the test rig, which is furnished for it. `folder` is that of its configuration. */
  readonly core: { readonly url: string; readonly token: string; readonly folder: string };
  /** Spoken commands; as many again are written, and asked about. */
  readonly runs: number;
  readonly seed: number;
  readonly out?: string;
  readonly json: boolean;
}

/** Rises when a field is removed or changes its meaning. */
const VERSION = 1;

/**
 * Measures commands against a real Home Assistant on the same machine, in this process: from the sentence, written or
 * spoken in real time, to the change of the state as another client hears of it. The exit code.
 */
export const benchHome = async ({ core, json, out, runs, seed, setting }: BenchHomeRequest): Promise<number> => {
  const { options, log, catalogue, signal } = setting;
  const machine = thisMachine();
  const colour = process.stderr.isTTY === true && process.env.NO_COLOR === undefined;
  if (isBusy(machine)) console.error(busyWarning(machine, colour));
  const progress = progressLine(process.stderr);
  const show = (text: string): void => progress.show(text);
  const persona = await loadPersona(personaFile(options.persona, options.folders.data));
  const models = await setting.fetch(modelsFor(options, catalogue));
  const set = await openSpokenSet({
    voice: models.get(VOICE_MODEL)!.folder,
    folder: join(options.folders.data, 'bench'),
    list: await readCommandList(pathToFileURL(shipped('bench/commands.en.yaml'))),
    seed,
    without: options.voice.speaker ?? persona.voice.speaker,
    threads: options.threads,
    signal,
    onProgress: (done, of) => show(`making the bench set, once: ${done} of ${of} utterances`),
  });
  const into = noHomeMeasurements();
  let trouble: string | undefined;
  const session = await openCoreSession(core.url, core.token);
  try {
    show('furnishing Home Assistant');
    const things = await furnish(session, core.folder);
    const watch = await watchStates(
      session,
      things.map(({ entity }) => entity),
    );
    const assistant = await openAssistant({ options, models, log, seed });
    const utterances = shuffled(switching(set, things), seededRandom(seed)).slice(0, runs);
    const request = { assistant, session, watch, things, utterances, runs, seed, signal, into, show };
    try {
      await measureUnderstanding({ ...request, runs: 2 * runs });
      await measureWritten({ ...request, runs: 2 * runs });
      await measureSpoken(request);
    } finally {
      await assistant.close();
    }
  } catch (error) {
    if (into.written.length === 0 && !signal.aborted) throw error;
    trouble = signal.aborted ? 'ended before' : messageOf(error);
  } finally {
    session.close();
    progress.clear();
  }

  const rows = homeRows(into, trouble ?? 'not measured in this run');
  const facts = {
    version: packageFile.version,
    machine,
    engine: options.stt.engine,
    persona: persona.name,
    seed,
    commands: into.spoken.length,
    partial: signal.aborted,
    trouble: trouble === undefined ? [] : [trouble],
  };
  const record = JSON.stringify(
    { format: VERSION, time: new Date().toISOString(), ...facts, rows, turns: into.spoken },
    undefined,
    1,
  );
  if (out !== undefined) await writeFile(out, `${record}\n`);
  if (json) console.log(record);
  else console.log(renderReport(facts, rows, process.stdout.isTTY === true && process.env.NO_COLOR === undefined));
  return trouble === undefined ? 0 : 1;
};

/** The commands that switch one thing of these, on or off. */
const switching = (set: readonly Utterance[], things: readonly Switchable[]): readonly Utterance[] => {
  const demo = new Set(things.map((thing) => thing.demo));
  return set.filter(({ command: { becomes } }) => {
    const [first, ...more] = Object.entries(becomes ?? {});
    return first !== undefined && more.length === 0 && demo.has(first[0]) && (first[1] === 'on' || first[1] === 'off');
  });
};
