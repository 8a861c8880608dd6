import type { LinePicker, Picked } from '../persona/picker.js';
import type { SituationName, Slots } from '../persona/situations.js';
import type { Outcome, Say } from '../stages.js';
import { alreadySituation, doneSituation, failedSituation } from './situation-of.js';

/** Something to say, and what to note when it is said. */
export interface Spoken {
  readonly say: Say;
  readonly use: () => void;
}

/** Where a list of names would be longer than anyone listens to. */
const MOST_NAMES = 3;
const NUMBERS = ['four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

/**
 * What may be said of outcomes: one written line for all that was done or failed, then what the home itself has to say
 * of the others, word for word.
 * Claims nothing that is not in them. `plain` leaves out jest and preface.
 */
export function claims(outcomes: readonly Outcome[], lines: LinePicker, plain: boolean): Spoken[] {
  const spoken: Spoken[] = [];
  const line = summary(outcomes);
  if (line) spoken.push(...fromLine(lines.pick(line.situation, line.slots), 'claim', plain));
  const facts = outcomes.filter(({ speech }) => speech !== undefined);
  const bare =
    line !== undefined || plain || facts.some(({ expectsAnswer, failed }) => expectsAnswer || failed.length > 0);
  if (facts.length > 0 && !bare) spoken.push(...fromLine(lines.pick('fact'), 'talk', plain));
  for (const { speech } of facts) {
    // Where the home of whoever asks adds the answer, there is nothing to say here but the preface.
    if (speech !== '') spoken.push({ say: say(speech!, 'claim', plain), use: () => {} });
  }
  return spoken;
}

/** A picked line as something to say; nothing where there was none. */
export function fromLine(picked: Picked | undefined, kind: Say['kind'], plain = false): Spoken[] {
  if (picked === undefined) return [];
  return [{ say: say(picked.text, kind, plain || picked.plain), use: () => picked.use() }];
}

const say = (text: string, kind: Say['kind'], plain: boolean): Say => (plain ? { text, kind, plain } : { text, kind });

/** The one line for everything that has no words of its own. */
function summary(outcomes: readonly Outcome[]): { situation: SituationName; slots: Slots } | undefined {
  const silent = outcomes.filter(({ speech }) => speech === undefined);
  const failed = silent.flatMap((outcome) => outcome.failed);
  const changed = silent.flatMap((outcome) => outcome.changed);
  const already = silent.flatMap((outcome) => outcome.already);
  if (failed.length > 0) {
    const slots: Slots = { failed: namesOf(failed.map(({ name }) => name)), ...reasonOf(failed) };
    if (changed.length > 0 || already.length > 0) return { situation: 'partly', slots };
    return { situation: failedSituation(failed.map(({ reason }) => reason)), slots };
  }
  const [first, ...more] = silent;
  if (first === undefined) return undefined;
  const slots: Slots = more.length === 0 ? first.slots : {};
  if (changed.length > 0) {
    return { situation: more.length === 0 ? doneSituation(first) : 'done.compound', slots };
  }
  if (already.length > 0) return { situation: more.length === 0 ? alreadySituation(first) : 'already', slots };
  return { situation: 'unchanged', slots: {} };
}

/** A reason speaks of one thing: "it has no colours". */
function reasonOf(failed: Outcome['failed']): Slots {
  return failed.length === 1 ? { reason: failed[0]!.reason } : {};
}

/** "the lamp", "the lamp and the fan", "five devices". */
function namesOf(names: readonly string[]): string {
  const unique = [...new Set(names)];
  if (unique.length > MOST_NAMES) return `${NUMBERS[unique.length - MOST_NAMES - 1] ?? 'many'} devices`;
  const articled = unique.map((name) => (/^(?:the|my|our|\p{L}+'s)\s/iu.test(name) ? name : `the ${name}`));
  return [articled.slice(0, -1).join(', '), articled.at(-1)!].filter(Boolean).join(' and ');
}
