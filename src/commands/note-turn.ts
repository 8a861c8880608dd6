import { appendFile } from 'node:fs/promises';
import { messageOf } from '../faults.js';
import { turnLogFields } from '../timeline/record.js';
import { missedTargets, spansOf } from '../timeline/targets.js';
import type { HeardTurn } from './hear.js';
import type { Setting } from './setting.js';
import { recordOf } from './turn-report.js';

/** The turn's line in the log, a warning for each target it missed, and its record where the user wants one. */
export const noteTurn = async (
  turn: HeardTurn,
  persona: string,
  id: string,
  { options, log }: Pick<Setting, 'options' | 'log'>,
): Promise<void> => {
  const record = recordOf(turn, persona, id, options.log.record_text);
  log.info(turnLogFields(record), 'turn');
  for (const missed of missedTargets(spansOf(turn.result.timeline, { cached: turn.cached }))) log.warn(missed);
  if (options.log.record === '') return;
  await appendFile(options.log.record, `${JSON.stringify(record)}\n`).catch((error: unknown) =>
    log.warn(`log.record: ${messageOf(error)}`),
  );
};
