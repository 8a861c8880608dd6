import type { Bytes } from '../units.js';
import { relativePath } from './catalogue-schema.js';

/** One file of a bundle: what it must be, and where in the archive's member it begins. */
export interface BundledFile {
  readonly path: string;
  readonly size: Bytes;
  readonly sha256: string;
  readonly from: Bytes;
}

const LINE = /^([0-9a-f]{64}) (\d+) (\d+) (.+)$/;

/**
 * Reads an index: a line a file, `sha256 size first-byte path`; lines with `#` are comments.
 * @returns the files, or the number of the first line that is wrong and why.
 */
export const parseBundleIndex = (
  text: string,
): { readonly files: readonly BundledFile[] } | { readonly line: number; readonly problem: string } => {
  const files: BundledFile[] = [];
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const match = LINE.exec(line);
    if (!match) return { line: index + 1, problem: 'expected "sha256 size first-byte path"' };
    const path = relativePath.safeParse(match[4]);
    if (!path.success) return { line: index + 1, problem: path.error.issues[0]?.message ?? 'not a path' };
    files.push({ sha256: match[1]!, size: Number(match[2]), from: Number(match[3]), path: path.data });
  }
  return { files };
};
