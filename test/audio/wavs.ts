/** WAV files as other programs write them, for tests. */
export interface WavSpec {
  readonly rate?: number;
  readonly channels?: number;
  readonly bits?: number;
  readonly float?: boolean;
  readonly extensible?: boolean;
  readonly tag?: number;
  /** Chunks before the sound. */
  readonly before?: readonly { readonly id: string; readonly body: Uint8Array }[];
  readonly after?: Uint8Array;
  readonly container?: 'RIFF' | 'RF64';
  readonly dataSize?: number;
  readonly riffSize?: number;
}

const chunk = (id: string, body: Uint8Array, size = body.length): Buffer => {
  const head = Buffer.alloc(8);
  head.write(id, 'latin1');
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
};

const format = (spec: WavSpec): Buffer => {
  const { rate = 16_000, channels = 1, bits = 16, float = false, extensible = false } = spec;
  const body = Buffer.alloc(extensible ? 40 : 16);
  const plain = float ? 3 : 1;
  const frame = Math.ceil(bits / 8) * channels;
  body.writeUInt16LE(spec.tag ?? (extensible ? 0xfffe : plain), 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(rate, 4);
  body.writeUInt32LE((rate * frame) >>> 0, 8);
  body.writeUInt16LE(frame & 0xffff, 12);
  body.writeUInt16LE(bits, 14);
  if (extensible) {
    body.writeUInt16LE(22, 16);
    body.writeUInt16LE(bits, 18);
    body.writeUInt32LE(0, 20);
    body.writeUInt16LE(plain, 24);
    Buffer.from('000000001000800000aa00389b71', 'hex').copy(body, 26);
  }
  return body;
};

/** The samples of one frame after another, −1…1, as a WAV. */
export const makeWav = (frames: readonly (readonly number[])[], spec: WavSpec = {}): Buffer => {
  const { bits = 16, float = false, container = 'RIFF' } = spec;
  const bytes = Math.ceil(bits / 8);
  const values = frames.flat();
  const data = Buffer.alloc(values.length * bytes);
  values.forEach((value, i) => {
    const at = i * bytes;
    const whole = Math.max(-(2 ** (bits - 1)), Math.min(2 ** (bits - 1) - 1, Math.round(value * 2 ** (bits - 1))));
    if (float && bits === 64) data.writeDoubleLE(value, at);
    else if (float) data.writeFloatLE(value, at);
    else if (bits === 8) data.writeUInt8(whole + 128, at);
    else data.writeIntLE(whole, at, bytes);
  });
  const before = Buffer.concat((spec.before ?? []).map(({ id, body }) => chunk(id, body)));
  const ds64 = Buffer.alloc(28);
  const dataSize = spec.dataSize ?? (container === 'RF64' ? 0xffff_ffff : data.length);
  const rest = [before, chunk('fmt ', format(spec)), chunk('data', data, dataSize), spec.after ?? Buffer.alloc(0)];
  const size = 4 + rest.reduce((sum, part) => sum + part.length, 0) + (container === 'RF64' ? 36 : 0);
  ds64.writeBigUInt64LE(BigInt(size), 0);
  ds64.writeBigUInt64LE(BigInt(data.length), 8);
  const head = Buffer.alloc(12);
  head.write(container, 'latin1');
  head.writeUInt32LE(spec.riffSize ?? (container === 'RF64' ? 0xffff_ffff : size), 4);
  head.write('WAVE', 8, 'latin1');
  return Buffer.concat([head, ...(container === 'RF64' ? [chunk('ds64', ds64)] : []), ...rest]);
};

/** A sine, `length` samples of it. */
export const sine = (frequency: number, rate: number, length: number, amplitude = 0.5): Float32Array =>
  Float32Array.from({ length }, (_, i) => amplitude * Math.sin((2 * Math.PI * frequency * i) / rate));
