import { Fault } from '../faults.js';
import type { Bytes } from '../units.js';
import { notWav } from './not-wav.js';
import { parseFormat, type WavFormat } from './wav-format.js';

/** What comes out of a WAV as its bytes go in: one `start`, then the sound. */
export type WavPart =
  | {
      readonly kind: 'start';
      readonly format: WavFormat;
      /** Where the sound begins in the file. */
      readonly offset: Bytes;
      /** Of the sound, as the header says; undefined for a stream whose length was not known when it was written. */
      readonly declared: Bytes | undefined;
    }
  /** Whole frames. A view into what was written, good until the next `write`. */
  | { readonly kind: 'data'; readonly bytes: Uint8Array };

type Start = Extract<WavPart, { kind: 'start' }>;

export interface WavParser {
  /**
   * Takes the next bytes of the file, in pieces of any size.
   * @throws Fault `input` for what is no WAV or cannot be decoded.
   */
  write(bytes: Uint8Array): Generator<WavPart, void, undefined>;
  /**
   * To be called after the last bytes.
   * @returns how many bytes of sound the header promised and the file did not have.
   * @throws Fault `input` where the file ended before its sound began.
   */
  end(): { readonly missing: Bytes };
  /** The sound is complete; further bytes are of no interest. */
  readonly finished: boolean;
}

/** Limits on what a header may make us do. */
const MAX_CHUNKS = 4_096;
const MAX_BEFORE_DATA: Bytes = 256 * 1024 * 1024;
/** As much of a format as anything below needs: the extensible one. */
const FORMAT_BYTES: Bytes = 40;

const UNKNOWN_32 = 0xffff_ffff;
/** sox and arecord write about 2 GiB into the header of a stream; no such length is meant where the file is shorter. */
const STREAM_LIKELY: Bytes = 0x7fff_0000;

/** Of the sound that a header declares, how much is there when `available` bytes follow the header. */
export const soundThere = (
  declared: Bytes | undefined,
  available: Bytes,
): { readonly bytes: Bytes; readonly missing: Bytes } => {
  const bytes = Math.min(declared ?? available, available);
  const meant = declared === undefined || (declared > STREAM_LIKELY && declared <= UNKNOWN_32) ? bytes : declared;
  return { bytes, missing: meant - bytes };
};

/** What the grammar asks for next: some bytes together, some bytes dropped, or everything from here as sound. */
type Want = { readonly take: Bytes } | { readonly skip: Bytes } | { readonly data: Start };
const NOTHING = new Uint8Array(0);

const tagAt = (bytes: Uint8Array, offset: number): string => String.fromCharCode(...bytes.subarray(offset, offset + 4));
const uint32 = (bytes: Uint8Array, offset: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset, true);
const uint64 = (bytes: Uint8Array, offset: number): number =>
  uint32(bytes, offset) + uint32(bytes, offset + 4) * 0x1_0000_0000;

/**
 * The order of things in a WAV: RIFF, RF64 (EBU Tech 3306) or BW64 (ITU-R BS.2088), chunks in any order, `fmt ` before
 * `data`. Ends with the sound; what follows it is not read.
 */
function* grammar(name: string): Generator<Want, void, Uint8Array> {
  const head = yield { take: 12 };
  const container = tagAt(head, 0);
  if (!['RIFF', 'RF64', 'BW64'].includes(container) || tagAt(head, 8) !== 'WAVE') throw notWav(name, head);
  let fileBytes = uint32(head, 4) + 8;
  let longData: Bytes | undefined;
  let format: WavFormat | undefined;
  let offset = 12;

  for (let chunk = 0; chunk < MAX_CHUNKS && offset < MAX_BEFORE_DATA; chunk++) {
    const header = yield { take: 8 };
    const id = tagAt(header, 0);
    const size = uint32(header, 4);
    offset += 8;
    if (id === 'data') {
      if (!format) throw new Fault('input', `${name} is a broken WAV: its sound comes before its format`);
      const declared = declaredBytes(size, longData, offset, fileBytes);
      yield { data: { kind: 'start', format, offset, declared } };
      return;
    }
    let taken = 0;
    if (id === 'fmt ') {
      taken = Math.min(size, FORMAT_BYTES);
      format = parseFormat(yield { take: taken }, name);
    } else if (id === 'ds64' && container !== 'RIFF' && size >= 16) {
      const sizes = yield { take: 16 };
      fileBytes = uint64(sizes, 0) + 8;
      longData = uint64(sizes, 8);
      taken = 16;
    }
    const padded = size + (size % 2);
    if (padded > taken) yield { skip: padded - taken };
    offset += padded;
  }
  throw new Fault('input', `${name} is a broken WAV: no sound after ${Math.round(offset / 1024)} KiB of other things`);
}

const declaredBytes = (
  size: number,
  longData: Bytes | undefined,
  offset: Bytes,
  fileBytes: Bytes,
): Bytes | undefined => {
  if (size === UNKNOWN_32) return longData;
  // A program that cannot go back leaves 0 in the header; a WAV that is really empty may have chunks after its data.
  if (size === 0) return fileBytes !== UNKNOWN_32 + 8 && fileBytes > offset ? 0 : undefined;
  return size;
};

/** Reads a WAV from its bytes, in pieces of any size, without ever holding more than its header. */
export const wavParser = (name: string): WavParser => {
  const asks = grammar(name);
  let want: Want | undefined = asks.next().value as Want;
  let held: Uint8Array = NOTHING;
  let total = 0;
  let start: Start | undefined;
  let dataLeft: Bytes = 0;

  const answer = (bytes: Uint8Array): void => {
    const next = asks.next(bytes);
    want = next.done ? undefined : next.value;
  };

  /** Passes on whole frames; the rest waits for the next write. */
  function* sound(bytes: Uint8Array, frameBytes: Bytes): Generator<WavPart> {
    const joined = held.length > 0 ? concat(held, bytes) : bytes;
    const usable = Math.min(joined.length, dataLeft);
    const whole = usable - (usable % frameBytes);
    held = joined.slice(whole, usable);
    dataLeft -= whole;
    if (whole > 0) yield { kind: 'data', bytes: joined.subarray(0, whole) };
    if (dataLeft < frameBytes) want = undefined;
  }

  return {
    *write(bytes) {
      total += bytes.length;
      let rest = bytes;
      while (want) {
        if ('data' in want) {
          if (!start) {
            start = want.data;
            dataLeft = start.declared ?? Number.POSITIVE_INFINITY;
            yield start;
          }
          yield* sound(rest, start.format.frameBytes);
          return;
        }
        if ('skip' in want) {
          const dropped = Math.min(want.skip, rest.length);
          rest = rest.subarray(dropped);
          if (dropped < want.skip) want = { skip: want.skip - dropped };
          else answer(NOTHING);
        } else {
          const needed = want.take - held.length;
          const joined = concat(held, rest.subarray(0, needed));
          rest = rest.subarray(needed);
          held = joined.length < want.take ? joined : NOTHING;
          if (joined.length === want.take) answer(joined);
        }
        if (rest.length === 0 && want && !('data' in want)) return;
      }
    },
    end() {
      if (start) return { missing: soundThere(start.declared, total - start.offset).missing };
      if (total === 0) throw new Fault('input', `${name} is empty`);
      if (total < 12) throw notWav(name, held);
      throw new Fault('input', `${name} breaks off in its header: there is no sound in it`);
    },
    get finished() {
      return want === undefined;
    },
  };
};

const concat = (first: Uint8Array, second: Uint8Array): Uint8Array => {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
};
