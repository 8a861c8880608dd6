import type { Milliseconds } from '../../units.js';
import { most, type Row, share, spread } from '../rows.js';

/** What was measured against a real Home Assistant. */
export interface HomeMeasurements {
  /** A sentence that nobody has asked about, and the same again. */
  readonly understandNew: Milliseconds[];
  readonly understandAgain: Milliseconds[];
  /** From a written command to the change of the state. */
  readonly written: Milliseconds[];
  readonly spoken: SpokenCommand[];
}

export const noHomeMeasurements = (): HomeMeasurements => ({
  understandNew: [],
  understandAgain: [],
  written: [],
  spoken: [],
});

/** One spoken command; all times from its last sound. */
export interface SpokenCommand {
  readonly say: string;
  readonly heard: string | undefined;
  readonly verdict: 'right' | 'wrong' | 'nothing';
  readonly replies: readonly string[];
  /** The state in Home Assistant changed, as another client hears it. */
  readonly changed?: Milliseconds;
  /** Something that claims nothing came before the reply. */
  readonly covered: boolean;
  readonly marks: Readonly<Record<string, Milliseconds>>;
}

export const homeRows = (m: HomeMeasurements, missing: string): readonly Row[] => {
  const right = m.spoken.filter(({ verdict }) => verdict === 'right');
  const mark = (name: string): readonly Milliseconds[] => values(right.map(({ marks }) => marks[name]));
  return [
    ...spread('written', 'written command → state changed', 'ms', m.written, missing, { targets: [most('p50', 60)] }),
    ...spread('spoken', 'last sound → state changed', 'ms', values(right.map(({ changed }) => changed)), missing, {
      targets: [most('p50', 350)],
      note: 'commands that were carried out',
    }),
    ...spread(
      'total',
      'last sound → first audio of the reply',
      'ms',
      values(right.filter(({ covered }) => !covered).map(({ marks }) => marks.firstAudio)),
      missing,
      { targets: [most('p50', 400)], note: 'the reply that claims it' },
    ),
    ...spread('draft', '… last sound → text', 'ms', mark('draft'), missing),
    ...spread('understood', '… last sound → understood', 'ms', mark('understood'), missing),
    ...spread('commit', '… last sound → decided', 'ms', mark('commit'), missing),
    ...spread('performed', '… last sound → performed', 'ms', mark('performed'), missing),
    ...spread('understand_new', 'understand: a new sentence', 'ms', m.understandNew, missing, {
      targets: [most('p50', 15)],
    }),
    ...spread('understand_again', 'understand: the same again', 'ms', m.understandAgain, missing, {
      targets: [most('p50', 15)],
    }),
    share('right', 'spoken: right action', m.spoken, ({ verdict }) => verdict === 'right', missing),
    share('wrong', 'spoken: wrong action', m.spoken, ({ verdict }) => verdict === 'wrong', missing),
    share('covered', 'spoken: the wait was covered by a line', right, ({ covered }) => covered, missing),
  ];
};

const values = (all: readonly (Milliseconds | undefined)[]): readonly Milliseconds[] =>
  all.filter((value) => value !== undefined);
