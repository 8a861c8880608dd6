import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  createParser,
  encode,
  message,
  unknownEvent,
  WyomingError,
  type WyomingEvent,
} from '../../src/wyoming/index.js';
import { encodeAll, parse, raw } from './bytes.js';
import { samples } from './samples.js';

const all: readonly WyomingEvent[] = Object.values(samples);

/** The code of what is thrown. */
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof WyomingError) return error.code;
    throw error;
  }
  return 'none';
};

/** What JSON can hold and give back: no -0, and no fields that the protocol gives a meaning. */
const data = fc
  .dictionary(fc.string({ unit: 'binary', maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
  .map((value) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>);
const payload = fc.option(fc.uint8Array({ minLength: 1, maxLength: 300 }), { nil: undefined });
const unknown = fc
  .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), data, payload)
  .map(([name, fields, bytes]) => unknownEvent(`x-${name}`, fields, bytes));
const known = fc.tuple(fc.constantFrom(...all), data, payload).map(([sample, extra, bytes]): WyomingEvent => {
  const fields = Object.fromEntries(Object.entries(extra).map(([name, value]) => [`x_${name}`, value]));
  return { ...sample, data: { ...fields, ...sample.data }, ...(bytes ? { payload: bytes } : {}) } as WyomingEvent;
});
const events = fc.array(fc.oneof(known, unknown), { maxLength: 8 });

/** The same bytes in pieces of these lengths, repeated. */
const split = (bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] => {
  const pieces: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length]!;
    pieces.push(Uint8Array.from(bytes.subarray(at, at + length)));
    at += length;
  }
  return pieces;
};
const lengths = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 10 });

describe('what was encoded is parsed', () => {
  it('into the same events, every type with all its fields', () => {
    expect(parse([encodeAll(all)])).toEqual(all);
  });

  it('into the same events, whatever they hold and however the bytes are split', () => {
    fc.assert(
      fc.property(events, lengths, (list, sizes) => {
        expect(parse(split(encodeAll(list), sizes))).toEqual(list);
      }),
    );
  });

  it('into the same events, byte by byte', () => {
    expect(parse(split(encodeAll(all), [1]))).toEqual(all);
  });

  it('with fields of a known event that the protocol does not know', () => {
    const [event] = parse([raw({ type: 'transcript', data: { text: 'a', mood: 'foul' } })]);
    expect(event).toEqual({ type: 'transcript', data: { text: 'a', mood: 'foul' } });
  });
});

describe('the form on the wire', () => {
  it('is a line with the lengths, the data, the payload', () => {
    const bytes = Buffer.from(
      encode(message('audio-chunk', { rate: 16_000, width: 2, channels: 1 }, Buffer.from('ABCD'))),
    );
    const [line = '', rest] = bytes.toString().split('\n');
    expect(JSON.parse(line)).toEqual({ type: 'audio-chunk', version: '1.10.2', data_length: 37, payload_length: 4 });
    expect(rest).toBe('{"rate":16000,"width":2,"channels":1}ABCD');
  });

  it('has no lengths where there is neither data nor payload', () => {
    expect(Buffer.from(encode(message('describe'))).toString()).toBe('{"type":"describe","version":"1.10.2"}\n');
  });

  it('may have data in the line, and more of it after the line, which goes before it', () => {
    const more = '{"language":"de","context":{}}';
    const bytes = raw({ type: 'transcript', data: { text: 'ja', language: 'en' }, data_length: more.length }, more);
    expect(parse([bytes])).toEqual([message('transcript', { text: 'ja', language: 'de', context: {} })]);
  });

  it('may have null for lengths and data, and blanks', () => {
    const header = '  { "type" : "ping", "data": null, "data_length": null, "payload_length": null }\r';
    expect(parse([raw(header)])).toEqual([message('ping')]);
  });

  it('cannot reach into the prototype of the data', () => {
    const more = '{"__proto__":{"text":"evil"},"constructor":1}';
    const [event] = parse([raw({ type: 'x', data_length: more.length }, more)]);
    expect((event!.data as { text?: string }).text).toBeUndefined();
    expect(({} as { text?: string }).text).toBeUndefined();
  });

  it('of an event without a name does not exist', () => {
    expect(codeOf(() => encode(unknownEvent('')))).toBe('invalid-message');
  });
});

