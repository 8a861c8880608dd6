import { createRequire } from 'node:module';
import type { Writable } from 'node:stream';
import { serve } from '../engines/serve.js';
import { Fault, messageOf } from '../faults.js';
import type { Hertz } from '../units.js';

interface Init {
  readonly rate: Hertz;
  readonly device: string | null;
}

interface SpeakerStream extends Writable {
  close(flush: boolean): void;
}

type SpeakerLibrary = new (options: object) => SpeakerStream;

const load = (): SpeakerLibrary => {
  try {
    return createRequire(import.meta.url)('speaker') as SpeakerLibrary;
  } catch (cause) {
    throw new Fault('engine', `The package speaker cannot be used: ${messageOf(cause)}`, { cause });
  }
};

serve(({ rate, device }: Init) => {
  const Library = load();
  const stream = new Library({
    channels: 1,
    bitDepth: 16,
    signed: true,
    sampleRate: rate,
    // Its own 1024 would hold sound back for 46 ms at 22050 Hz.
    samplesPerFrame: Math.round(rate / 50),
    ...(device !== null && { device }),
  });
  let failed: unknown;
  stream.on('error', (error) => {
    failed = error;
  });
  return {
    methods: {
      write: (samples: Int16Array) =>
        new Promise<void>((resolve, reject) => {
          if (failed) return reject(failed);
          stream.write(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength), (error) =>
            error ? reject(error) : resolve(),
          );
        }),
      // Blocks this process until all has been played: that is what it is for.
      end: () =>
        new Promise<void>((resolve) => {
          stream.once('close', resolve);
          stream.end();
        }),
    },
  };
});
