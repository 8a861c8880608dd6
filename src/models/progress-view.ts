import { systemClock } from '../clock.js';
import type { Milliseconds, Seconds } from '../units.js';
import { formatBytes } from './failures.js';
import type { FetchEvent, OnProgress } from './fetch-event.js';
import { advance, fractionOf, NO_PROGRESS, type Progress, type Transfer, timeLeft } from './progress.js';

/** What is needed of a terminal or of anything else that takes text. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressViewOptions {
  readonly stream: ProgressStream;
  readonly now?: () => Milliseconds;
  readonly env?: NodeJS.ProcessEnv;
  /** Where lines go when there is no terminal, for instance a logger; else to the stream. */
  readonly line?: (text: string) => void;
}

export interface ProgressView {
  readonly onProgress: OnProgress;
  /** Takes the bars away, so that something else can be printed; the next event draws them again. */
  clear(): void;
}

const REDRAW_EVERY: Milliseconds = 100;
const LINE_EVERY: Milliseconds = 3000;
/** Also without 10 % more: a slow download is not a dead one. */
const LINE_AT_LEAST: Milliseconds = 15_000;
const DEFAULT_COLUMNS = 80;
const MIN_BAR = 10;
const MAX_BAR = 30;
const MAX_LABEL = 36;

/** `0:07`, `1:02:30`. */
export const formatDuration = (seconds: Seconds): string => {
  const whole = Math.ceil(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
};

const shorten = (text: string, width: number): string =>
  text.length <= width ? text : width < 1 ? '' : `${text.slice(0, width - 1)}…`;

const amount = ({ received, total }: Transfer): string =>
  total === undefined ? formatBytes(received) : `${formatBytes(received)} of ${formatBytes(total)}`;

const figures = (it: Transfer): readonly string[] => {
  if (it.phase === 'connecting') return ['connecting'];
  if (it.phase === 'unpacking') return ['checking and unpacking'];
  const left = timeLeft(it);
  const fraction = fractionOf(it);
  return [
    ...(fraction === undefined ? [] : [`${Math.floor(fraction * 100)} %`.padStart(5)]),
    amount(it),
    ...(it.speed === undefined ? [] : [`${formatBytes(it.speed)}/s`]),
    ...(left === undefined ? [] : [`${formatDuration(left)} left`]),
  ];
};

/** One line for a terminal, never wider than it: the bar goes first, then the figures from the right, then the label. */
export const renderBar = (it: Transfer, columns: number, color: boolean): string => {
  const label = shorten(it.label, Math.max(8, Math.min(MAX_LABEL, Math.floor(columns / 3))));
  const parts = [...figures(it)];
  const width = () => [label, ...parts].join('  ').length;
  while (parts.length > 1 && width() > columns) parts.pop();
  const room = columns - width() - 2;
  const fraction = fractionOf(it);
  if (it.phase !== 'receiving' || fraction === undefined || room < MIN_BAR)
    return shorten([label, ...parts].join('  '), columns);
  const length = Math.min(MAX_BAR, room);
  const full = Math.floor(fraction * length);
  const bar = '█'.repeat(full) + '░'.repeat(length - full);
  return [label, color ? `\u001b[36m${bar}\u001b[39m` : bar, ...parts].join('  ');
};

/** What is said once and stays, of an event. */
const announcement = (event: FetchEvent, before: Progress, now: Milliseconds): string | undefined => {
  switch (event.kind) {
    case 'planned':
      return `Fetching ${event.models.join(', ')} (${formatBytes(event.bytes)})`;
    case 'waiting':
      return `Another evil-assistant${event.pid ? ` (process ${event.pid})` : ''} is fetching models into this folder; waiting for it`;
    case 'failed':
      return `Not from ${event.reason}`;
    case 'done': {
      const it = before.get(event.key);
      if (!it) return undefined;
      return `Fetched ${it.label} (${formatBytes(it.received)}, ${formatDuration((now - it.startedAt) / 1000)})`;
    }
    case 'finished':
      return 'All models are there and checked';
    default:
      return undefined;
  }
};

/** Plain lines: at most one in a few seconds for each download, and only with news. */
const plainView = (now: () => Milliseconds, line: (text: string) => void): ProgressView => {
  let progress = NO_PROGRESS;
  const last = new Map<string, { at: Milliseconds; fraction: number }>();
  return {
    clear: () => {},
    onProgress: (event) => {
      const at = now();
      const said = announcement(event, progress, at);
      if (said) line(said);
      progress = advance(progress, event, at);
      if (!('key' in event)) return;
      const it = progress.get(event.key);
      if (!it) last.delete(event.key);
      if (!it || event.kind !== 'received') return;
      const fraction = fractionOf(it) ?? 0;
      const then = last.get(event.key);
      if (!then) {
        last.set(event.key, { at, fraction });
        return;
      }
      const waited = at - then.at;
      if (waited < LINE_EVERY || (fraction < then.fraction + 0.1 && waited < LINE_AT_LEAST)) return;
      last.set(event.key, { at, fraction });
      line(
        `${it.label}: ${figures(it)
          .map((text) => text.trim())
          .join(', ')}`,
      );
    },
  };
};

/** Bars that are redrawn in place, one a download; what stays is printed above them. */
const terminalView = (stream: ProgressStream, now: () => Milliseconds, color: boolean): ProgressView => {
  let progress = NO_PROGRESS;
  let drawn = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  const erase = () => (drawn > 0 ? `\u001b[${drawn}A\r\u001b[0J` : '');
  const draw = (above: string) => {
    // One column less: a full last column makes some terminals begin a line of their own.
    const columns = Math.max(20, (stream.columns ?? DEFAULT_COLUMNS) - 1);
    const bars = [...progress.values()].map((it) => `${renderBar(it, columns, color)}\n`);
    stream.write(erase() + above + bars.join(''));
    drawn = bars.length;
    drawnAt = now();
  };
  return {
    clear: () => {
      if (drawn > 0) stream.write(erase());
      drawn = 0;
      drawnAt = Number.NEGATIVE_INFINITY;
    },
    onProgress: (event) => {
      const at = now();
      const said = announcement(event, progress, at);
      progress = advance(progress, event, at);
      if (said !== undefined || event.kind !== 'received' || at - drawnAt >= REDRAW_EVERY)
        draw(said ? `${said}\n` : '');
    },
  };
};

/** Shows what the store fetches: bars on a terminal, else a line now and then. */
export const progressView = (options: ProgressViewOptions): ProgressView => {
  const { stream, now = systemClock.now, env = process.env, line = (text) => stream.write(`${text}\n`) } = options;
  return stream.isTTY && env.TERM !== 'dumb' ? terminalView(stream, now, !env.NO_COLOR) : plainView(now, line);
};
