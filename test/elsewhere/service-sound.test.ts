import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serviceSound } from '../../src/elsewhere/service-sound.js';

const joined = (pieces: readonly Float32Array[]): number[] => pieces.flatMap((piece) => [...piece]);

describe('sound from a service', () => {
  it('is the same however it is cut into chunks', () => {
    const formats = fc.record({
      rate: fc.constantFrom(8_000, 16_000, 22_050, 24_000, 48_000),
      width: fc.integer({ min: 1, max: 4 }),
      channels: fc.integer({ min: 1, max: 3 }),
    });
    const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 });
    fc.assert(
      fc.property(formats, fc.uint8Array({ minLength: 1, maxLength: 2_000 }), cuts, (format, bytes, sizes) => {
        const one = serviceSound(22_050);
        const whole = joined([one.take(bytes, format), one.flush()]);
        const other = serviceSound(22_050);
        const pieces: Float32Array[] = [];
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const size = sizes[cut % sizes.length]!;
          pieces.push(other.take(bytes.slice(at, at + size), format));
          at += size;
        }
        expect(joined([...pieces, other.flush()])).toEqual(whole);
      }),
    );
  });

  it('loses nothing where the rate changes', () => {
    const sound = serviceSound(8_000);
    const half = (rate: number) => new Uint8Array(new Int16Array(rate / 2).fill(8_192).buffer);
    const pieces = [8_000, 48_000, 16_000].map((rate) => sound.take(half(rate), { rate, width: 2, channels: 1 }));
    expect(joined([...pieces, sound.flush()])).toHaveLength(12_000);
  });
});
