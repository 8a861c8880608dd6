import type { SituationName } from '../../persona/situations.js';

const LINES: Readonly<Record<string, SituationName>> = {
  slow: 'error.mind.slow',
  stalled: 'error.mind.slow',
  loading: 'error.mind.slow',
  busy: 'error.mind.slow',
  missing: 'error.mind.broken',
  memory: 'error.mind.broken',
  'no-tools': 'error.mind.broken',
  refused: 'error.mind.broken',
  options: 'error.mind.broken',
  spent: 'error.mind.spent',
};

/** What a model's fault says of itself; undefined for anything else that was thrown. */
export const troubleOf = (error: unknown): string | undefined => {
  const trouble: unknown = error instanceof Error && 'trouble' in error ? error.trouble : undefined;
  return typeof trouble === 'string' ? trouble : undefined;
};

/** What to say where a model has failed. `begun`: after its first words. */
export const lineOfTrouble = (error: unknown, begun: boolean): SituationName =>
  begun ? 'error.mind.cut' : (LINES[troubleOf(error) ?? ''] ?? 'error.mind');
