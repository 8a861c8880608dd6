import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a command prints, or undefined where there is no such command, or it fails or takes too long. */
export type Capture = (command: string, args: readonly string[], signal: AbortSignal) => Promise<string | undefined>;

const run = promisify(execFile);
const TIME_LIMIT_MS = 20_000;

export const capture: Capture = async (command, args, signal) => {
  try {
    const { stdout } = await run(command, [...args], {
      signal,
      timeout: TIME_LIMIT_MS,
      maxBuffer: 8 << 20,
      windowsHide: true,
      // On Windows npm is a script, which only a shell can start. The arguments are constants.
      shell: process.platform === 'win32' && command === 'npm',
    });
    return stdout;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
};
