import { sentences } from '../text/split.js';
import { openSlots } from './fill.js';
import type { Persona } from './load.js';
import { type LinePicker, linePicker } from './picker.js';
import type { Lines, Tone } from './schema.js';
import { type SituationName, situation } from './situations.js';

/** The best a table has for a language: `pt-BR`, else `pt`, else another `pt-…`, else what the persona lists first. */
export function forLanguage<T>(table: Readonly<Record<string, T>>, language: string): T | undefined {
  const wanted = language.toLowerCase();
  const root = wanted.split('-')[0]!;
  const keys = Object.keys(table);
  const key =
    keys.find((k) => k.toLowerCase() === wanted) ??
    keys.find((k) => k.toLowerCase() === root) ??
    keys.find((k) => k.toLowerCase().startsWith(`${root}-`)) ??
    keys[0];
  return key === undefined ? undefined : table[key];
}

/** The lines of a persona in a language; the tone `adult` adds to the family's lines. */
export function linesFor(persona: Persona, language: string, tone: Tone = persona.tone): Lines {
  const family = forLanguage(persona.lines, language) ?? {};
  if (tone === 'family') return family;
  const languageOfLines = Object.keys(persona.lines).find((key) => persona.lines[key] === family);
  const more = (languageOfLines !== undefined && persona.adult[languageOfLines]) || {};
  const merged: Partial<Record<SituationName, readonly string[]>> = { ...family };
  for (const [name, extra] of Object.entries(more) as [SituationName, readonly string[]][]) {
    merged[name] = [...(family[name] ?? []), ...extra];
  }
  return merged;
}

/** One picker a language, made on first use; the languages are those the persona has, so they are few. */
export function linePickers(
  persona: Persona,
  { random, tone = persona.tone }: { readonly random: () => number; readonly tone?: Tone },
): (language: string) => LinePicker {
  const pickers = new Map<unknown, LinePicker>();
  return (language) => {
    const key = forLanguage(persona.lines, language);
    const picker = pickers.get(key) ?? linePicker(linesFor(persona, language, tone), { random });
    pickers.set(key, picker);
    return picker;
  };
}

/** A sentence of a persona that never changes. */
export interface FixedLine {
  readonly text: string;
  /** Spoken without effects. */
  readonly plain: boolean;
}

/**
 * Everything that can be synthesized before it is needed, sentence by sentence: those of lines without slots, the
 * slotless ones of the others, and the warnings. No repeats; what is heard most comes first.
 */
export function fixedLines(
  persona: Persona,
  { language = 'en', tone = persona.tone }: FixedLinesOptions = {},
): readonly FixedLine[] {
  const lines = linesFor(persona, language, tone);
  const names = Object.keys(lines) as SituationName[];
  const daily = names.filter((name) => /^(acknowledgement|done|already|not_understood|taunt|exclamation)\b/.test(name));
  const inOrder = [...daily, ...names.filter((name) => !daily.includes(name))];
  const fixed = (text: string, plain: boolean): FixedLine[] =>
    sentences(text)
      .filter((sentence) => openSlots(sentence).length === 0)
      .map((sentence) => ({ text: sentence, plain }));
  const warnings = Object.values(forLanguage(persona.safety, language) ?? {});
  const all = [
    ...inOrder.flatMap((name) => (lines[name] ?? []).flatMap((line) => fixed(line, situation(name).plain ?? false))),
    ...warnings.flatMap(({ say }) => fixed(say, true)),
  ];
  return [...new Map(all.map((line) => [`${line.plain}${line.text}`, line])).values()];
}

interface FixedLinesOptions {
  readonly language?: string;
  readonly tone?: Tone;
}
