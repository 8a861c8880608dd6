import { readFileSync, statSync } from 'node:fs';
import { isMap, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { Fault, messageOf } from '../faults.js';
import type { Bytes } from '../units.js';
import { type OptionDescription, VARIABLE_PREFIX } from './describe.js';

/** A value for an option, and where it comes from. */
export interface Given {
  readonly value: unknown;
  /** Where it stands, for a report; `inside` is the way to a part of the value. */
  where(inside?: readonly PropertyKey[]): string;
}

/** Something in a source that is no option. */
export interface Stray {
  readonly name: string;
  readonly where: string;
  /** Where only options of one group can stand, that group. */
  readonly group?: string;
  /** What is wrong, where it is not simply unknown. */
  readonly problem?: string;
}

/** What one source says. */
export interface Source {
  readonly given: ReadonlyMap<string, Given>;
  readonly strays: readonly Stray[];
}

const MAX_FILE: Bytes = 1024 * 1024;

/**
 * Reads an options file, YAML or JSON (which is YAML).
 * @throws Fault `usage` with file and line where it cannot be read at all.
 */
export const fileSource = (path: string, options: readonly OptionDescription[]): Source => {
  const lines = new LineCounter();
  const document = parseDocument(readText(path), { lineCounter: lines, prettyErrors: false });
  const place = (offset: number | undefined): string => {
    if (offset === undefined) return path;
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const [broken] = document.errors;
  if (broken) {
    throw new Fault('usage', `${place(broken.pos[0])}: the options cannot be read: ${broken.message}`, {
      hint: 'Mend the line, or start without the file.',
    });
  }
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return { given: new Map(), strays: [] };
  if (!isMap(root)) {
    throw new Fault(
      'usage',
      `${place((root as Node).range?.[0])}: an options file consists of lines like "persona: demon"`,
    );
  }

  const names = new Set(options.map(({ name }) => name));
  const groups = new Set(options.flatMap(({ name }) => (name.includes('.') ? [name.split('.')[0]!] : [])));
  const given = new Map<string, Given>();
  const strays: Stray[] = [];

  const plain = (node: Node | null): unknown => (node ? node.toJS(document) : null);
  const visit = (pairs: readonly Pair[], group: string): void => {
    for (const pair of pairs) {
      const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
      const name = group ? `${group}.${key}` : key;
      const node = pair.value as Node | null;
      const where = place((pair.key as Node | null)?.range?.[0]);
      if (!group && groups.has(key)) {
        if (isMap(node)) visit(node.items as Pair[], key);
        else if (plain(node) !== null) strays.push({ name, where, problem: 'a group of options belongs here' });
      } else if (!names.has(name)) strays.push({ name, where, ...(group ? { group } : {}) });
      else if (plain(node) !== null) {
        given.set(name, {
          value: plain(node),
          where: (inside = []) => {
            const part = document.getIn([...name.split('.'), ...inside], true) as Node | undefined;
            return place((part ?? node)?.range?.[0]);
          },
        });
      }
    }
  };
  visit(root.items as Pair[], '');
  return { given, strays };
};

const readText = (path: string): string => {
  try {
    const about = statSync(path);
    if (about.isDirectory()) throw new Fault('usage', `The options file ${path} is a folder`);
    if (about.size > MAX_FILE) throw new Fault('usage', `The options file ${path} is larger than 1 MiB`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Fault) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'does not exist' : `cannot be read: ${messageOf(error)}`;
    throw new Fault('usage', `The options file ${path} ${reason}`, { cause: error });
  }
};

/** What environment variables say: `EVIL_ASSISTANT_WAKE_THRESHOLD=0.4`. An empty one counts as not set. */
export const environmentSource = (
  environment: Readonly<Record<string, string | undefined>>,
  options: readonly OptionDescription[],
): Source => {
  const given = new Map<string, Given>();
  const strays: Stray[] = [];
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(VARIABLE_PREFIX) || !value) continue;
    const option = options.find((candidate) => candidate.variable === variable);
    if (option) given.set(option.name, { value, where: () => `environment variable ${variable}` });
    else strays.push({ name: variable, where: 'environment' });
  }
  return { given, strays };
};

/** What `--set name=value` flags say, later ones counting more. */
export const flagSource = (settings: readonly string[], options: readonly OptionDescription[]): Source => {
  const given = new Map<string, Given>();
  const strays: Stray[] = [];
  for (const setting of settings) {
    const equals = setting.indexOf('=');
    const name = (equals < 0 ? setting : setting.slice(0, equals)).trim();
    if (equals < 0) strays.push({ name, where: '--set', problem: 'a flag has the form --set name=value' });
    else if (!options.some((option) => option.name === name)) strays.push({ name, where: '--set' });
    else given.set(name, { value: setting.slice(equals + 1).trim(), where: () => `--set ${name}` });
  }
  return { given, strays };
};

/** What other flags of the command line say, by option: `{ persona: 'demon' }`; undefined ones are not set. */
export const recordSource = (
  record: Readonly<Record<string, unknown>>,
  options: readonly OptionDescription[],
): Source => {
  const given = new Map<string, Given>();
  const strays: Stray[] = [];
  for (const [name, value] of Object.entries(record)) {
    if (value === undefined) continue;
    if (!options.some((option) => option.name === name)) strays.push({ name, where: 'command line' });
    else given.set(name, { value, where: () => 'command line' });
  }
  return { given, strays };
};