describe('payloads', () => {
  it('begin at the start of their own memory, so that they can be viewed as samples', () => {
    const chunk = samples['audio-chunk'];
    const [, event] = parse([encodeAll([samples.ping, chunk])]);
    expect(new Int16Array(event!.payload!.buffer, event!.payload!.byteOffset)).toHaveLength(3);
    expect(event!.payload!.buffer.byteLength).toBe(6);
  });

  it('are empty for audio that comes with none', () => {
    expect(parse([raw({ type: 'audio-chunk', data: { rate: 1, width: 1, channels: 1 } })])).toEqual([
      { type: 'audio-chunk', data: { rate: 1, width: 1, channels: 1 }, payload: new Uint8Array(0) },
    ]);
  });
});

describe('bytes that break the protocol', () => {
  it.each<[string, Uint8Array, string]>([
    ['no JSON', raw('{"type":'), 'invalid-header'],
    ['an empty line', raw(''), 'invalid-header'],
    ['a list', raw('[]'), 'invalid-header'],
    ['null', raw('null'), 'invalid-header'],
    ['no type', raw('{}'), 'invalid-header'],
    ['an empty type', raw({ type: '' }), 'invalid-header'],
    ['a number as type', raw({ type: 5 }), 'invalid-header'],
    ['invalid UTF-8', raw('{"type":"', Uint8Array.of(0xff, 0xfe), '"}').subarray(0), 'invalid-header'],
    ['data that is a list', raw({ type: 'x', data: [] }), 'invalid-data'],
    ['data that is text', raw({ type: 'x', data: 'text' }), 'invalid-data'],
    ['more data that is no object', raw({ type: 'x', data_length: 4 }, 'true'), 'invalid-data'],
    ['more data that is no JSON', raw({ type: 'x', data_length: 4 }, '{"a"'), 'invalid-data'],
    [
      'more data that is no UTF-8',
      raw({ type: 'x', data_length: 8 }, '{"a":"', Uint8Array.of(0xc3), '"}'),
      'invalid-data',
    ],
    ['a length of data that cuts it', raw({ type: 'x', data_length: 3 }, '{"a":1}'), 'invalid-data'],
    [
      'a length of data that reaches into the payload',
      raw({ type: 'x', data_length: 4, payload_length: 2 }, '{}ABCD'),
      'invalid-data',
    ],
    ['a negative length', raw({ type: 'x', data_length: -1 }), 'invalid-header'],
    ['a fractional length', raw({ type: 'x', payload_length: 1.5 }), 'invalid-header'],
    ['an infinite length', raw('{"type":"x","payload_length":1e999}'), 'invalid-header'],
    ['a length that is text', raw({ type: 'x', data_length: '12' }), 'invalid-header'],
    ['a length that is true', raw({ type: 'x', data_length: true }), 'invalid-header'],
    ['a gigabyte of payload', raw({ type: 'x', payload_length: 1e9 }), 'too-large'],
    ['a gigabyte of data', raw({ type: 'x', data_length: 1e9 }), 'too-large'],
    ['a length beyond all integers', raw('{"type":"x","data_length":1e300}'), 'too-large'],
    ['an endless line', new Uint8Array(65_537).fill(0x20), 'too-large'],
    ['nesting', raw({ type: 'x', data_length: 200_000 / 2 }, '['.repeat(100_000)), 'invalid-data'],
    ['nesting in objects', raw(`{"type":"x","data":${'{"a":'.repeat(70)}1${'}'.repeat(70)}}`), 'invalid-header'],
    ['a begun line', Buffer.from('{"type":"x"}'), 'truncated'],
    ['data that is missing', raw({ type: 'x', data_length: 5 }, '{}'), 'truncated'],
    ['a payload that is missing', raw({ type: 'x', payload_length: 1 }), 'truncated'],
  ])('%s', (_, bytes, code) => {
    expect(codeOf(() => parse([bytes]))).toBe(code);
    expect(codeOf(() => parse(split(bytes, [7])))).toBe(code);
  });

  it('does not count brackets in text as nesting', () => {
    const text = `${'[{'.repeat(500)}\\"`;
    expect(parse([encode(message('transcript', { text }))])).toEqual([message('transcript', { text })]);
  });

  it('takes exactly what the limits allow', () => {
    const more = '{"a":"12345678"}';
    const exact = { header: 60, data: more.length, payload: 3 };
    const bytes = raw({ type: 'x', data_length: more.length, payload_length: 3 }, more, 'ABC');
    expect(parse([bytes], exact)).toHaveLength(1);
    expect(codeOf(() => parse([bytes], { ...exact, data: more.length - 1 }))).toBe('too-large');
    expect(codeOf(() => parse([bytes], { ...exact, payload: 2 }))).toBe('too-large');
    const line = bytes.indexOf(0x0a);
    expect(parse([bytes], { ...exact, header: line })).toHaveLength(1);
    expect(codeOf(() => parse([bytes], { ...exact, header: line - 1 }))).toBe('too-large');
  });

  it('gives the events before them, then throws, and goes on throwing', () => {
    const parser = createParser();
    parser.push(Buffer.concat([encode(samples.ping), raw('oops'), encode(samples.pong)]));
    expect(parser.next()).toEqual(samples.ping);
    expect(codeOf(() => parser.next())).toBe('invalid-header');
    parser.push(encode(samples.pong));
    expect(codeOf(() => parser.next())).toBe('invalid-header');
    expect(parser.size).toBe(0);
  });

  it('never tells what was in them', () => {
    try {
      parse([raw('{"type":"transcript","data":{"text":"my secret"')]);
    } catch (error) {
      expect(String(error)).not.toContain('secret');
      expect((error as Error).cause).toBeUndefined();
    }
  });

  it('throws nothing but WyomingError, and the same however they are split', () => {
    const fragments = fc.constantFrom(
      '{"type":"ping"}\n',
      '\n',
      '{',
      '}',
      '[',
      '"',
      ':',
      ',',
      '\\',
      '"data_length":5',
      '"payload_length":2',
      '{"type":"x","data_length":2}\n',
      '{}',
      '1e9',
      '-1',
      '\ud83d',
    );
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fragments.map((text) => new Uint8Array(Buffer.from(text))),
      unknown.map(encode),
    );
    const outcome = (pieces: readonly Uint8Array[]): unknown => {
      const parser = createParser();
      const seen: WyomingEvent[] = [];
      const code = codeOf(() => {
        for (const bytes of pieces) {
          parser.push(bytes);
          for (let event = parser.next(); event; event = parser.next()) seen.push(event);
        }
        parser.end();
      });
      return { seen, code };
    };
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), lengths, (pieces, sizes) => {
        const bytes = Buffer.concat(pieces);
        expect(outcome(split(bytes, sizes))).toEqual(outcome([bytes]));
      }),
      { numRuns: 500 },
    );
  });
});

