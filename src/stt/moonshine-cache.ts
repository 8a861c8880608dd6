import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GRAPH_VERSION, type SplitDecoder, splitDecoder } from './moonshine-graph.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * The decoder in two graphs: from the cache where it holds what was made of these bytes, else made anew and written
 * there. Two programs may do so at once. A cache that cannot be written costs the work again at the next start.
 *
 * @param warn is told why nothing could be written.
 */
export const cachedSplit = async (
  merged: Uint8Array,
  folder: string,
  warn: (error: unknown) => void,
): Promise<SplitDecoder> => {
  const stem = join(folder, `moonshine-${sha256(merged).slice(0, 16)}-v${GRAPH_VERSION}`);
  const paths = { first: `${stem}-first.onnx`, next: `${stem}-next.onnx`, sums: `${stem}.sha256` };
  try {
    const [first, next, sums] = await Promise.all([
      readFile(paths.first),
      readFile(paths.next),
      readFile(paths.sums, 'utf8'),
    ]);
    if (sums === sumsOf({ first, next })) return { first, next };
  } catch {
    // Not there, or not readable: made anew.
  }
  const split = splitDecoder(merged);
  try {
    await mkdir(folder, { recursive: true });
    await Promise.all([write(paths.first, split.first), write(paths.next, split.next)]);
    await write(paths.sums, sumsOf(split));
  } catch (error) {
    warn(error);
  }
  return split;
};

const sumsOf = ({ first, next }: SplitDecoder): string => `${sha256(first)} first\n${sha256(next)} next\n`;

/** Whole or not at all. */
const write = async (path: string, content: Uint8Array | string): Promise<void> => {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};
