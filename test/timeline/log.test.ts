import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/faults.js';
import { createLog, type LogFormat, type LogLevel } from '../../src/log.js';

const logged = (level: LogLevel, format: LogFormat) => {
  const lines: string[] = [];
  return { log: createLog({ level, format, write: (line) => lines.push(line) }), lines };
};

describe('the log', () => {
  it('is a plain line of text where there is no terminal', () => {
    const { log, lines } = logged('info', 'auto');
    log.info({ total_ms: 203, word: 'hey_jarvis', note: 'two words' }, 'turn done');
    log.warn('first\n  second');
    log.debug('not seen');
    expect(lines.length).toBe(2);
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z INFO turn done total_ms=203 word=hey_jarvis note="two words"\n$/,
    );
    expect(lines[1]).toMatch(/WARN first \| second\n$/);
  });

  it('is JSON for machines', () => {
    const { log, lines } = logged('info', 'json');
    log.info({ turn: 't1' }, 'done');
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 30, turn: 't1', msg: 'done' });
  });

  it('is for people on a terminal', () => {
    const { log, lines } = logged('info', 'pretty');
    log.info({ turn: 't1' }, 'done');
    expect(lines.join('')).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}] INFO: done \{"turn":"t1"\}\n$/);
  });

  it('never shows a secret', () => {
    const { log, lines } = logged('info', 'plain');
    log.info({ token: 'abc123', home: { api_key: 'abc123', deep: { password: 'abc123' } } }, 'connected');
    expect(lines[0]).toContain('***');
    expect(lines[0]).not.toContain('abc123');
  });

  it('shows what was said from debug down only', () => {
    const { log, lines } = logged('debug', 'plain');
    log.info({ speech: 'open the gate', turn: 't1' }, 'heard');
    log.debug({ speech: 'open the gate' }, 'heard');
    expect(lines[0]).not.toContain('gate');
    expect(lines[0]).toContain('turn=t1');
    expect(lines[1]).toContain('speech="open the gate"');
  });

  it('shows understood trouble with its hint and without a stack, a defect with one at debug', () => {
    const { log, lines } = logged('info', 'plain');
    log.error({ error: new Fault('input', 'x.wav is empty', { hint: 'Take another.' }) }, 'failed');
    log.error({ error: new TypeError('oops') }, 'failed');
    expect(lines[0]).toContain('{"code":"input","message":"x.wav is empty","hint":"Take another."}');
    expect(lines.join('')).not.toContain('at ');
    const loud = logged('debug', 'plain');
    loud.log.error({ error: new TypeError('oops') }, 'failed');
    expect(loud.lines[0]).toContain('log.test.ts');
    loud.log.error({ error: new Fault('input', 'x.wav is empty') }, 'failed');
    expect(loud.lines[1]).not.toContain('stack');
  });

  it.each(['pretty', 'plain', 'json'] as const)('has written a %s line before it returns', (format) => {
    const folder = mkdtempSync(join(tmpdir(), 'log-'));
    const path = join(folder, 'log');
    const fd = openSync(path, 'w');
    createLog({ level: 'info', format, fd }).info('the last words');
    expect(readFileSync(path, 'utf8')).toMatch(/the last words.*\n$/);
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  it('is silent if told so', () => {
    const { log, lines } = logged('silent', 'plain');
    log.error('nothing');
    expect(lines).toEqual([]);
  });
});
