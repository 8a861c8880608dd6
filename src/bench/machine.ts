import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import type { Bytes } from '../units.js';

/** What figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly arch: string;
  readonly memory: Bytes;
  readonly os: string;
  readonly node: string;
  /** Mean number of those who wanted a core, over the minute before the run. */
  readonly loadAverage: number;
}

export const thisMachine = (): Machine => ({
  // Node knows no model on some ARM boards.
  cpu: cpus()[0]?.model.trim() || 'unknown CPU',
  cores: cpus().length,
  arch: arch(),
  memory: totalmem(),
  os: distribution() ?? `${type()} ${release()}`,
  node: process.version,
  loadAverage: loadavg()[0] ?? 0,
});

/** More than half of the cores were in use before the bench began: its figures tell of others' work too. */
export const isBusy = ({ loadAverage, cores }: Pick<Machine, 'loadAverage' | 'cores'>): boolean =>
  loadAverage > 0.5 * cores;

const distribution = (): string | undefined => {
  try {
    const name = /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
    return name && `${name}, ${type()} ${release()}`;
  } catch {
    return undefined;
  }
};
