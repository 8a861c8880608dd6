import type { Bytes } from '../units.js';
import type { Archive, ModelFile, Source } from './catalogue.js';

/** A file that is to be fetched. */
export interface Wanted {
  readonly entry: string;
  readonly file: ModelFile;
}

const archivesOf = (sources: readonly Source[]): readonly string[] =>
  sources.flatMap((it) => (it.kind === 'member' ? [it.archive] : []));

/**
 * Orders each file's sources: as in the catalogue, but an archive that must be downloaded anyway, because it is some
 * file's only source, comes first.
 */
export const orderSources = (wanted: readonly Wanted[]): ReadonlyMap<Wanted, readonly Source[]> => {
  const needed = new Set(wanted.flatMap(({ file }) => (file.sources.length === 1 ? archivesOf(file.sources) : [])));
  const rank = (it: Source) => (it.kind === 'member' && needed.has(it.archive) ? 0 : 1);
  return new Map(wanted.map((it) => [it, [...it.file.sources].sort((a, b) => rank(a) - rank(b))]));
};

/** The bytes that the disk must have room for if every first source works: the files, and the archives beside them. */
export const bytesNeeded = (
  ordered: ReadonlyMap<Wanted, readonly Source[]>,
  archives: ReadonlyMap<string, Archive>,
  alreadyThere: (archiveOrFile: Archive | ModelFile) => Bytes,
): Bytes => {
  const carriers = new Map<string, Bytes>();
  let sum = 0;
  for (const [{ file }, [first]] of ordered) {
    sum += file.size;
    if (first?.kind === 'url') sum -= Math.min(file.size, alreadyThere(file));
    const archive = first?.kind === 'member' ? archives.get(first.archive) : undefined;
    if (!archive) continue;
    // An archive of unknown size is taken to be as large as what comes out of it.
    carriers.set(
      archive.id,
      archive.size === undefined
        ? (carriers.get(archive.id) ?? 0) + file.size
        : Math.max(0, archive.size - alreadyThere(archive)),
    );
  }
  for (const size of carriers.values()) sum += size;
  return sum;
};
