/** A stop after one of these ends no sentence. */
const ABBREVIATIONS = new Set('mr mrs ms dr st prof sr jr vs approx dept est gen col capt lt sgt rev hon'.split(' '));
/** Nor after one of these where a number follows. */
const BEFORE_NUMBERS = new Set('no fig vol ch p pp jan feb mar apr jun jul aug sep sept oct nov dec'.split(' '));

/** The sentences of a text, in order. Joined by a space they are the text with its white space evened. */
export function sentences(text: string): string[] {
  const even = text.replace(/\s+/g, ' ').trim();
  const found: string[] = [];
  let start = 0;
  for (const match of even.matchAll(/[.!?…]+["'”’)\]]*(?= |$)/g)) {
    const end = match.index + match[0].length;
    if (endsInside(even, match.index, match[0], even[end + 1])) continue;
    found.push(even.slice(start, end).trim());
    start = end;
  }
  const rest = even.slice(start).trim();
  return rest === '' ? found : [...found, rest];
}

/** Whether the stop at `index` belongs to a word or a number rather than to the end of a sentence. */
function endsInside(text: string, index: number, stop: string, next: string | undefined): boolean {
  if (next === undefined || /[!?]/.test(stop)) return false;
  // "Wait… for it": what goes on in lower case is the same sentence.
  if (/\p{Ll}/u.test(next)) return true;
  if (stop !== '.') return false;
  const word = /[\p{L}.]+$/u.exec(text.slice(0, index))?.[0] ?? '';
  const bare = word.toLowerCase();
  if (BEFORE_NUMBERS.has(bare)) return /\d/.test(next);
  // "a.m.", "p.m.", "e.g." end a sentence before a capital; the initial in "J. Smith" never does.
  if (/^(?:\p{L}\.)+\p{L}$/u.test(bare)) return !/\p{Lu}/u.test(next);
  return ABBREVIATIONS.has(bare) || (/^\p{Lu}$/u.test(word) && word !== 'I');
}
