import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageFile } from '../package.js';

const phrasesSchema = z.array(z.string()).min(1);

/**
 * The phrases of a house, from the folder where they were put when they were made: making them takes most of a second.
 * `files` are what they follow from; with another content of theirs, or another version of the program, they are made
 * anew. A folder that cannot be written costs the second at each start and nothing else.
 */
export const rememberedPhrases = (
  folder: string,
  files: readonly string[],
  make: () => readonly string[],
): readonly string[] => {
  const hash = createHash('sha256').update(packageFile.version);
  for (const file of files) hash.update('\0').update(readFileSync(file));
  const path = join(folder, `phrases-${hash.digest('hex').slice(0, 16)}.json`);
  try {
    return phrasesSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Not there, or damaged: made below.
  }
  const made = make();
  try {
    mkdirSync(folder, { recursive: true });
    const part = `${path}.${process.pid}.part`;
    writeFileSync(part, JSON.stringify(made));
    renameSync(part, path);
  } catch {
    // Read-only or full.
  }
  return made;
};
