import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { Fault, messageOf } from '../faults.js';
import { type Lines, personaSchema, type Tone } from './schema.js';
import type { SafetyTopic } from './situations.js';

/** Who speaks. Everything that is said or matched is keyed by language. */
export interface Persona {
  /** The file's name without its ending. */
  readonly id: string;
  readonly name: string;
  readonly wakeWords: readonly string[];
  readonly voice: {
    readonly engine: string;
    readonly model?: string;
    readonly speaker: number;
    /** 1 is as recorded. */
    readonly speed: number;
  };
  /** As written; the effects chain checks them. */
  readonly effects: readonly unknown[];
  readonly tone: Tone;
  readonly prompt: Readonly<Record<string, string>>;
  /** How it talks, for a language model. */
  readonly examples: Readonly<Record<string, readonly { readonly said: string; readonly answer: string }[]>>;
  /** `hush` asks for silence, `farewell` ends the talk. */
  readonly stop: Readonly<Record<string, { readonly hush: readonly string[]; readonly farewell: readonly string[] }>>;
  readonly lines: Readonly<Record<string, Lines>>;
  /** More lines where the tone is `adult`. */
  readonly adult: Readonly<Record<string, Lines>>;
  readonly safety: Readonly<Record<string, Safety>>;
}

type Safety = Readonly<Record<SafetyTopic, Triggers & { readonly say: string }>>;

/** When a text is about something: `contains` are words in this order anywhere in it, `whole` is all of it. */
export interface Triggers {
  readonly contains: readonly string[];
  readonly whole: readonly string[];
}

/** A persona file is text written by hand; anything larger is something else. */
const MAX_CHARACTERS = 1_000_000;

/**
 * Reads a persona file.
 * @throws Fault `usage` that names file, line and key of everything that is wrong with it.
 */
export async function loadPersona(file: string): Promise<Persona> {
  let source: string;
  try {
    source = await readFile(file, 'utf8');
  } catch (error) {
    throw new Fault('usage', `The persona ${file} cannot be read: ${messageOf(error)}.`, {
      hint: 'Name a persona of the personas folder, or a file that can be read.',
      cause: error,
    });
  }
  return parsePersona(source, file);
}

/**
 * A persona from its YAML text. `file` is for messages and gives the persona's id.
 * @throws Fault `usage` that names file, line and key of everything that is wrong with it.
 */
export function parsePersona(source: string, file: string): Persona {
  if (source.length > MAX_CHARACTERS) throw report(file, ['the file is too large for a persona']);
  const counter = new LineCounter();
  const document = parseDocument(source, { lineCounter: counter, prettyErrors: false });
  if (document.errors.length > 0) {
    throw report(
      file,
      document.errors.map((error) => `${file}:${counter.linePos(error.pos[0]).line}: ${error.message}`),
    );
  }
  const checked = personaSchema.safeParse(toPlain(document, file));
  if (!checked.success) {
    const problems = checked.error.issues.flatMap((issue) => {
      const places =
        issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [[...issue.path]];
      return places.map((path) => ({
        line: lineOf(document, counter, path),
        key: path.join('.') || 'the file',
        message: issue.code === 'unrecognized_keys' ? 'no such key' : issue.message,
      }));
    });
    problems.sort((a, b) => a.line - b.line);
    throw report(
      file,
      problems.map(({ line, key, message }) => `${file}:${line}: ${key}: ${message}`),
    );
  }
  const { wake_words: wakeWords, voice, safety, ...rest } = checked.data;
  const { model, ...sound } = voice;
  return {
    id: basename(file, extname(file)),
    ...rest,
    wakeWords,
    voice: model === undefined ? sound : { ...sound, model },
    // The schema demands every topic; its type, built from a list, has lost their names.
    safety: safety as unknown as Persona['safety'],
  };
}

function toPlain(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw report(file, [messageOf(error)]);
  }
}

/** The line of the value at a path, or of the nearest thing around it that exists. */
function lineOf(document: Document, counter: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return counter.linePos(node.range[0]).line;
  }
  return 1;
}

function report(file: string, problems: readonly string[]): Fault {
  const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`;
  return new Fault('usage', `The persona ${file} has ${count}:\n${problems.map((p) => `  ${p}`).join('\n')}`, {
    hint: 'personas/demon.yaml shows every key.',
  });
}
