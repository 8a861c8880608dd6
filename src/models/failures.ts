import { Fault, messageOf } from '../faults.js';
import type { Bytes } from '../units.js';

/** One source could not give the bytes: the next one is asked. */
export class SourceFailure extends Error {
  /** The same source may do better at once: a cut connection, a busy server. */
  readonly again: boolean;
  /** Nothing at this host answers, so that other files need not try it. */
  readonly hostDown: boolean;

  constructor(message: string, details: { again?: boolean; hostDown?: boolean } = {}) {
    super(message);
    this.name = 'SourceFailure';
    this.again = details.again ?? false;
    this.hostDown = details.hostDown ?? false;
  }
}

const UNREACHABLE = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']);

/** What a request or its body threw, as the failure of a source. */
export const networkFailure = (error: unknown): SourceFailure => {
  if (error instanceof SourceFailure) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new SourceFailure('the host is not known here', { hostDown: true });
  if (UNREACHABLE.has(code)) return new SourceFailure(`no connection (${code})`, { hostDown: true });
  if (code === 'ECONNRESET' || code === 'EPIPE' || messageOf(error) === 'aborted')
    return new SourceFailure('the connection was cut', { again: true });
  return new SourceFailure(messageOf(error));
};

const STORAGE_CODES = new Set(
  'ENOENT ENOSPC EDQUOT EFBIG EROFS EACCES EPERM ENOTDIR EISDIR EXDEV EMFILE ENFILE EIO ENAMETOOLONG'.split(' '),
);

/** Whether it is the disk that is in trouble, not the network. */
export const isStorageError = (error: unknown): boolean =>
  STORAGE_CODES.has((error as NodeJS.ErrnoException | undefined)?.code ?? '');

/** Trouble with the disk, in the user's words; anything else as it is. */
export const storageFault = (error: unknown, folder: string): unknown => {
  if (error instanceof Fault || !isStorageError(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const said = (message: string, hint: string) => new Fault('storage', message, { hint, cause: error });
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return said(
        `The disk with the model folder ${folder} is full.`,
        'Free some space, or choose another folder for the models; what was fetched so far is kept.',
      );
    case 'EROFS':
      return said(`The model folder ${folder} is read-only.`, 'Choose another folder for the models.');
    case 'EACCES':
    case 'EPERM':
      return said(
        `The model folder ${folder} may not be written by this user.`,
        'Change its owner, or choose another folder for the models.',
      );
    case 'ENOTDIR':
    case 'EISDIR':
      return said(
        `The model folder ${folder} cannot be used: a file and a folder are in each other's place.`,
        'Choose another folder for the models, or remove what is in the way.',
      );
    default:
      return said(`The model folder ${folder} cannot be used (${code}).`, 'Choose another folder for the models.');
  }
};

/** `1.2 GB`, `78.6 MB`, `954 B`: powers of 1000, as disks and networks are sold. */
export const formatBytes = (bytes: Bytes): string => {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(value < 99.95 ? 1 : 0)} ${units[unit]}`;
};
