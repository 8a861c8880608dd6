import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, messageOf } from '../faults.js';
import type { Hertz } from '../units.js';

/** A Piper voice in a folder, as sherpa-onnx wants it: `model.onnx`, `tokens.txt`, `espeak-ng-data/`. */
export interface PiperModel {
  readonly model: string;
  readonly tokens: string;
  readonly phonemeData: string;
  readonly rate: Hertz;
  readonly speakers: number;
  /** Differs where the weights differ. */
  readonly identity: string;
}

/** The metadata of an ONNX file stand at its end; those of a Piper voice are less than 200 bytes. */
const TAIL_BYTES = 64 * 1024;

/** Reads what can be known of a voice without loading it. Throws `Fault('model')` where it is no Piper voice. */
export const readPiperModel = async (folder: string): Promise<PiperModel> => {
  const [model, tokens, phonemeData] = ['model.onnx', 'tokens.txt', 'espeak-ng-data'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  let ends: { readonly size: number; readonly head: Buffer; readonly tail: Buffer };
  try {
    await stat(join(phonemeData, 'phontab'));
    // sherpa-onnx reads a table that is none for ever.
    if (!TOKENS.test(await readFile(tokens, 'utf8'))) throw new Error('tokens.txt is no table of phonemes');
    ends = await readEnds(model);
  } catch (error) {
    throw new Fault('model', `The voice in ${folder} is incomplete: ${messageOf(error)}`, {
      hint: FETCH_AGAIN,
      cause: error,
    });
  }
  const rate = metadata(ends.tail, 'sample_rate');
  const speakers = metadata(ends.tail, 'n_speakers');
  if (rate === undefined || speakers === undefined || rate < 8000 || rate > 48_000) {
    throw new Fault('model', `${model} is not a Piper voice, or is truncated`, { hint: FETCH_AGAIN });
  }
  // The middle is left out: a voice that was trained again differs at both ends too, and 78 MB take 200 ms.
  const identity = createHash('sha256').update(`${ends.size}:`).update(ends.head).update(ends.tail).digest('hex');
  return { model, tokens, phonemeData, rate, speakers, identity };
};

/** Lines of a phoneme, which may be the space, and its number. */
const TOKENS = /^(?:(?: |\S+) \d+\r?\n)+$/;

/** What to do about files that are missing or damaged. */
export const FETCH_AGAIN = 'Run "evil-assistant models verify", which fetches again what is missing or damaged.';

const readEnds = async (path: string) => {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Math.min(TAIL_BYTES, size);
    return { size, head: await readAt(file, 0, length), tail: await readAt(file, size - length, length) };
  } finally {
    await file.close();
  }
};

const readAt = async (file: FileHandle, position: number, length: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
};

/** A number among the metadata, each of which is `0a <length> key 12 <length> value` (ONNX's StringStringEntryProto). */
const metadata = (tail: Buffer, key: string): number | undefined => {
  const at = tail.lastIndexOf(Buffer.concat([Buffer.from([0x0a, key.length]), Buffer.from(key), Buffer.from([0x12])]));
  if (at < 0) return undefined;
  const from = at + 2 + key.length + 1;
  const text = tail.toString('latin1', from + 1, from + 1 + (tail[from] ?? 0));
  return /^\d+$/.test(text) ? Number(text) : undefined;
};
