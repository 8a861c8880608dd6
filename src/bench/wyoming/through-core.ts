import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Setting } from '../../commands/setting.js';
import { messageOf } from '../../faults.js';
import { VOICE_MODEL } from '../../model-needs.js';
import { packageFile, shipped } from '../../package.js';
import { loadPersona } from '../../persona/load.js';
import { personaFile } from '../../personas.js';
import { readCommandList } from '../command-list.js';
import { isBusy, thisMachine } from '../machine.js';
import { progressLine } from '../progress.js';
import { busyWarning, renderReport } from '../report.js';
import { openSpokenSet } from '../spoken-set.js';
import { addWyoming, createPipeline } from './core-home.js';
import { coreRows, type Measured, type Turns } from './core-rows.js';
import { openCoreSession } from './core-session.js';
import { coreTurn } from './core-turn.js';
import { directTurn } from './direct-turn.js';
import { externalEnd } from './external-end.js';
import { startOwnProgram } from './own-program.js';
import { runPipeline } from './pipeline-run.js';
import { type SaidCommand, saidCommands } from './said-commands.js';

export interface ThroughCoreRequest {
  readonly setting: Setting;
  /** Home Assistant, onboarded: `http://127.0.0.1:8123`, with a long-lived token of its owner. */
  readonly core: { readonly url: string; readonly token: string };
  /** A free port for our services. */
  readonly port: number;
  readonly runs: number;
  readonly seed: number;
  /** More options for our program, `name=value`. */
  readonly settings?: readonly string[];
  readonly out?: string;
  readonly json: boolean;
}

const VERSION = 1;
const KINDS = ['stt', 'tts', 'wake_word', 'conversation'];

/**
 * Measures a spoken turn through a real Home Assistant, and each of its parts: every command three times, in turns, so
 * that none of the three always finds the light on already.
 */
export const benchThroughCore = async (request: ThroughCoreRequest): Promise<number> => {
  const { json, out, runs, seed, setting } = request;
  const { options, signal } = setting;
  const machine = thisMachine();
  const colour = process.stderr.isTTY === true && process.env.NO_COLOR === undefined;
  if (isBusy(machine)) console.error(busyWarning(machine, colour));
  // Five minutes later would be late to hear that it cannot be written.
  if (out !== undefined) await writeFile(out, '');
  const progress = progressLine(process.stderr);
  const persona = await loadPersona(personaFile(options.persona, options.folders.data));
  const models = await setting.fetch([VOICE_MODEL]);
  const set = await openSpokenSet({
    voice: models.get(VOICE_MODEL)!.folder,
    folder: join(options.folders.data, 'bench'),
    list: await readCommandList(pathToFileURL(shipped('bench/commands.en.yaml'))),
    seed,
    without: options.voice.speaker ?? persona.voice.speaker,
    threads: options.threads,
    signal,
    onProgress: (done, of) => progress.show(`making the bench set, once: ${done} of ${of} utterances`),
  });
  const commands = await saidCommands(set, runs, signal);

  const measured: Measured[] = [];
  let trouble: string | undefined;
  try {
    await measure({ ...request, commands, measured, show: (text) => progress.show(text) });
  } catch (error) {
    if (measured.length === 0 && !signal.aborted) throw error;
    trouble = signal.aborted ? 'ended before' : messageOf(error);
  }
  progress.clear();

  const rows = coreRows(measured, trouble ?? 'nothing was said');
  const facts = {
    version: packageFile.version,
    machine,
    engine: options.stt.engine,
    persona: persona.name,
    seed,
    commands: measured.length,
    partial: signal.aborted,
    trouble: trouble === undefined ? [] : [trouble],
  };
  const record = JSON.stringify(
    { format: VERSION, time: new Date().toISOString(), ...facts, rows, turns: measured },
    undefined,
    1,
  );
  if (out !== undefined) await writeFile(out, `${record}\n`);
  if (json) console.log(record);
  else console.log(renderReport(facts, rows, process.stdout.isTTY === true && process.env.NO_COLOR === undefined));
  return trouble === undefined ? 0 : 1;
};

interface MeasureRequest extends ThroughCoreRequest {
  readonly commands: readonly SaidCommand[];
  /** Filled as it goes on. */
  readonly measured: Measured[];
  readonly show: (text: string) => void;
}

const measure = async (request: MeasureRequest): Promise<void> => {
  const { commands, core, measured, port, setting, settings, show } = request;
  const { options, signal } = setting;
  const uri = `tcp://127.0.0.1:${port}`;
  const opened: (() => Promise<void> | void)[] = [];
  try {
    show('starting the program');
    opened.push((await startOwnProgram(port, settings)).stop);
    const held = await externalEnd('tcp://127.0.0.1:0', uri);
    opened.push(() => held.close({ grace: 0 }));
    const session = await openCoreSession(core.url, core.token);
    opened.push(session.close);
    const pipelineAt = async (name: string, at: number): Promise<string> =>
      createPipeline(session, name, (await addWyoming(session, at, KINDS)).entities, options.persona);
    const ours = await pipelineAt('Our end of speech', port);
    const detector = await pipelineAt('Its own end of speech', Number(new URL(held.uri).port));

    const replies = new Set<string>();
    const throughCore = async (pipeline: string, said: SaidCommand) => {
      const run = await runPipeline(session, { pipeline, startStage: 'stt', sound: said.sound, signal });
      // Home Assistant keeps what each voice has said.
      const reply = `${pipeline} ${run.reply}`;
      const known = replies.has(reply);
      replies.add(reply);
      return coreTurn(run, said, known);
    };
    const ways = [
      async (said: SaidCommand) => ({ ours: await throughCore(ours, said) }),
      async (said: SaidCommand) => ({ detector: await throughCore(detector, said) }),
      async (said: SaidCommand) => ({ direct: await directTurn(uri, said, signal) }),
    ];
    for (const [i, said] of commands.entries()) {
      show(`command ${i + 1} of ${commands.length}`);
      let turns: Turns = {};
      // The first finds the light off.
      for (const k of ways.keys()) turns = { ...turns, ...(await ways[(i + k) % ways.length]!(said)) };
      measured.push({ say: said.say, real: said.real, ...turns });
    }
  } finally {
    for (const close of opened.reverse()) await close();
  }
};
