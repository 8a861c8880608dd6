import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Fault } from '../faults.js';

/**
 * The whole path of a file that a command is to write.
 * @throws Fault `usage` where it cannot be one, before anybody has waited for its content.
 */
export const outPath = (given: string): string => {
  const path = resolve(given);
  const folder = dirname(path);
  const isFolder = (it: string): boolean => statSync(it, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder(path)) throw new Fault('usage', `--out: ${path} is a folder`, { hint: 'Name a file in it.' });
  if (!isFolder(folder)) throw new Fault('usage', `--out: there is no folder ${folder}`);
  return path;
};
