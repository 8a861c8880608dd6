import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGrammar, withGrammar } from '../../src/llm/grammar-calls.js';
import { question, TURN_ON } from './ask.js';

const read = (pieces: readonly string[]) => {
  const reader = readGrammar();
  const text = pieces.map((piece) => reader.take(piece)).join('');
  return { text, call: reader.end() };
};
const byCharacter = (text: string): string[] => text.split('');

describe('an answer bound to a grammar', () => {
  it('speaks before its string is closed', () => {
    const reader = readGrammar();
    expect(['{ "say"', ' : "Fo', 'ol', '. \\', '"Ha\\u00', 'e4"', ' }'].map((piece) => reader.take(piece))).toEqual([
      '',
      'Fo',
      'ol',
      '. ',
      '"Ha',
      'ä',
      '',
    ]);
    expect(reader.end()).toBeUndefined();
  });

  it('says any words as they are meant, however they are cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (words) => {
        fc.pre(!/\p{Cc}|\p{Cs}/u.test(words));
        expect(read(byCharacter(JSON.stringify({ say: words })))).toEqual({ text: words, call: undefined });
        const escaped = [...`${words}`]
          .map((unit) =>
            unit
              .split('')
              .map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
              .join(''),
          )
          .join('');
        expect(read(byCharacter(`{"say":"${escaped}"}`)).text).toBe(words);
      }),
    );
  });

  it('speaks what there is of words that were cut', () => {
    expect(read(['{"say": "The lamp b'])).toEqual({ text: 'The lamp b', call: undefined });
  });

  it('is a call where it does something', () => {
    expect(read(byCharacter('{"do": "turn_on", "with": {"name": "hall light"}}'))).toEqual({
      text: '',
      call: { kind: 'call', call: { name: 'turn_on', arguments: { name: 'hall light' } } },
    });
  });

  it.each(['{"do": "turn_on", "wi', '[]', 'null', '{"do": 5}', ''])('is trouble where it is neither: %s', (text) => {
    expect(() => read([text])).toThrow(expect.objectContaining({ trouble: 'garbage' }));
  });
});

describe('a prompt for a grammar', () => {
  it('keeps its first bytes, lists the tools, and tells what was done in the same form', () => {
    const { prompt, format } = withGrammar(
      question('And the hall?', {
        tools: [TURN_ON],
        messages: [
          { role: 'user', text: 'Light!' },
          { role: 'assistant', text: '', calls: [{ name: 'turn_on', arguments: { name: 'kitchen light' } }] },
          { role: 'tool', name: 'turn_on', text: 'done' },
          { role: 'assistant', text: 'So be it.' },
          { role: 'user', text: 'And the hall?' },
        ],
      }) as never,
    );
    expect(prompt.system).toMatch(/^You are a demon\.\n\n/);
    expect(prompt.system).toContain('turn_on: Turns a device on');
    expect(prompt.messages.map(({ text }) => text)).toEqual([
      'Light!',
      '{"do":"turn_on","with":{"name":"kitchen light"}}',
      'Result of turn_on: done',
      '{"say":"So be it."}',
      'And the hall?',
    ]);
    expect(format).toMatchObject({ anyOf: [{ required: ['say'] }, { properties: { do: { enum: ['turn_on'] } } }] });
  });
});
