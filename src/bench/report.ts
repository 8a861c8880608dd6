import { styleText } from 'node:util';
import { ratingOf } from '../timeline/targets.js';
import type { Comparison } from './comparison.js';
import { isBusy, type Machine } from './machine.js';
import type { Row, Target, Unit } from './rows.js';
import type { TurnFigures } from './turns.js';

/** What a bench tells, apart from its figures. */
export interface ReportFacts {
  readonly version: string;
  readonly machine: Machine;
  readonly engine: string;
  readonly persona: string;
  readonly seed: number;
  readonly commands: number;
  /** Ended by Ctrl-C. */
  readonly partial: boolean;
  /** Parts of the bench that have no figures, or not all of them, and why. */
  readonly trouble: readonly string[];
}

const BYTES_IN_GB = 1e9;
const COLUMNS = ['figure', 'n', 'p50', 'p95', 'max', '95 % interval', 'target', ''] as const;

/** The report as text: the machine, a table of the rows, the guide's rating. */
export const renderReport = (facts: ReportFacts, rows: readonly Row[], colour: boolean): string => {
  const { machine } = facts;
  const table = [
    [...COLUMNS],
    ...rows.map((row) => [
      row.label,
      row.n === 0 ? '' : String(row.n),
      formatted(row.p50 ?? row.value, row.unit),
      formatted(row.p95, row.unit),
      formatted(row.max, row.unit),
      row.interval ? `${formatted(row.interval.low, row.unit)} – ${formatted(row.interval.high, row.unit)}` : '',
      targetsOf(row),
      row.missing !== undefined
        ? `– not measured: ${row.missing}`
        : [sign(row, colour), row.note].filter(Boolean).join(' '),
    ]),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...table.map((line) => line[column]!.length)));
  const lines = table.map((line, i) => {
    const text = line
      .map((cell, column) =>
        column === 0 || column > 5 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd();
    return i === 0 && colour ? styleText('bold', text, { validateStream: false }) : text;
  });
  return [
    `Evil Assistant ${facts.version}, recogniser ${facts.engine}, persona ${facts.persona}, ${facts.commands} utterances, seed ${facts.seed}`,
    describeMachine(machine),
    ...(isBusy(machine) ? [busyWarning(machine, colour)] : []),
    ...(facts.partial ? ['Ended early: these are the figures so far.'] : []),
    '',
    ...lines,
    '',
    'Quantiles lie between the nearest values. Intervals: of the median by order statistics, of shares by Wilson.',
    ...facts.trouble.map((text) => `Incomplete: ${text}`),
    verdict(rows),
  ].join('\n');
};

export const busyWarning = ({ loadAverage, cores }: Machine, colour: boolean): string => {
  const text = `!!! This machine was busy before the run: load ${loadAverage.toFixed(2)} on ${cores} cores. The figures tell of others' work too. !!!`;
  return colour ? styleText(['bold', 'red'], text, { validateStream: false }) : text;
};

const describeMachine = ({ cpu, cores, arch, memory, os, node, loadAverage }: Machine): string =>
  `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'} (${arch}), ${(memory / BYTES_IN_GB).toFixed(1)} GB, ${os}, node ${node}, load ${loadAverage.toFixed(2)}`;

const verdict = (rows: readonly Row[]): string => {
  const total = rows.find(({ id }) => id === 'total')?.p50;
  const judged = rows.filter(({ met }) => met !== undefined);
  const missed = judged.filter(({ met }) => met === false).length;
  const unmeasured = rows.filter(({ targets, missing }) => targets.length > 0 && missing !== undefined).length;
  const reached = `${judged.length - missed} of ${judged.length + unmeasured} targets reached${unmeasured > 0 ? `, ${unmeasured} not measured` : ''}.`;
  if (total === undefined) return reached;
  return `${capitalised(ratingOf(total))} by the guide: half of the answers came within ${Math.round(total)} ms. ${reached}`;
};

/** The sentences that did not do what they should, each with what was heard. */
export const renderFailures = (turns: readonly TurnFigures[], most: number): string => {
  const failed = turns.filter(({ verdict: is, cutShort }) => is !== 'right' || cutShort);
  if (failed.length === 0) return '';
  const lines = failed.slice(0, most).map((turn) => {
    const heard = turn.missed ? 'the wake word was missed' : turn.heard === undefined ? 'no words' : `“${turn.heard}”`;
    return `  ${turn.verdict.padEnd(8)}“${turn.say}” → ${heard}${turn.cutShort ? ' (cut short)' : ''}`;
  });
  const more = failed.length > most ? [`  … and ${failed.length - most} more; --json has all of them`] : [];
  return ['What went wrong:', ...lines, ...more].join('\n');
};

/** Right, wrong and nothing by engine, and what each made of the sentences that it got wrong. */
export const renderComparison = (comparisons: readonly Comparison[]): string => {
  const share = (hits: number, of: number): string =>
    (of === 0 ? '–' : `${((100 * hits) / of).toFixed(1)} %`).padStart(9);
  const lines = comparisons.map(({ engine, readings, missing }) => {
    const commands = readings.filter(({ kind }) => kind === 'command');
    const count = (verdict: string): number => commands.filter((one) => one.verdict === verdict).length;
    const talk = readings.filter(({ kind }) => kind === 'talk');
    const taken = talk.filter(({ verdict }) => verdict === 'wrong').length;
    const figures = [count('right'), count('wrong'), count('nothing')].map((hits) => share(hits, commands.length));
    const why = missing === undefined ? '' : `  – ${missing}`;
    return `${engine.padEnd(11)}${String(commands.length).padStart(5)}${figures.join('')}${share(taken, talk.length)} of ${talk.length}${why}`;
  });
  return ['recogniser     n    right    wrong  nothing  talk taken for a command', ...lines].join('\n');
};

const sign = ({ met }: Row, colour: boolean): string => {
  if (met === undefined) return '';
  const [text, style] = met ? (['✓', 'green'] as const) : (['✗', 'red'] as const);
  return colour ? styleText(style, text, { validateStream: false }) : text;
};

const targetsOf = ({ targets, unit }: Row): string => {
  const [first, ...rest] = targets;
  if (!first) return '';
  const bound = ({ limit, least }: Target): string => `${least === true ? '≥' : '≤'} ${formatted(limit, unit, true)}`;
  return [bound(first), ...rest.map(bound)].join(' / ');
};

const formatted = (value: number | undefined, unit: Unit, asGiven = false): string => {
  if (value === undefined) return '';
  if (asGiven) return unit === 'of real time' ? String(value) : `${value} ${unit}`;
  switch (unit) {
    case 'ms':
      return `${Math.abs(value) < 9.95 ? value.toFixed(2) : value.toFixed(0)} ms`;
    case 'µs':
      return `${value.toFixed(1)} µs`;
    case '%':
      return `${value.toFixed(1)} %`;
    case 'MB':
      return `${value.toFixed(0)} MB`;
    case 'of real time':
      return value.toFixed(4);
  }
};

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
