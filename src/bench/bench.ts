import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Setting } from '../commands/setting.js';
import { Fault, messageOf } from '../faults.js';
import { openAssistant } from '../main.js';
import { modelsFor, VOICE_MODEL } from '../model-needs.js';
import { packageFile, shipped } from '../package.js';
import { loadPersona } from '../persona/load.js';
import { personaFile } from '../personas.js';
import { readCommandList } from './command-list.js';
import { compareRecognisers } from './comparison.js';
import { isBusy, thisMachine } from './machine.js';
import { type MeasureRequest, measureAssistant, measureStarts, type Plan } from './measure.js';
import { noMeasurements } from './measurements.js';
import { type Profiling, startProfiling } from './profile.js';
import { type Progress, progressLine } from './progress.js';
import { readRecordings } from './recordings.js';
import { busyWarning, renderFailures, renderReport } from './report.js';
import { rowsOf } from './rows.js';
import { openSpokenSet, pick, type Utterance } from './spoken-set.js';
import { measureServices } from './wyoming-load/measure-load.js';

export interface BenchFlags {
  readonly quick?: boolean;
  readonly all?: boolean;
  readonly commands?: string;
  readonly recordings?: boolean;
  readonly recognition?: boolean;
  readonly wyoming?: boolean;
  readonly json?: boolean;
  readonly out?: string;
  readonly profile?: string | boolean;
  readonly seed?: string;
}

/** Rises when a field is removed or changes its meaning. */
const VERSION = 1;
const DEFAULT_COMMANDS = 60;
const QUICK_COMMANDS = 20;
const DEFAULT_SEED = 1;
const PROFILE_FOLDER = 'bench-profile';
/** Sentences that went wrong which are shown. */
const SHOWN_FAILURES = 30;

/** Measures what the options make of the assistant on this machine, on spoken commands in real time. The exit code. */
export const bench = async (setting: Setting, flags: BenchFlags): Promise<number> => {
  const { options, log, catalogue, signal } = setting;
  const machine = thisMachine();
  const seed = whole(flags.seed, '--seed', DEFAULT_SEED);
  const plan = planOf(flags);
  const colour = process.stderr.isTTY === true && process.env.NO_COLOR === undefined;
  if (isBusy(machine)) console.error(busyWarning(machine, colour));
  // Half an hour later would be late to hear that it cannot be written.
  if (flags.out !== undefined) await save(flags.out, '');
  const progress = progressLine(process.stderr);
  const persona = await loadPersona(personaFile(options.persona, options.folders.data));
  const models = await setting.fetch(modelsFor(options, catalogue));
  const speaker = options.voice.speaker ?? persona.voice.speaker;
  const utterances = await spokenSet(setting, models.get(VOICE_MODEL)!.folder, speaker, seed, progress);
  if (flags.recognition === true) {
    const { json = false, out } = flags;
    const chosen = pick(
      utterances,
      flags.commands === undefined && flags.quick !== true ? Number.POSITIVE_INFINITY : plan.commands,
    );
    return compareRecognisers({ setting, utterances: chosen, progress, json, ...(out !== undefined && { out }) });
  }

  if (flags.wyoming === true)
    return benchServices({ setting, flags, utterances, progress, persona: persona.name, seed });

  const into = noMeasurements();
  const request: MeasureRequest = {
    plan,
    options,
    fetch: setting.fetch,
    log,
    signal,
    utterances,
    recordings: flags.recordings === true ? await recordings() : [],
    into,
    show: (text) => progress.show(text),
  };
  await measureStarts(request);
  const profiling = flags.profile === undefined || flags.profile === false ? undefined : await startProfiling();
  if (!signal.aborted) {
    const assistant = await openAssistant({ options, models, log, seed });
    try {
      await measureAssistant(assistant, request);
    } finally {
      await assistant.close();
    }
  }
  progress.clear();
  await writeProfile(profiling, flags.profile);

  const rows = rowsOf(into);
  const facts = {
    version: packageFile.version,
    machine,
    engine: options.stt.engine,
    persona: persona.name,
    seed,
    commands: into.turns.length,
    partial: signal.aborted,
    trouble: [...into.missing].map(([section, why]) => `${section}: ${why}`),
  };
  const turns = [...into.recordings, ...into.turns];
  const record = JSON.stringify(
    { format: VERSION, time: new Date().toISOString(), ...facts, rows, turns },
    undefined,
    1,
  );
  if (flags.out !== undefined) await save(flags.out, `${record}\n`);
  if (flags.json === true) {
    console.log(record);
    return 0;
  }
  const inColour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  console.log(renderReport(facts, rows, inColour));
  const failures = renderFailures(turns, SHOWN_FAILURES);
  if (failures !== '') console.log(`\n${failures}`);
  return 0;
};

