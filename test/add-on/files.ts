import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ours } from '../end-to-end/program.js';
import type { Privileges } from './supervisor.js';

export const text = (path: string): string => readFileSync(ours(path), 'utf8');

export const yaml = <Shape>(path: string): Shape => parse(text(path)) as Shape;

/** Folders that are no part of what is published. */
const NOT_OURS = ['.git', 'node_modules', 'dist', 'coverage', '.cache'];

/** Every file of the repository, relative to its root. */
export const tree = (folder = '.'): readonly string[] =>
  readdirSync(ours(folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return folder === '.' && NOT_OURS.includes(entry.name) ? [] : tree(path);
    return [path];
  });

/** What config.yaml may say, with the Supervisor's defaults (supervisor/apps/validate.py). */
export interface AddOn extends Privileges {
  readonly [key: string]: unknown;
  readonly version: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly arch: readonly string[];
  readonly image?: string;
  readonly map: readonly string[];
  readonly ports: Readonly<Record<string, number | null>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly schema: Readonly<Record<string, unknown>>;
}

export const addOn = yaml<AddOn>('config.yaml');
