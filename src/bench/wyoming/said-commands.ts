import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { shipped } from '../../package.js';
import { type SampleIndex, toSamples } from '../../units.js';
import { readRecordings } from '../recordings.js';
import { readSound } from '../sound.js';
import { pick, type Utterance } from '../spoken-set.js';
import { wordsOf } from '../turns.js';

/** A command without a wake word, as a client that was woken sends it. */
export interface SaidCommand {
  readonly say: string;
  readonly sound: Float32Array;
  /** End of the last word. */
  readonly lastSound: SampleIndex;
  /** By a person, into a microphone. */
  readonly real: boolean;
}

const plainSchema = z.array(z.strictObject({ file: z.string(), say: z.string(), last_sound: z.number().positive() }));

/** So many commands, real recordings among them: spread evenly over the bench set, always the same. */
export const saidCommands = async (
  set: readonly Utterance[],
  wanted: number,
  signal: AbortSignal,
): Promise<readonly SaidCommand[]> => {
  const woken = await readRecordings(pathToFileURL(shipped('bench/recordings.yaml')), shipped('recordings'));
  const plain = plainSchema.parse(parse(await readFile(shipped('bench/recordings-without-wake-word.yaml'), 'utf8')));
  const real: SaidCommand[] = [];
  for (const utterance of woken) real.push({ ...(await withoutWakeWord(utterance, signal)), real: true });
  for (const { file, say, last_sound } of plain) {
    const sound = await readSound(shipped(`recordings/${file}`), signal);
    const lastSound: number = toSamples(last_sound * 1000);
    real.push({ say, sound, lastSound, real: true });
  }
  const made: SaidCommand[] = [];
  const commands = set.filter(({ kind }) => kind === 'command');
  for (const utterance of pick(commands, Math.max(0, wanted - real.length))) {
    made.push({ ...(await withoutWakeWord(utterance, signal)), real: false });
  }
  return [...real, ...made].slice(0, wanted);
};

const withoutWakeWord = async ({ command, file, lastSound, wakeEnd }: Utterance, signal: AbortSignal) => ({
  say: wordsOf(command.say),
  sound: (await readSound(file, signal)).slice(wakeEnd),
  lastSound: lastSound - wakeEnd,
});
