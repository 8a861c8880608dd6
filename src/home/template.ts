import { Fault } from '../faults.js';

/** A part of a sentence template. */
export type Part =
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'slot'; readonly slot: string; readonly as: string }
  | { readonly kind: 'rule'; readonly rule: string }
  | { readonly kind: 'row'; readonly parts: readonly Part[] }
  | { readonly kind: 'choice'; readonly parts: readonly Part[] }
  | {
      readonly kind: 'optional';
      readonly part: Part;
      /** Marked `[~ …]`: may follow, but nobody waits for it. */
      readonly late: boolean;
    };

const TOKEN = /\s*(\[~|[[\]()|]|\{[a-z_]+(?::[a-z_]+)?\}|<[a-z_]+>|[\p{L}\p{N}']+)\s*/uy;

/**
 * Reads a template in the style of Home Assistant's hassil: `(turn|switch) on [the] {name}`. `[…]` is optional, `(a|b)`
 * a choice, `{slot}` or `{slot:as}` a value, `<rule>` a part with a name. Ours: `[~ …]` is optional and an afterthought.
 */
export function parseTemplate(template: string): Part {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < template.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(template)?.[1];
    if (token === undefined) throw malformed(template, `"${template.slice(at)}" is not understood`);
    tokens.push(token);
  }
  let next = 0;

  const choice = (close: string | undefined): Part => {
    const rows: Part[] = [];
    let row: Part[] = [];
    for (;;) {
      const token = tokens[next++];
      if (token === close) break;
      if (token === undefined) throw malformed(template, `"${close}" is missing`);
      if (token === '|') {
        rows.push({ kind: 'row', parts: row });
        row = [];
      } else row.push(single(token));
    }
    rows.push({ kind: 'row', parts: row });
    return rows.length === 1 ? rows[0]! : { kind: 'choice', parts: rows };
  };

  const single = (token: string): Part => {
    if (token === '(') return choice(')');
    if (token === '[' || token === '[~') return { kind: 'optional', part: choice(']'), late: token === '[~' };
    if (token === ']' || token === ')') throw malformed(template, `"${token}" was not opened`);
    if (token.startsWith('<')) return { kind: 'rule', rule: token.slice(1, -1) };
    if (!token.startsWith('{')) return { kind: 'word', word: token };
    const [slot = '', as = slot] = token.slice(1, -1).split(':');
    return { kind: 'slot', slot, as };
  };

  return choice(undefined);
}

const malformed = (template: string, what: string): Fault =>
  new Fault('input', `The grammar's template "${template}" is malformed: ${what}`);
