import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

interface PackageFile {
  readonly version: string;
  readonly description: string;
}

/** This program's own package file: one place for its version. */
export const packageFile = createRequire(import.meta.url)('../package.json') as PackageFile;

/** The path of something that ships with the program: `recordings/…`, `personas/…`. The same from `src` and from `dist`. */
export const shipped = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
