import type { Measurements, Section } from './measurements.js';
import { type Interval, quantile, shareInterval, summarise } from './statistics.js';
import type { TurnFigures } from './turns.js';

/** What a figure must reach. */
export interface Target {
  readonly of: 'p50' | 'p95' | 'value';
  readonly limit: number;
  /** The figure must be at least so much; else at most. */
  readonly least?: boolean;
}

export type Unit = 'ms' | 'µs' | '%' | 'MB' | 'of real time';

/** A line of the report. `p50`, `p95` and `max` of many measurements, or one `value`. */
export interface Row {
  readonly id: string;
  readonly label: string;
  readonly unit: Unit;
  readonly n: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly max?: number;
  readonly value?: number;
  /** 95 %: of the median, or of a share. */
  readonly interval?: Interval;
  readonly targets: readonly Target[];
  /** Undefined where there is no target, or nothing was measured. */
  readonly met?: boolean;
  /** Why nothing was measured. */
  readonly missing?: string;
  readonly note?: string;
}

/** Bytes in a MB. */
const MB = 1e6;

/** All rows of the report; what was not measured says so. */
export const rowsOf = (m: Measurements): readonly Row[] => {
  const why = (section: Section): string => m.missing.get(section) ?? 'not measured in this run';
  const turns = why('turns');
  const commands = m.turns.filter(({ kind }) => kind === 'command');
  const known = commands.filter(({ understood }) => understood === 'command');
  const memory = m.starts.flatMap((start) => (start.memory ? [start.memory] : []));
  const shared = memory.at(-1)?.proportional;
  const late = m.acknowledgements.filter((value) => value === undefined).length;
  return [
    ...spread('total', 'last sound → first audio', 'ms', totalsOf(known), turns, {
      targets: [most('p50', 250), most('p95', 450)],
      note: 'commands that were understood',
    }),
    ...spread('total_all', '… of all commands', 'ms', totalsOf(commands), turns, { note: 'misheard ones too' }),
    ...spread('total_cached', '… answer rendered by then', 'ms', totalsOf(known.filter(({ cached }) => cached)), turns),
    ...spread(
      'total_fresh',
      '… answer still being rendered',
      'ms',
      totalsOf(known.filter(({ cached }) => !cached)),
      turns,
    ),
    ...(m.recordings.length === 0
      ? []
      : [
          ...spread('total_recordings', '… real recordings', 'ms', totalsOf(m.recordings), turns),
          share('right_recordings', 'real recordings: right', m.recordings, isRight, turns),
        ]),
    share('right', 'right action', commands, isRight, turns, [least(85)]),
    share('wrong', 'wrong action, talk included', m.turns, ({ verdict }) => verdict === 'wrong', turns, [
      most('value', 2),
    ]),
    share('nothing', 'nothing done', commands, ({ verdict }) => verdict === 'nothing', turns),
    share('cut_short', 'cut short for good', commands, ({ cutShort }) => cutShort, turns, [most('value', 1)]),
    share('reopened', 'reopened', commands, ({ reopened }) => reopened > 0, turns),
    ...spread('wake_cpu', 'wake word: CPU a frame of 80 ms', 'ms', m.wakeCost, why('wake cost'), {
      targets: [most('p50', 1.1)],
    }),
    ...spread('wake', 'end of wake word → detection', 'ms', wakesOf(m.turns), turns, {
      targets: [most('p50', 30), most('p95', 200)],
    }),
    share('wake_missed', 'wake words missed', m.turns, ({ missed }) => missed, turns),
    ...spread(
      'acknowledgement',
      'clear that nothing follows → “yes”',
      'ms',
      there(m.acknowledgements),
      why('acknowledgements'),
      {
        targets: [most('p50', 250)],
        ...(late > 0 && { note: `${late} of ${m.acknowledgements.length} never came` }),
      },
    ),
    ...spread('draft_vosk', 'pause → draft, Vosk, 3 s', 'ms', m.drafts.get('vosk') ?? [], why('drafts'), {
      targets: [most('p50', 30)],
    }),
    ...spread(
      'draft_moonshine',
      'pause → draft, Moonshine, 3 s',
      'ms',
      m.drafts.get('moonshine') ?? [],
      why('drafts'),
      {
        targets: [most('p50', 90)],
      },
    ),
    ...spread('voice_fresh', 'voice: 12 new words → first audio', 'ms', m.fresh, why('synthesis'), {
      targets: [most('p50', 200)],
    }),
    ...spread('voice_cached', 'voice: the same again', 'ms', m.cached, why('synthesis'), {
      targets: [most('p50', 10)],
    }),
    ...effectsDelayRow(m, why('effects')),
    ...spread('effects_cost', 'effects: CPU', 'of real time', m.effectsCost, why('effects'), {
      targets: [most('p50', 0.03)],
    }),
    eventLoopRow(m.loop.delays, turns),
    ...spread(
      'memory',
      'resident memory',
      'MB',
      memory.map(({ resident }) => resident / MB),
      m.starts.length > 0 ? 'this system has no /proc' : why('starts'),
      {
        targets: [most('p50', 700)],
        ...(shared !== undefined && { note: `shared pages counted once: ${Math.round(shared / MB)} MB` }),
      },
    ),
    ...spread(
      'start',
      'start of the process → all loaded',
      'ms',
      m.starts.map(({ ready }) => ready),
      why('starts'),
      {
        targets: [most('p50', 2_000)],
      },
    ),
    ...[...m.loading].flatMap(([part, times]) =>
      spread(`load_${part.replaceAll(' ', '_')}`, `loading: ${part}`, 'ms', times, why('starts')),
    ),
  ];
};

