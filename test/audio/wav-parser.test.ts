import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/audio/pcm.js';
import { type WavPart, wavParser } from '../../src/audio/wav-parser.js';
import { Fault } from '../../src/faults.js';
import { join } from './sounds.js';
import { makeWav, type WavSpec } from './wavs.js';

const cutBytes = (bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] => {
  const parts: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length]!;
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  return parts;
};

const parse = (pieces: Iterable<Uint8Array>): { parts: WavPart[]; missing: number } => {
  const parser = wavParser('x.wav');
  const parts: WavPart[] = [];
  for (const piece of pieces) {
    for (const part of parser.write(piece)) {
      parts.push(part.kind === 'data' ? { kind: 'data', bytes: part.bytes.slice() } : part);
    }
  }
  return { parts, missing: parser.end().missing };
};

const samplesIn = (parts: readonly WavPart[]): Float32Array => {
  const [start, ...rest] = parts;
  if (start?.kind !== 'start') throw new Error('no start');
  return join(rest.map((part) => (part.kind === 'data' ? decode(part.bytes, start.format) : new Float32Array(0))));
};

const kinds: WavSpec[] = [
  { bits: 8 },
  { bits: 16 },
  { bits: 24 },
  { bits: 32 },
  { bits: 32, float: true },
  { bits: 64, float: true },
];
const spec = fc.record({
  kind: fc.constantFrom(...kinds),
  channels: fc.integer({ min: 1, max: 5 }),
  extensible: fc.boolean(),
  container: fc.constantFrom('RIFF' as const, 'RF64' as const),
  before: fc.array(fc.record({ id: fc.constantFrom('LIST', 'JUNK', 'bext'), body: fc.uint8Array({ maxLength: 80 }) }), {
    maxLength: 3,
  }),
});
const pieces = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 8 });

describe('the parser of WAVs', () => {
  it('gives the same sound however the bytes are cut', () => {
    fc.assert(
      fc.property(spec, fc.integer({ min: 0, max: 60 }), pieces, ({ kind, ...rest }, length, lengths) => {
        const frames = Array.from({ length }, (_, i) =>
          Array.from({ length: rest.channels }, (_, channel) => Math.sin(i + channel)),
        );
        const wav = makeWav(frames, { ...kind, ...rest, after: Buffer.from('LIST\x02\0\0\0ab') });
        const whole = parse([wav]);
        const cut = parse(cutBytes(wav, lengths));
        expect(samplesIn(cut.parts)).toEqual(samplesIn(whole.parts));
        expect(samplesIn(whole.parts).length).toBe(length);
        expect(cut.missing).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('counts the bytes that a broken file lacks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 0, max: 399 }),
        pieces,
        (length, cut, lengths) => {
          const wav = makeWav(Array.from({ length }, () => [0.5]));
          const there = Math.min(cut, length * 2);
          const { missing, parts } = parse(cutBytes(wav.subarray(0, 44 + there), lengths));
          expect(missing).toBe(length * 2 - there);
          expect(samplesIn(parts).length).toBe(Math.floor(there / 2));
        },
      ),
    );
  });

  it('meets any bytes with a sound or with a Fault', () => {
    const valid = makeWav([[0.1], [0.2], [0.3]], { extensible: true });
    const damaged = fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 })
      .map((changes) => {
        const bytes = Uint8Array.from(valid);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), pieces, (bytes, lengths) => {
        try {
          parse(cutBytes(bytes, lengths));
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives up on a file that is all header', () => {
    const junk = Buffer.from('JUNK\x02\0\0\0ab');
    const head = Buffer.from('RIFF\xff\xff\xff\xffWAVE', 'latin1');
    const parser = wavParser('x.wav');
    expect(() => {
      for (const _ of parser.write(head));
      for (let i = 0; i < 10_000; i++) for (const _ of parser.write(junk));
    }).toThrow(/no sound after/);
  });
});
