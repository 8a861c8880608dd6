import { Fault } from '../faults.js';
import { modelsFor } from '../model-needs.js';
import { formatBytes } from '../models/failures.js';
import { licencesOf } from '../models/licences.js';
import { packageFile } from '../package.js';
import type { Setting } from './setting.js';

interface Flags {
  readonly json?: boolean;
}

const STATUS = {
  present: 'present',
  unchecked: 'there, not checked',
  partial: 'partly there',
  corrupt: 'corrupt',
  missing: 'not fetched',
  unsupported: 'not for this machine',
} as const;

export const listModels = ({ store, options, catalogue }: Setting, { json }: Flags): number => {
  const wanted = new Set(modelsFor(options, catalogue));
  const rows = store.list().map((entry) => ({ ...entry, wanted: wanted.has(entry.id) }));
  if (json === true) {
    console.log(JSON.stringify(rows));
    return 0;
  }
  console.log(`Models in ${options.folders.models} (* wanted by the options):\n`);
  for (const { id, status, size, title, licences, wanted: isWanted } of rows) {
    const licence = licences.map(({ name }) => name).join(', ');
    console.log(
      `${isWanted ? '*' : ' '} ${id.padEnd(26)} ${formatBytes(size).padStart(8)}  ${STATUS[status].padEnd(20)} ${title}; ${licence}`,
    );
  }
  return 0;
};

/** @throws Fault `usage` that names the models there are. */
const mustBeKnown = (ids: readonly string[], { catalogue }: Setting): void => {
  const known = catalogue.entries.map(({ id }) => id);
  const unknown = ids.filter((id) => !known.includes(id)).map((id) => `"${id}"`);
  if (unknown.length === 0) return;
  throw new Fault('usage', `There is no model ${unknown.join(', no ')}.`, {
    hint: `The models are: ${known.join(', ')}.`,
  });
};

/** Fetches the named models, or all that the options ask for. */
export const fetchModels = async (setting: Setting, ids: readonly string[]): Promise<number> => {
  const { options, catalogue } = setting;
  mustBeKnown(ids, setting);
  const wanted = ids.length > 0 ? ids : modelsFor(options, catalogue);
  await setting.fetch(wanted);
  console.log(`In ${options.folders.models}, checked: ${wanted.join(', ')}.`);
  return 0;
};

/** Reads every file again. Exit code 1 where one is missing or wrong. */
export const verifyModels = async (setting: Setting, ids: readonly string[], { json }: Flags): Promise<number> => {
  const { store, signal } = setting;
  mustBeKnown(ids, setting);
  const verdicts = await store.verify(ids.length > 0 ? ids : undefined, { signal });
  const bad = verdicts.filter((verdict) => verdict.bad.length > 0);
  if (json === true) console.log(JSON.stringify(verdicts));
  else {
    for (const { id, files, bad: problems } of verdicts) {
      console.log(`${id}: ${problems.length === 0 ? `${files} files, all as they should be` : ''}`.trimEnd());
      for (const { path, problem } of problems) console.log(`  ${path}: ${problem}`);
    }
    if (verdicts.length === 0) console.log('No models have been fetched yet.');
    if (bad.length > 0) console.log('\nRun "evil-assistant models fetch" to fetch them again.');
  }
  return bad.length > 0 ? 1 : 0;
};

/** Removes what the options do not ask for. */
export const pruneModels = async ({ store, options, catalogue, signal }: Setting, { json }: Flags): Promise<number> => {
  const pruned = await store.prune(modelsFor(options, catalogue), { signal });
  if (json === true) console.log(JSON.stringify(pruned));
  else if (pruned.files.length === 0) console.log('There was nothing to remove.');
  else console.log(`Removed ${pruned.files.length} files, ${formatBytes(pruned.bytes)}.`);
  return 0;
};

/** The licences of everything that the program is made of and fetches. */
export const licences = ({ catalogue }: Setting, { json }: Flags): number => {
  const rows = licencesOf(catalogue);
  if (json === true) {
    console.log(JSON.stringify(rows));
    return 0;
  }
  console.log(
    `evil-assistant ${packageFile.version} is free software under the Apache License 2.0.\n` +
      'With its speech synthesis (sherpa-onnx-node and the data of Piper voices) it carries espeak-ng, which is\n' +
      'under the GNU General Public License 3 or later: what you assemble with it is conveyed under those terms.\n\n' +
      'Models and data, fetched when they are wanted:\n',
  );
  for (const { id, title, name, attribution, url, nonCommercial } of rows) {
    console.log(
      `${id}: ${title}\n    ${name}${nonCommercial ? ' (non-commercial use only)' : ''}, ${attribution}\n    ${url}`,
    );
  }
  console.log('\nRecordings that ship with the program: see recordings/README.md.');
  return 0;
};
