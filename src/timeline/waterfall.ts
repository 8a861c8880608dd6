import { styleText } from 'node:util';
import type { Milliseconds } from '../units.js';
import { ratingOf, type Span, type SpanName } from './targets.js';

export interface WaterfallOptions {
  /** Of the terminal, in characters; default 80, at least 60. */
  readonly width?: number;
  readonly colour?: boolean;
  /** Letters of ASCII only, for a terminal that knows no others. */
  readonly ascii?: boolean;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const MIN_WIDTH = 60;
const DEFAULT_WIDTH = 80;
/** Right of the bar: "    1234 ms  < 500 ✓", or the word for it. */
const FIGURES = 20;
const FIGURES_ASCII = 25;
/** Measured, but no part of the way from the last sound to the answer: a line without a place on the axis. */
const ASIDE: readonly SpanName[] = ['wake', 'effects'];

/**
 * A turn as bars on a time axis that begins with the last sound, a line for each part of it, each with its target and
 * whether it was kept. Ends without a line feed; empty where there is nothing to show.
 */
export const renderWaterfall = (spans: readonly Span[], options: WaterfallOptions = {}): string => {
  const aside = spans.filter(({ name }) => ASIDE.includes(name));
  const parts = spans.filter(({ name }) => name !== 'total' && !ASIDE.includes(name));
  const total = spans.find(({ name }) => name === 'total');
  const first = total ?? parts[0];
  if (!first) return aside.map((span) => row(span, '', 16, 0, options)).join('\n');

  const width = Math.max(MIN_WIDTH, options.width ?? DEFAULT_WIDTH);
  const labels = Math.max(...spans.map(({ label }) => label.length)) + 2;
  const room = width - labels - (options.ascii ? FIGURES_ASCII : FIGURES);
  const origin = Math.min(first.start, ...parts.map(({ start }) => start));
  const end = Math.max(1, ...[...parts, first].map(({ start, duration }) => start + duration - origin));

  const bars = [...parts, ...(total ? [total] : [])].map((span) =>
    row(span, bar(span.start - origin, span.duration, end, room, options), labels, room, options),
  );
  return [
    ...aside.map((span) => row(span, '', labels, room, options)),
    `${' '.repeat(labels)}${axis(end, room, options)}`,
    ...bars,
    ...(total ? [`${' '.repeat(labels)}${verdict(total, options)}`] : []),
  ].join('\n');
};

const row = (span: Span, drawn: string, labels: number, room: number, options: WaterfallOptions): string => {
  const { label, duration, limit, met } = span;
  const bold = span.name === 'total';
  const name = paint(label.padEnd(labels), bold ? 'bold' : 'dim', options);
  const body = paint(drawn.padEnd(room), colourOf(span), options);
  const figure = paint(`${milliseconds(duration).padStart(8)} ms`, bold ? 'bold' : undefined, options);
  if (limit === undefined) return `${name}${body}${figure}`.trimEnd();
  const target = paint(`< ${String(limit).padStart(3)}`, 'dim', options);
  return `${name}${body}${figure}  ${target} ${sign(met, options)}`;
};

const bar = (
  start: Milliseconds,
  duration: Milliseconds,
  end: Milliseconds,
  room: number,
  { ascii }: WaterfallOptions,
): string => {
  const left = Math.min(room - 1, Math.floor((start / end) * room));
  const eighths = Math.max(1, Math.min((room - left) * 8, Math.round((duration / end) * room * 8)));
  const full = Math.floor(eighths / 8);
  const drawn = ascii ? '#'.repeat(Math.max(1, Math.round(eighths / 8))) : '█'.repeat(full) + EIGHTHS[eighths % 8]!;
  return ' '.repeat(left) + drawn;
};

/** Ticks at round times, no nearer to one another than their figures allow. */
const axis = (end: Milliseconds, room: number, options: WaterfallOptions): string => {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000].find(
    (candidate) => (candidate / end) * room >= 8,
  );
  let line = '';
  for (let time = 0; time <= end; time += step ?? end) {
    const at = Math.floor((time / end) * room);
    const figure = `${options.ascii ? '|' : '╷'}${time}`;
    if (at < line.length || at + figure.length > room) continue;
    line = line.padEnd(at) + figure;
  }
  return paint(`${line.padEnd(room)}${'ms'.padStart(11)}  target`, 'dim', options);
};

const verdict = ({ duration, goal }: Span, options: WaterfallOptions): string => {
  const rating = ratingOf(duration);
  const colour = rating === 'excellent' ? 'green' : rating === 'good' ? 'yellow' : 'red';
  const aim = goal === undefined ? '' : `, ${duration < goal ? 'within' : 'above'} our own goal of ${goal} ms`;
  return paint(rating, colour, options) + paint(aim, 'dim', options);
};

const sign = (met: boolean, options: WaterfallOptions): string => {
  if (options.ascii) return met ? 'ok' : paint('MISSED', 'red', options);
  return met ? paint('✓', 'green', options) : paint('✗', 'red', options);
};

const colourOf = ({ name, met }: Span): Style => {
  if (!met) return 'red';
  if (name === 'total') return 'green';
  // Waiting is no work: it looks different.
  return name === 'wait' || name === 'pause' ? 'gray' : 'cyan';
};

const milliseconds = (duration: Milliseconds): string => (duration < 9.95 ? duration.toFixed(1) : duration.toFixed(0));

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'gray' | 'cyan';

const paint = (text: string, style: Style | undefined, { colour }: WaterfallOptions): string =>
  colour && style ? styleText(style, text, { validateStream: false }) : text;