const effectsDelayRow = ({ effects }: Measurements, missing: string): readonly Row[] => {
  const label = 'effects: delay besides periods';
  const targets = [most('value', 20)];
  if (!effects) return [single('effects_delay', label, 'ms', 0, undefined, missing, { targets })];
  const { sum, periods } = effects;
  return [
    single('effects_delay', label, 'ms', 1, sum - periods, missing, {
      targets,
      note: `${sum.toFixed(1)} ms in all, ${periods.toFixed(1)} ms of them one period of the lowest voice`,
    }),
  ];
};

const eventLoopRow = (delays: readonly number[], missing: string): Row => {
  const label = 'event loop delay in turns, p99';
  const sorted = delays.toSorted((a, b) => a - b);
  const targets = [most('value', 20)];
  if (sorted.length === 0) return single('loop', label, 'ms', 0, undefined, missing, { targets });
  const note = `at most ${Math.round(sorted.at(-1)!)} ms`;
  return single('loop', label, 'ms', sorted.length, quantile(sorted, 0.99), missing, { targets, note });
};

const totalsOf = (turns: readonly TurnFigures[]): readonly number[] => there(turns.map(({ total }) => total));
const wakesOf = (turns: readonly TurnFigures[]): readonly number[] => there(turns.map(({ wake }) => wake));
const there = (values: readonly (number | undefined)[]): readonly number[] =>
  values.filter((value) => value !== undefined);
const isRight = ({ verdict }: TurnFigures): boolean => verdict === 'right';

/** A target: at most so much. */
export const most = (of: Target['of'], limit: number): Target => ({ of, limit });
const least = (limit: number): Target => ({ of: 'value', limit, least: true });

interface Extra {
  readonly targets?: readonly Target[];
  readonly note?: string;
}

/** The row of many measurements; none where there are none and no target either. */
export const spread = (
  id: string,
  label: string,
  unit: Unit,
  values: readonly number[],
  missing: string,
  { targets = [], note }: Extra = {},
): readonly Row[] => {
  const summary = summarise(values);
  if (!summary) return targets.length === 0 ? [] : [{ id, label, unit, n: 0, targets, missing, ...noted(note) }];
  const { interval, ...figures } = summary;
  return [judged({ id, label, unit, ...figures, ...(interval && { interval }), targets, ...noted(note) })];
};

/** A row of how many of them are something, in per cent. */
export const share = <One>(
  id: string,
  label: string,
  of: readonly One[],
  is: (one: One) => boolean,
  missing: string,
  targets: readonly Target[] = [],
): Row => {
  const n = of.length;
  const hits = of.filter(is).length;
  const interval = shareInterval(hits, n);
  if (!interval) return { id, label, unit: '%', n, targets, missing };
  const percent = { low: interval.low * 100, high: interval.high * 100 };
  return judged({
    id,
    label,
    unit: '%',
    n,
    value: (hits / n) * 100,
    interval: percent,
    targets,
    note: `${hits} of ${n}`,
  });
};

/** The row of one figure; `n` measurements are behind it. */
export const single = (
  id: string,
  label: string,
  unit: Unit,
  n: number,
  value: number | undefined,
  missing: string,
  { targets = [], note }: Extra = {},
): Row => {
  if (value === undefined) return { id, label, unit, n, targets, missing };
  return judged({ id, label, unit, n, value, targets, ...noted(note) });
};

const noted = (note: string | undefined): { readonly note?: string } => (note === undefined ? {} : { note });

const judged = (row: Row): Row => {
  if (row.targets.length === 0) return row;
  const met = row.targets.every(({ of, limit, least: atLeast }) => {
    const figure = row[of];
    return figure !== undefined && (atLeast === true ? figure >= limit : figure <= limit);
  });
  return { ...row, met };
};
