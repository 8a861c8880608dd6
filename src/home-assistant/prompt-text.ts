import { plain } from './plain.js';

/** Quotes would end the quotation; the others are what chat templates and template languages are made of. */
const MEANINGFUL = /[<>{}[\]|`\\#]+/g;

/** Somebody else's text for a prompt: quoted, one line, at most `limit` characters, no marks that a model takes as form. */
export const quoted = (text: string, limit: number): string =>
  `"${plain(plain(text, limit).replace(MEANINGFUL, ' ').replaceAll('"', "'"), limit)}"`;
