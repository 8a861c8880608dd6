import { type DestinationStream, destination, type Logger, type LoggerOptions, levels, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { Fault, messageOf } from './faults.js';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug' | 'trace';
export type LogFormat = 'auto' | 'pretty' | 'plain' | 'json';
/**
 * What was said, by anybody, goes into the field `speech` and nowhere else: lines above `debug` lose it.
 * What was thrown goes into the field `error`.
 */
export type Log = Logger;

export interface LogSettings {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Where lines go; default stderr, so that stdout is left to results. */
  readonly fd?: number;
  /** Instead of `fd`: takes whole lines. For tests. */
  readonly write?: (line: string) => void;
}

const CENSOR = '***';
const SECRETS = [
  'token',
  'access_token',
  'refresh_token',
  'key',
  'api_key',
  'apiKey',
  'password',
  'secret',
  'authorization',
];
const DEPTHS = ['', '*.', '*.*.', '*.*.*.'];
const DEBUG = levels.values.debug!;

/**
 * The program's log: pretty on a terminal, plain single lines for the Supervisor or journald, JSON for machines.
 * Written synchronously, so nothing is lost when the process ends.
 */
export const createLog = ({ level, format, fd = 2, write }: LogSettings): Log => {
  const terminal = write === undefined && (fd === 1 ? process.stdout : process.stderr).isTTY === true;
  const look = format === 'auto' ? (terminal ? 'pretty' : 'plain') : format;
  const options: LoggerOptions = {
    level,
    base: null,
    redact: { paths: SECRETS.flatMap((name) => DEPTHS.map((depth) => depth + name)), censor: CENSOR },
    serializers: { error: (error: unknown) => describeError(error, level === 'debug' || level === 'trace') },
    hooks: {
      logMethod(args, method, lineLevel) {
        const [fields] = args as unknown[];
        if (lineLevel > DEBUG && typeof fields === 'object' && fields !== null && 'speech' in fields) {
          const { speech: _, ...rest } = fields;
          (args as unknown[])[0] = rest;
        }
        method.apply(this, args);
      },
    },
  };
  return pino(options, streamFor(look, fd, terminal, write));
};

const streamFor = (
  look: Exclude<LogFormat, 'auto'>,
  fd: number,
  terminal: boolean,
  write: ((line: string) => void) | undefined,
): DestinationStream => {
  const out: DestinationStream = write ? { write } : destination({ fd, sync: true });
  if (look === 'json') return out;
  const format = look === 'plain' ? plainLine : prettyLine(terminal && process.env.NO_COLOR === undefined);
  return { write: (line) => out.write(format(line)) };
};

const prettyLine = (colorize: boolean): ((json: string) => string) => {
  // Only its formatter: a transport in a worker would lose lines when the process ends.
  const format = prettyFactory({ colorize, translateTime: 'SYS:HH:MM:ss.l', singleLine: true });
  return (json) => String(format(json) ?? '');
};

interface Line {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

/** `2026-11-22T15:45:18.123Z INFO turn done total_ms=206`. */
const plainLine = (json: string): string => {
  const { level, time, msg, ...fields } = JSON.parse(json) as Line;
  const name = (levels.labels[level] ?? 'info').toUpperCase();
  const rest = Object.entries(fields).map(([field, value]) => `${field}=${plainValue(value)}`);
  return `${[new Date(time).toISOString(), name, ...(msg ? [oneLine(msg)] : []), ...rest].join(' ')}\n`;
};

const plainValue = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=]+$/.test(text) || (typeof value === 'object' && value !== null) ? text : JSON.stringify(text);
};

/** A line feed in a message would look like a line of its own. */
const oneLine = (text: string): string => text.replace(/\s*[\r\n]+\s*/g, ' | ');

/** What was thrown, for a log: understood trouble never has a stack, a defect has one from `debug` on. */
const describeError = (error: unknown, stack: boolean): Readonly<Record<string, unknown>> => {
  if (error instanceof Fault) {
    const { code, message, hint } = error;
    return { code, message, ...(hint ? { hint } : {}) };
  }
  return { message: messageOf(error), ...(stack && error instanceof Error ? { stack: error.stack } : {}) };
};
