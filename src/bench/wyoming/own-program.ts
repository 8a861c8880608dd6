import { spawn } from 'node:child_process';
import { Fault } from '../../faults.js';
import { shipped } from '../../package.js';
import type { Milliseconds } from '../../units.js';

/** The program as people run it, in a process of its own. */
export interface OwnProgram {
  readonly port: number;
  /** Ends it, and waits until it has ended. */
  stop(): Promise<void>;
}

/** Whatever house the options of this machine name: nothing is switched on in it. */
const STANDING_IN = ['home.kind=demo', 'conversation.commands=home'];
const READY_WITHIN: Milliseconds = 120_000;

/** @param settings more options, `name=value`. @throws Fault `engine` where it does not get ready. */
export const startOwnProgram = async (port: number, settings: readonly string[] = []): Promise<OwnProgram> => {
  const set = [`port=${port}`, 'bind=127.0.0.1', ...STANDING_IN, ...settings].flatMap((setting) => ['--set', setting]);
  const child = spawn(process.execPath, [shipped('dist/cli.js'), 'start', '--no-demo', ...set], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ready = new Promise<void>((resolve, reject) => {
    const limit = setTimeout(
      () => reject(new Fault('engine', `The program did not get ready:\n${output}`)),
      READY_WITHIN,
    );
    const note = (text: string): void => {
      if (output.includes(READY)) return;
      output += text;
      if (!output.includes(READY)) return;
      clearTimeout(limit);
      resolve();
    };
    child.stdout.setEncoding('utf8').on('data', note);
    child.stderr.setEncoding('utf8').on('data', note);
    void ended.then(() => {
      clearTimeout(limit);
      reject(new Fault('engine', `The program has ended at once:\n${output}`));
    });
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    await ready;
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
};

/** What it says when it serves. */
const READY = 'Ready.';