interface ServicesBench {
  readonly setting: Setting;
  readonly flags: BenchFlags;
  readonly utterances: readonly Utterance[];
  readonly progress: Progress;
  readonly persona: string;
  readonly seed: number;
}

/** Only the services on their port, under load and under attack, in a program of their own. */
const benchServices = async ({
  setting,
  flags,
  utterances,
  progress,
  persona,
  seed,
}: ServicesBench): Promise<number> => {
  const { options, log, signal } = setting;
  const rows = await measureServices({
    options,
    log,
    utterances,
    recordings: await recordings(),
    quick: flags.quick === true,
    signal,
    show: (text) => progress.show(text),
  });
  progress.clear();
  const facts = {
    version: packageFile.version,
    machine: thisMachine(),
    engine: options.stt.engine,
    persona,
    seed,
    commands: 0,
    partial: signal.aborted,
    trouble: [],
  };
  const record = JSON.stringify({ format: VERSION, time: new Date().toISOString(), ...facts, rows }, undefined, 1);
  if (flags.out !== undefined) await save(flags.out, `${record}\n`);
  if (flags.json === true) console.log(record);
  else console.log(renderReport(facts, rows, process.stdout.isTTY === true && process.env.NO_COLOR === undefined));
  return 0;
};

const save = async (file: string, text: string): Promise<void> => {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new Fault('storage', `--out: ${file} cannot be written: ${messageOf(error)}`, {
      hint: 'Name a file in a folder that is there and may be written to.',
      cause: error,
    });
  }
};

const planOf = (flags: BenchFlags): Plan => {
  const wanted = flags.quick === true ? QUICK_COMMANDS : DEFAULT_COMMANDS;
  const commands = flags.all === true ? Number.POSITIVE_INFINITY : whole(flags.commands, '--commands', wanted);
  const few = commands <= QUICK_COMMANDS;
  return {
    commands,
    acknowledgements: few ? 5 : 10,
    drafts: few ? 6 : flags.all === true ? 30 : 12,
    sentences: few ? 12 : 24,
    starts: few ? 1 : 3,
  };
};

const whole = (text: string | undefined, flag: string, otherwise: number): number => {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Fault('usage', `${flag} is ${text}: expected a whole number from 1`);
};

const spokenSet = async (
  { options, signal }: Setting,
  voice: string,
  without: number,
  seed: number,
  progress: Progress,
): Promise<readonly Utterance[]> => {
  const list = await readCommandList(pathToFileURL(shipped('bench/commands.en.yaml')));
  try {
    return await openSpokenSet({
      voice,
      folder: join(options.folders.data, 'bench'),
      list,
      seed,
      without,
      threads: options.threads,
      signal,
      onProgress: (done, of) => progress.show(`making the bench set, once: ${done} of ${of} utterances`),
    });
  } finally {
    progress.clear();
  }
};

const recordings = (): Promise<readonly Utterance[]> =>
  readRecordings(pathToFileURL(shipped('bench/recordings.yaml')), shipped('recordings'));

const writeProfile = async (profiling: Profiling | undefined, folder: string | boolean | undefined): Promise<void> => {
  if (!profiling) return;
  const files = await profiling.stop(typeof folder === 'string' ? folder : PROFILE_FOLDER);
  console.error(`Profile: ${files.join(', ')}`);
};
