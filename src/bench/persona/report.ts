import type { Milliseconds } from '../../units.js';
import { PROPERTIES, type Property } from './judge.js';
import type { JudgedPrompt } from './persona-bench.js';

/** How one model did. */
export interface PersonaReport {
  readonly model: string;
  readonly prompts: number;
  /** Of each property: how often it held, of how many prompts that it says something about. */
  readonly properties: Readonly<Record<Property, { readonly held: number; readonly of: number }>>;
  readonly firstSentence: { readonly p50: Milliseconds | undefined; readonly p95: Milliseconds | undefined };
  readonly answers: readonly {
    readonly say: string;
    readonly text: string;
    readonly failed: readonly Property[];
    readonly first: Milliseconds | undefined;
  }[];
}

export const personaReport = (model: string, judged: readonly JudgedPrompt[]): PersonaReport => {
  const rate = (property: Property) => {
    const told = judged.flatMap(({ judgement }) => judgement[property] ?? []);
    return { held: told.filter(Boolean).length, of: told.length };
  };
  const firsts = judged.flatMap(({ first }) => first ?? []).sort((a, b) => a - b);
  const quantile = (share: number): Milliseconds | undefined =>
    firsts[Math.min(firsts.length - 1, Math.ceil(share * firsts.length) - 1)];
  return {
    model,
    prompts: judged.length,
    properties: Object.fromEntries(
      PROPERTIES.map((property) => [property, rate(property)]),
    ) as PersonaReport['properties'],
    firstSentence: { p50: quantile(0.5), p95: quantile(0.95) },
    answers: judged.map(({ first, judgement, prompt, text }) => ({
      say: prompt.say,
      text,
      first,
      failed: PROPERTIES.filter((property) => judgement[property] === false),
    })),
  };
};

/** A table for people. Names the model: it says nothing about any other. */
export const renderPersonaReport = ({ answers, firstSentence, model, prompts, properties }: PersonaReport): string => {
  const ms = (value: Milliseconds | undefined): string => (value === undefined ? '–' : `${Math.round(value)} ms`);
  const rows = PROPERTIES.map((property) => {
    const { held, of } = properties[property];
    return `| ${property} | ${held} of ${of} |`;
  });
  const wrong = answers
    .filter(({ failed }) => failed.length > 0)
    .map(({ failed, say, text }) => `- “${say}”: not ${failed.join(', not ')}\n  “${text}”`);
  return [
    `${prompts} prompts, asked of ${model}:`,
    '',
    '| property | held |',
    '|---|---|',
    ...rows,
    '',
    `First sentence after ${ms(firstSentence.p50)} (p50), ${ms(firstSentence.p95)} (p95), without speech recognition and voice.`,
    ...(wrong.length > 0 ? ['', 'Where something did not hold:', ...wrong] : []),
  ].join('\n');
};
