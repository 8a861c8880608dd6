import { describe, expect, it } from 'vitest';
import { expectEvent, isEvent, message, messageTypes, unknownEvent, WyomingError } from '../../src/wyoming/index.js';
import { parse, raw } from './bytes.js';
import { samples } from './samples.js';

const thrownBy = (work: () => unknown): WyomingError => {
  try {
    work();
  } catch (error) {
    if (error instanceof WyomingError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};
const send = (type: string, data: unknown) => {
  const json = JSON.stringify(data);
  return parse([raw({ type, data_length: Buffer.byteLength(json) }, json)])[0];
};
const audio = { rate: 16_000, width: 2, channels: 1 };

describe('a known event from a peer', () => {
  it('is one of 47', () => {
    expect(Object.keys(samples).sort()).toEqual([...messageTypes].sort());
    expect(messageTypes).toHaveLength(47);
  });

  it.each(messageTypes)('%s has every field it can have checked', (type) => {
    const free = new Set(['context', 'data', 'voice']);
    for (const field of Object.keys(samples[type].data)) {
      const wrong = { ...samples[type].data, [field]: free.has(field) ? 'no object' : { not: 'this' } };
      const error = thrownBy(() => send(type, wrong));
      expect(error.code).toBe('invalid-message');
      expect(error.message).toContain(`In "${type}", "${field}`);
    }
  });

  it.each<[string, unknown, string]>([
    ['audio-chunk', { ...audio, rate: 'x' }, 'In "audio-chunk", "rate" must be a whole number from 1 to 384000.'],
    ['audio-chunk', { ...audio, rate: 0 }, '"rate"'],
    ['audio-start', { ...audio, rate: 384_001 }, '"rate"'],
    ['audio-start', { ...audio, rate: 16_000.5 }, '"rate"'],
    ['audio-start', { ...audio, width: 5 }, '"width"'],
    ['audio-start', { ...audio, width: 0 }, '"width"'],
    ['audio-start', { ...audio, channels: 33 }, '"channels"'],
    ['audio-start', { rate: 16_000, width: 2 }, '"channels"'],
    ['audio-start', { ...audio, timestamp: '5' }, '"timestamp"'],
    ['transcript', {}, '"text" must be text'],
    ['transcript', { text: 'x'.repeat(65_537) }, 'at most 65536 characters'],
    ['transcribe', { language: 'x'.repeat(1025) }, '"language"'],
    ['transcribe', { transcript_names: ['a', 5] }, '"transcript_names[1]"'],
    ['detect', { names: 'evil' }, '"names" must be a list'],
    ['detect', { names: Array(10_001).fill('a') }, '"names" must be a list of at most 10000'],
    ['run-pipeline', { start_stage: 'wake', end_stage: 'dance' }, '"end_stage" must be one of wake, asr'],
    ['intent', { name: 'X', entities: [{ value: 1 }] }, '"entities[0].name"'],
    ['timer-started', { id: 't', total_seconds: -1 }, '"total_seconds"'],
    ['info', { tts: [{ ...samples.info.data.tts![0], voices: [{ name: 'v' }] }] }, '"tts[0].voices[0].attribution"'],
    ['info', { satellite: [] }, '"satellite" must be an object'],
  ])('%s is refused (case %#)', (type, data, words) => {
    expect(thrownBy(() => send(type, data)).message).toContain(words);
  });

  it('may have null for what is optional, as Python writes it', () => {
    expect(send('audio-stop', { timestamp: null })).toEqual(message('audio-stop', { timestamp: null }));
    expect(send('detect', { names: null })).toEqual(message('detect', { names: null }));
    expect(send('info', { satellite: null, asr: [] })).toEqual(message('info', { satellite: null, asr: [] }));
  });

  it('may have numbers that JSON can write and nobody can count, but not as a time', () => {
    expect(thrownBy(() => parse([raw('{"type":"audio-stop","data":{"timestamp":1e999}}')])).code).toBe(
      'invalid-message',
    );
  });
});

describe('an event outside the protocol', () => {
  it('keeps its name, data and payload', () => {
    expect(parse([raw({ type: 'toString', data: { a: [1] }, payload_length: 2 }, 'AB')])).toEqual([
      unknownEvent('toString', { a: [1] }, Uint8Array.of(65, 66)),
    ]);
    expect(send('unknown', {})).toEqual(unknownEvent('unknown'));
  });
});

describe('reading what is expected', () => {
  it('tells one event from another', () => {
    expect(isEvent(samples.ping, 'ping')).toBe(true);
    expect(isEvent(samples.ping, 'pong', 'ping')).toBe(true);
    expect(isEvent(samples.ping, 'pong')).toBe(false);
    expect(isEvent(unknownEvent('ping'), 'ping')).toBe(false);
    expect(isEvent(undefined, 'ping')).toBe(false);
  });

  it('throws the error of the peer, the end, and anything else, each as itself', () => {
    expect(expectEvent(samples.pong, 'pong').data.text).toBe('still there?');
    expect(thrownBy(() => expectEvent(samples.error, 'pong'))).toMatchObject({
      code: 'remote',
      message: 'No.',
      remoteCode: 'no',
    });
    expect(expectEvent(samples.error, 'error')).toBe(samples.error);
    expect(thrownBy(() => expectEvent(undefined, 'pong', 'error')).message).toBe(
      'The connection ended where pong or error was expected.',
    );
    expect(thrownBy(() => expectEvent(unknownEvent('x'.repeat(99)), 'pong'))).toMatchObject({
      code: 'unexpected',
      message: `"${'x'.repeat(64)}…" came where pong was expected.`,
    });
  });
});
