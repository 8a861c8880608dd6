import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { shipped } from '../package.js';

/** A file of the page as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
}

const FILES: Readonly<Record<string, { readonly name: string; readonly type: string }>> = {
  '/': { name: 'page.html', type: 'text/html; charset=utf-8' },
  '/page.css': { name: 'page.css', type: 'text/css; charset=utf-8' },
  '/page.js': { name: 'page.js', type: 'text/javascript; charset=utf-8' },
};

/** The page's files by their path, read once. */
export const pageFiles = (): ReadonlyMap<string, PageFile> =>
  new Map(
    Object.entries(FILES).map(([path, { name, type }]) => {
      const body = readFileSync(shipped(`pages/status/${name}`));
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      return [path, { type, body, etag }];
    }),
  );
