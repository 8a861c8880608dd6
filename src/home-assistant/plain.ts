/** Control characters, line breaks, and marks that are not seen but change how text is shown or read. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]+/gu;

/** Text of somebody else on one line: no control characters, blanks joined, at most `limit` characters. */
export const plain = (text: string, limit: number): string => {
  // Cut first, generously: what is unseen may be most of it, but must not cost time without bound.
  const line = text
    .slice(0, limit * 8)
    .normalize('NFC')
    .replace(UNSEEN, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  if (line.length <= limit) return line;
  // Not in the middle of a character that takes two units.
  return line
    .slice(0, limit)
    .replace(/[\uD800-\uDBFF]$/u, '')
    .trimEnd();
};
