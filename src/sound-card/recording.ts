import { fileURLToPath } from 'node:url';
import { compiled } from '../engines/compiled.js';
import { messageOf } from '../faults.js';

/** A program that writes 16-bit PCM to its output. */
export interface RecorderCommand {
  readonly cmd: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface RecordingEvents {
  readonly onSound: (pcm: Buffer) => void;
  /** What the program tells on its error output, line by line. */
  readonly onLine: (line: string) => void;
}

/** One run of a recorder. */
export interface Recording {
  readonly pid: number | undefined;
  /** Settles when the process is gone, with the reason. Never rejects. */
  readonly ended: Promise<string>;
  /** At once, for good. */
  kill(): void;
}

export type StartRecording = (command: RecorderCommand, events: RecordingEvents) => Promise<Recording>;

/** Of the last words of a recorder, which say what went wrong. */
const LONGEST_LINE = 300;

/**
 * Starts a recorder through node-record-lpcm16, with fences around what that does by itself: it crashes on a missing
 * program, and reports every end as an error on its stream.
 */
export const startRecording: StartRecording = async ({ cmd, args, env }, { onSound, onLine }) => {
  const { default: lpcm16 } = await import('node-record-lpcm16');
  const recording = lpcm16.record({
    recorder: fileURLToPath(compiled(new URL('./recorder.cjs', import.meta.url))),
    audioType: 'raw',
    cmd,
    args: [...args],
    spawnOptions: { env, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  const { process: child } = recording;
  let trouble: string | undefined;
  let last = '';
  const lines = lineReader((line) => {
    if (!/^Time: /.test(line)) last = line;
    onLine(line);
  });
  child.on('error', (error) => {
    trouble = messageOf(error);
  });
  const stream = recording.stream();
  stream.on('error', () => {});
  stream.on('data', onSound);
  child.stderr.on('data', (bytes: Buffer) => lines(bytes.toString()));
  return {
    pid: child.pid,
    ended: new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void =>
        resolve(trouble ?? `${signal ?? `exit code ${code}`}${last === '' ? '' : `: ${last}`}`);
      child.on('close', end);
      // Where nothing was started, nothing is closed either.
      if (child.pid === undefined) child.on('error', () => end(null, null));
    }),
    // There is nothing to be saved, and a program that hangs would not heed anything less.
    kill: () => void child.kill('SIGKILL'),
  };
};

/** Lines as they come; a carriage return ends one too. */
export const lineReader = (onLine: (line: string) => void): ((text: string) => void) => {
  let held = '';
  return (text) => {
    const parts = `${held}${text}`.split(/[\r\n]+/);
    held = parts.pop()!.slice(0, LONGEST_LINE);
    // Programs on terminals clear the rest of a line with an escape sequence.
    for (const part of parts) {
      const line = part.replace(/\p{Cc}\[K/gu, '').trim();
      if (line !== '') onLine(line.slice(0, LONGEST_LINE));
    }
  };
};
