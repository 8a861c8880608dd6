import type { Outcome } from '../../stages.js';

/** Names and reasons come from elsewhere: on one line, quoted. */
const quoted = (text: string): string =>
  `"${text
    .replace(/["\s]+/g, ' ')
    .trim()
    .slice(0, 120)}"`;

/** What really happened, for the language model that asked for it. */
export function wordsOfOutcome({ already, changed, failed, late, speech }: Outcome): string {
  const parts = [
    ...changed.map(({ name, from, to }) => `${quoted(name)} went from ${quoted(from)} to ${quoted(to)}`),
    ...already.map((name) => `${quoted(name)} was so already`),
    ...failed.map(({ name, reason }) => `${quoted(name)} failed: ${quoted(reason)}`),
    ...(speech === undefined || speech === '' ? [] : [`the house answers ${quoted(speech)}`]),
  ];
  if (parts.length > 0) return `${parts.join('; ')}.`;
  return late === undefined ? 'Nothing changed.' : 'It is under way, with no result yet.';
}
