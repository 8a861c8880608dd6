import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/faults.js';
import { loadPersona, parsePersona } from '../../src/persona/load.js';

const file = new URL('../../personas/demon.yaml', import.meta.url).pathname;
const source = readFileSync(file, 'utf8');

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

function faultOf(text: string): Fault {
  try {
    parsePersona(text, 'mine.yaml');
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('expected a fault');
}

describe('a persona file', () => {
  it('is read', async () => {
    const persona = await loadPersona(file);
    expect(persona).toMatchObject({ id: 'demon', name: 'Vathrax', tone: 'family', voice: { engine: 'piper' } });
    expect(persona.effects.length).toBeGreaterThan(0);
  });

  it('that is missing is named', async () => {
    await expect(loadPersona('nowhere.yaml')).rejects.toThrow(/nowhere\.yaml cannot be read/);
  });

  it('reports all mistakes at once, each with file, line and key', () => {
    const broken = source
      .replace('tone: family\n', 'tone: rude\n')
      .replace('speed: 1.0', 'speed: 40')
      .replace('    done.scene:', '    done.scenery:')
      .replace('"It wakes."', '"It wakes at {value}."')
      .replace('"Choose: {names}?"', '"Choose, mortal."')
      .replace('name: Vathrax\n', 'name: Vathrax\nhorns: two\n');
    const { code, message } = faultOf(broken);
    expect(code).toBe('usage');
    expect(message).toContain('6 mistakes');
    expect(message).toContain(`mine.yaml:${lineOf(broken, 'horns:')}: horns: no such key`);
    expect(message).toContain(`mine.yaml:${lineOf(broken, 'speed: 40')}: voice.speed: `);
    expect(message).toContain(`mine.yaml:${lineOf(broken, 'tone: rude')}: tone: `);
    expect(message).toContain(
      `mine.yaml:${lineOf(broken, 'It wakes at')}: lines.en.done.turn_on.0: {value} is no slot`,
    );
    expect(message).toContain(
      `mine.yaml:${lineOf(broken, 'Choose, mortal')}: lines.en.which.2: a line of which needs {names}`,
    );
    expect(message).toContain('lines.en.done.scenery: no such situation; did you mean done');
  });

  it('must have the lines that nobody else can lend', () => {
    expect(faultOf(source.replace('    taunt:\n', '    error:\n')).message).toMatch(/mine\.yaml:\d+: .*unique/i);
    const { message } = faultOf(source.replace(/ {4}fact:[\s\S]*? {4}loading:\n/, '    fact:\n'));
    expect(message).toContain('lines for loading are missing');
  });

  it('must keep a line that needs no slot', () => {
    const only = source.replace(/( {4}partly:\n)[\s\S]*?( {4}not_understood:)/, '$1      - "Not {failed}."\n\n$2');
    expect(faultOf(only).message).toContain('lines.en.partly: at least one line must need no slot');
  });

  it('must have plain words for every danger', () => {
    const { message } = faultOf(source.replace(/ {4}gas:\n[\s\S]*? {4}carbon_monoxide:/, '    carbon_monoxide:'));
    expect(message).toContain('safety.en.gas');
  });

  it('must have stop phrases in each language that it speaks', () => {
    const two = source.replace('lines:\n  en:', 'lines:\n  de: *lines\n  en: &lines');
    const { message } = faultOf(two.replace('  de: *lines\n', '').replace('adult:\n', '  de: *lines\nadult:\n'));
    expect(message).toContain('stop: de is missing, though there are lines in de');
  });

  it.each(['', '[]', 'just text', '42', 'name: "unclosed', '? : :'])('that is %j is refused in words', (text) => {
    expect(faultOf(text).message).toContain('mine.yaml');
  });

  it('cannot grow without bound by aliases', () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x]\n${'bcdefgh'
      .split('')
      .map((key, index) => `${key}: &${key} [${`*${'abcdefg'[index]}, `.repeat(8)}x]`)
      .join('\n')}`;
    expect(faultOf(bomb).message).toMatch(/alias/i);
  });
});
