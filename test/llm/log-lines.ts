import { createLog, type Log } from '../../src/log.js';

/** A log and its lines, from `debug` on. */
export const logLines = (): { readonly log: Log; readonly lines: string[] } => {
  const lines: string[] = [];
  return { log: createLog({ level: 'debug', format: 'plain', write: (line) => lines.push(line) }), lines };
};
