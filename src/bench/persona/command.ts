import { writeFile } from 'node:fs/promises';
import { systemClock } from '../../clock.js';
import type { Setting } from '../../commands/setting.js';
import { Fault } from '../../faults.js';
import { openMind } from '../../mind.js';
import { shipped } from '../../package.js';
import { loadPersona } from '../../persona/load.js';
import { personaFile } from '../../personas.js';
import { progressLine } from '../progress.js';
import { benchPersona } from './persona-bench.js';
import { readPersonaPrompts } from './prompts.js';
import { personaReport, renderPersonaReport } from './report.js';

/** Asks the language model of the options to be the persona, and judges its answers. The exit code. */
export const benchOfPersona = async (
  { options, log, signal }: Setting,
  { json = false, out }: { readonly json?: boolean; readonly out?: string },
): Promise<number> => {
  const persona = await loadPersona(personaFile(options.persona, options.folders.data));
  const prompts = await readPersonaPrompts(shipped('bench/persona.yaml'));
  const mind = openMind({ options, log, clock: systemClock });
  await mind?.searched;
  if (!mind?.available()) {
    throw new Fault('usage', `There is no language model to ask: ${mind?.describe() ?? 'mind.engine is none'}.`, {
      hint: 'The options of the group mind say which.',
    });
  }
  const progress = progressLine(process.stderr);
  try {
    const judged = await benchPersona({
      model: mind.model,
      persona,
      prompts,
      contextTokens: mind.contextTokens,
      answerTokens: options.mind.num_predict,
      signal,
      log,
      onProgress: (done, all) => progress.show(`${mind.model.name}: ${done} of ${all} prompts`),
    });
    const report = personaReport(mind.model.name, judged);
    const text = json ? JSON.stringify(report, null, 2) : renderPersonaReport(report);
    if (out === undefined) console.log(text);
    else await writeFile(out, `${text}\n`);
    return 0;
  } finally {
    progress.clear();
    await mind.close();
  }
};
