import { execFile } from 'node:child_process';
import type { Milliseconds } from '../units.js';

/** What a tool of the sound system may take; a server that hangs is as good as none. */
const LIMIT: Milliseconds = 3_000;
/** The list of a server with hundreds of streams has about 1 MB. */
const LONGEST = 8 * 1024 * 1024;

/** Messages of these programs are read, and a locale would change their words and their decimal points. */
export const plainLocale = (): NodeJS.ProcessEnv => ({ ...process.env, LC_ALL: 'C' });

/** What a program prints; undefined where it fails, is missing or takes too long. */
export const outputOf = (program: string, args: readonly string[], signal?: AbortSignal): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile(
      program,
      args,
      { env: plainLocale(), timeout: LIMIT, killSignal: 'SIGKILL', maxBuffer: LONGEST, ...(signal && { signal }) },
      (error, stdout) => resolve(error ? undefined : stdout),
    );
  });
