import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventParser } from '../../src/llm/sse.js';

describe('server-sent events', () => {
  const stream = ': hello\r\n\r\ndata: {"a":1}\n\nevent: x\ndata:one\ndata: two\rid: 5\r\n\ndata: [DONE]\n\n';

  it('are read alike with every kind of line end, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 10 }), (cuts) => {
        const places = [0, ...cuts, stream.length].sort((a, b) => a - b);
        const parser = eventParser();
        const events = places.slice(1).flatMap((end, index) => parser.push(stream.slice(places[index], end)));
        expect(events).toEqual(['{"a":1}', 'one\ntwo', '[DONE]']);
      }),
    );
  });

  it('have a limit, in one line and in many', () => {
    expect(() => eventParser(100).push('data: '.padEnd(200, 'x'))).toThrow(RangeError);
    expect(() => eventParser(100).push('data: xxxxxxxxxx\n'.repeat(20))).toThrow(RangeError);
    expect(eventParser(100).push('data: xxxxxxxxxx\n\n'.repeat(20))).toHaveLength(20);
  });
});