describe('memory', () => {
  it('is not taken on the word of a peer', () => {
    const before = process.memoryUsage().arrayBuffers;
    const parsers = Array.from({ length: 500 }, () => {
      const parser = createParser();
      parser.push(raw({ type: 'x', payload_length: 4 * 1024 * 1024 }, 'A'));
      expect(parser.next()).toBeUndefined();
      return parser;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000);
    expect(parsers.every((parser) => parser.begun)).toBe(true);
  });

  it('grows to twice what is needed, so that bytes that come one by one are not copied each time', () => {
    const buffers = vi.spyOn(Buffer, 'allocUnsafeSlow');
    const parser = createParser();
    const size = 1024 * 1024;
    parser.push(raw({ type: 'x', payload_length: size }));
    for (let sent = 0; sent < size; sent++) {
      if (sent % 1000 === 0) expect(parser.next()).toBeUndefined();
      parser.push(Uint8Array.of(7));
    }
    expect(parser.next()?.payload).toHaveLength(size);
    expect(buffers.mock.calls.length).toBeLessThan(25);
    buffers.mockRestore();
  });

  it('is given back when all is read', () => {
    const parser = createParser();
    const event = encode(unknownEvent('x', {}, new Uint8Array(1024 * 1024)));
    parser.push(event.subarray(0, 100));
    parser.push(event.subarray(100));
    expect(parser.size).toBe(event.length);
    parser.next();
    expect(parser.size).toBe(0);
    expect(parser.begun).toBe(false);
  });
});
