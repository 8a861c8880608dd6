import type { Command } from '../stages.js';
import type { Phrases } from './language.js';

/** One command of a sentence. */
export interface Part {
  /** As the home was asked, the inherited verb included. */
  readonly text: string;
  readonly command: Command;
}

/** A sentence of more commands is a speech. */
const MAX_PIECES = 5;
/** Bounds the search where nothing fits; two or three commands need less than ten. */
const MAX_QUESTIONS = 24;

/**
 * A sentence of several commands, each understood as a whole by `ask`; undefined unless every word belongs to one.
 * Longer commands are tried first, so that "close the blind and turn on the lamp and the fan" is two. What follows a
 * connector may lack its verb: "turn on the lamp and then off the fan".
 */
export async function understandParts(
  sentence: string,
  ask: (text: string) => Promise<Command | undefined>,
  { connector, particles }: Phrases,
): Promise<readonly Part[] | undefined> {
  const pieces = splitPieces(sentence, connector);
  if (pieces.length < 2 || pieces.length > MAX_PIECES) return undefined;
  const answers = new Map<string, Command | undefined>();

  const understand = async (texts: readonly string[]): Promise<Part | undefined> => {
    for (const text of texts) {
      if (!answers.has(text)) {
        if (answers.size >= MAX_QUESTIONS) return undefined;
        answers.set(text, await ask(text));
      }
      const command = answers.get(text);
      if (command !== undefined) return { text, command };
    }
    return undefined;
  };

  const from = async (start: number, before: Part | undefined): Promise<Part[] | undefined> => {
    if (start === pieces.length) return [];
    const last = start === 0 ? pieces.length - 1 : pieces.length;
    for (let end = last; end > start; end--) {
      const text = sentence.slice(pieces[start]!.from, pieces[end - 1]!.to);
      const part = await understand([text, ...(before ? withVerbOf(before.text, text, particles) : [])]);
      const rest = part && (await from(end, part));
      if (rest) return [part, ...rest];
    }
    return undefined;
  };

  return from(0, undefined);
}

interface Piece {
  readonly from: number;
  readonly to: number;
}

function splitPieces(sentence: string, connector: RegExp): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of sentence.matchAll(connector)) {
    pieces.push({ from, to: match.index });
    from = match.index + match[0].length;
  }
  pieces.push({ from, to: sentence.length });
  return pieces.filter((piece) => piece.to > piece.from);
}

/** The text with the verb of the command before it, likeliest first. */
function withVerbOf(before: string, text: string, particles: readonly string[]): string[] {
  const [verb, second] = before.split(/\s+/);
  const words = text.split(/\s+/);
  const bringsParticle = particles.includes(words[0]!) || particles.includes(words.at(-1)!);
  const whole =
    second !== undefined && particles.includes(second) && !bringsParticle ? [`${verb} ${second} ${text}`] : [];
  return [...whole, `${verb} ${text}`];
}
