import { describe, expect, it } from 'vitest';
import { callsOf, writeCall } from '../../../src/llm/embedded/calls.js';
import { spoken } from '../../../src/llm/embedded/spoken.js';
import type { Tool } from '../../../src/stages.js';

const tool = (name: string, properties: object, required: readonly string[] = []): Tool => ({
  name,
  description: `Does ${name}`,
  parameters: { type: 'object', properties, required },
  writes: true,
});
const turnOn = tool('turn_on', { area: { type: 'string' }, name: { enum: ['kitchen light', 'hall light'] } }, ['name']);
const setTo = tool('set_to', { degrees: { type: 'number' }, slowly: { type: 'boolean' } }, ['degrees']);
const stopAll = tool('stop_all', {});
const many = tool('many', { rooms: { type: 'array', items: { enum: ['attic', 'crypt'] } } }, ['rooms']);
const calls = callsOf([turnOn, setTo, stopAll, many])!;

describe('tools in a line', () => {
  it('are told with what is required first', () => {
    expect(calls.instructions.split('\n').slice(1)).toEqual([
      '!turn_on | name | area? (Does turn_on)',
      '!set_to | degrees | slowly? (Does set_to)',
      '!stop_all (Does stop_all)',
      '!many | rooms (Does many)',
    ]);
  });

  it('have a grammar that knows their names and choices', () => {
    const rules = Object.fromEntries(
      calls
        .grammar(false)
        .split('\n')
        .map((line) => line.split(' ::= ')),
    );
    expect(rules.root).toBe('calls | talk');
    expect(rules['tool-0']).toBe('"turn_on" " | " ("kitchen light" | "hall light") (" | " words )?');
    expect(rules['tool-1']).toBe('"set_to" " | " number (" | " boolean )?');
    expect(rules['tool-2']).toBe('"stop_all"');
    expect(calls.grammar(true)).toContain('root ::= "\\n" calls | talk');
  });

  it.each([
    ['turn_on | hall light', { name: 'turn_on', arguments: { name: 'hall light' } }],
    ['turn_on | hall light | attic', { name: 'turn_on', arguments: { name: 'hall light', area: 'attic' } }],
    ['set_to | 21.5 | true', { name: 'set_to', arguments: { degrees: 21.5, slowly: true } }],
    ['stop_all', { name: 'stop_all', arguments: {} }],
    ['many | attic,crypt', { name: 'many', arguments: { rooms: ['attic', 'crypt'] } }],
    ['unheard_of | x', { name: 'unheard_of', arguments: {} }],
  ])('are read back: %s', (line, call) => {
    expect(calls.read(line)).toEqual(call);
  });

  it('are written into a conversation as the model would', () => {
    expect(writeCall({ name: 'turn_on', arguments: { name: 'hall light', area: 'attic' } })).toBe(
      '!turn_on | hall light | attic',
    );
    expect(writeCall({ name: 'stop_all', arguments: undefined })).toBe('!stop_all');
  });

  it('are left out where a line cannot say what they require', () => {
    const nested = tool('nested', { deep: { type: 'object' } }, ['deep']);
    const odd = tool('odd', { name: { enum: ['a|b'] } }, ['name']);
    expect(callsOf([nested, odd])).toBeUndefined();
    expect(callsOf([nested, stopAll])?.instructions).not.toContain('nested');
    expect(callsOf([tool('some', { deep: { type: 'object' }, name: { type: 'string' } })])?.instructions).toContain(
      '!some | name?',
    );
  });
});

describe('what a model with tools says', () => {
  const said = (text: string, begun = false) => {
    const parting = spoken(calls, 4, begun);
    const items = [...text].flatMap((piece) => parting.push(piece).items);
    return [...items, ...parting.end()].reduce<unknown[]>((all, item) => {
      const last = all.at(-1);
      if (item.kind === 'text' && typeof last === 'string') all[all.length - 1] = last + item.text;
      else all.push(item.kind === 'text' ? item.text : item.kind === 'call' ? item.call.name : item);
      return all;
    }, []);
  };
  it('is talk or calls', () => {
    expect(said('Begone!')).toEqual(['Begone!']);
    expect(said('!stop_all\n!set_to | 3')).toEqual(['stop_all', 'set_to']);
    expect(said('\n!stop_all', true)).toEqual(['stop_all']);
    expect(said(' You dare?', true)).toEqual([' You dare?']);
  });
});
