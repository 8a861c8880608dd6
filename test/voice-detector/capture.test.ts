import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captured, framer } from '../../src/voice-detector/capture.js';
import { all, blocksOf, microphone, microphoneOf, never, silence, silentMicrophone } from './recordings.js';

const ramp = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i / 10_000);

describe('framer', () => {
  it('gives the same frames and the same rest for any blocks', () => {
    const sound = ramp(1_000);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (lengths) => {
        const cut = framer(128);
        const frames = [...blocksOf(sound, lengths, 77)].flatMap((block) => cut.push(block));
        expect(frames.map((frame) => frame.from)).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => 77 + i * 128));
        expect(frames.map((frame) => frame.fresh)).toEqual([true, false, false, false, false, false, false]);
        for (const [i, frame] of frames.entries()) expect(frame.samples).toEqual(sound.slice(i * 128, i * 128 + 128));
        expect(cut.rest()).toMatchObject({ from: 77 + 896, samples: sound.slice(896) });
      }),
    );
  });

  it('begins anew after a gap and says so', () => {
    const cut = framer(100);
    cut.push({ samples: ramp(150), from: 0 });
    const frames = cut.push({ samples: ramp(200), from: 160 });
    expect(frames.map(({ from, fresh }) => [from, fresh])).toEqual([
      [160, true],
      [260, false],
    ]);
    expect(cut.rest()).toBeUndefined();
  });

  it('makes silence of what is no number and clips what is too loud', () => {
    const [frame] = framer(5).push({
      samples: Float32Array.of(Number.NaN, 7, -7, Number.POSITIVE_INFINITY, 0.5),
      from: 0,
    });
    expect([...frame!.samples]).toEqual([0, 1, -1, 1, 0.5]);
  });

  it('leaves the blocks as they are and never touches a frame again', () => {
    const block = ramp(100);
    const cut = framer(50);
    const frames = cut.push({ samples: block, from: 0 });
    const before = frames.map((frame) => frame.samples.slice());
    cut.push({ samples: silence(1), from: 100 });
    expect(frames.map((frame) => frame.samples)).toEqual(before);
    expect(block).toEqual(ramp(100));
  });
});

describe('captured', () => {
  it('refuses a rate that detectors cannot work at, with a message that names it', async () => {
    await expect(all(captured(microphoneOf([], 44_100), never))).rejects.toMatchObject({
      name: 'Fault',
      code: 'input',
      message: expect.stringContaining('44100'),
    });
  });

  it('gives up as soon as it is aborted, even where the microphone says nothing, and leaves it', async () => {
    const { audio, left } = silentMicrophone();
    const given = new AbortController();
    const reading = all(captured(audio, given.signal));
    const reason = new Error('turned off');
    setImmediate(() => given.abort(reason));
    await expect(reading).rejects.toBe(reason);
    expect(left()).toBe(true);
  });

  it('gives up while a block is worked on, though the next is ready', async () => {
    const given = new AbortController();
    const blocks = blocksOf(ramp(100), [10]);
    const ready = { rate: 16_000, [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(blocks.next()) }) };
    const read: number[] = [];
    const reading = async (): Promise<void> => {
      for await (const block of captured(ready, given.signal)) {
        read.push(block.from);
        if (block.from === 20) given.abort(new Error('enough'));
      }
    };
    await expect(reading()).rejects.toThrow('enough');
    expect(read).toEqual([0, 10, 20]);
  });

  it('reads nothing where it was aborted before', async () => {
    await expect(all(captured(microphone(ramp(10)), AbortSignal.abort(new Error('too late'))))).rejects.toThrow(
      'too late',
    );
  });

  it('passes the microphone’s own trouble on', async () => {
    const broken = {
      rate: 16_000,
      async *[Symbol.asyncIterator]() {
        yield { samples: ramp(10), from: 0 };
        throw new Error('unplugged');
      },
    };
    await expect(all(captured(broken, never))).rejects.toThrow('unplugged');
  });
});
