import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Whether a program of this name can be started. */
export const onPath = async (program: string, path = process.env.PATH ?? ''): Promise<boolean> => {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue;
    const found = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
};
