import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of models that tests use: the program's own, filled by the global set-up through the real store. */
export const modelsFolder =
  process.env.EVIL_ASSISTANT_FOLDERS_MODELS ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'evil-assistant', 'models');

/** The folder of one entry of the catalogue, which must have been fetched. */
export const modelFolder = (id: string): string => {
  const folder = join(modelsFolder, id);
  if (!existsSync(folder))
    throw new Error(`The model ${id} is not in ${modelsFolder}: run "npm test", which fetches it`);
  return folder;
};
