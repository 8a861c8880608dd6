import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Seconds, toSamples } from '../units.js';
import { commandSchema } from './command-list.js';
import type { Utterance } from './spoken-set.js';

const seconds = z.number().positive();

const recordingsSchema = z.array(
  commandSchema.extend({
    /** In the folder of recordings. */
    file: z.string(),
    wake_end: seconds,
    last_sound: seconds,
  }),
);

const at = (position: Seconds): number => toSamples(position * 1000);

/** Real recordings of wake word and command, labelled by hand. @param file `bench/recordings.yaml`. */
export const readRecordings = async (file: URL, folder: string): Promise<readonly Utterance[]> =>
  recordingsSchema
    .parse(parse(await readFile(fileURLToPath(file), 'utf8')))
    .map(({ file: name, wake_end: wakeEnd, last_sound: lastSound, ...command }) => ({
      file: join(folder, name),
      command,
      kind: 'command',
      speaker: undefined,
      pause: 0,
      wakeEnd: at(wakeEnd),
      lastSound: at(lastSound),
    }));
