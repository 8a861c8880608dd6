import { type Header, readHeader, readObject } from './header.js';
import { type Limits, serverLimits } from './limits.js';
import { checkedEvent, type WyomingEvent } from './messages.js';
import { WyomingError } from './wyoming-error.js';

/** Bytes in, events out. Pure: no clock, no stream. */
export interface Parser {
  /** Takes bytes, which must not be changed afterwards. Nothing is looked at before `next`. */
  push(bytes: Uint8Array): void;
  /**
   * The next event, or undefined where more bytes are needed. What is wrong with the bytes is thrown as a
   * `WyomingError`, after all events before it; from then on every call throws it.
   */
  next(): WyomingEvent | undefined;
  /** The peer has closed: throws `truncated` if an event was begun. To be called when `next` has nothing more. */
  end(): void;
  /** Bytes that are not yet part of an event. */
  readonly size: number;
  /** Whether an event was begun and is not complete. To be asked when `next` has nothing more. */
  readonly begun: boolean;
}

const NOTHING = Buffer.alloc(0);
const LINE_FEED = 0x0a;

export const createParser = (limits: Limits = serverLimits): Parser => {
  /** Unread are the bytes from `start` to `end`; behind them, if the buffer is ours, there is room. */
  let held: Buffer = NOTHING;
  let start = 0;
  let end = 0;
  let ours = false;
  /** How many of the unread bytes are known to hold no line feed. */
  let searched = 0;
  let header: Header | undefined;
  let failure: WyomingError | undefined;

  const append = (bytes: Uint8Array): void => {
    const size = end - start;
    if (!ours || end + bytes.length > held.length) {
      // Twice what is needed, so that bytes that come one by one are not copied each time.
      const room = Buffer.allocUnsafeSlow(2 * (size + bytes.length));
      held.copy(room, 0, start, end);
      held = room;
      start = 0;
      end = size;
      ours = true;
    }
    held.set(bytes, end);
    end += bytes.length;
  };

  const release = (): void => {
    held = NOTHING;
    start = end = 0;
    ours = false;
  };

  /** Moves behind the line that an event begins with, if all of it is here. */
  const takeHeader = (): Header | undefined => {
    const found = held.indexOf(LINE_FEED, start + searched);
    const complete = found !== -1 && found < end;
    if ((complete ? found : end) - start > limits.header) {
      throw new WyomingError('too-large', `An event begins with a line of more than ${limits.header} bytes.`);
    }
    searched = complete ? 0 : end - start;
    if (!complete) return undefined;
    const line = held.subarray(start, found);
    start = found + 1;
    return readHeader(line, limits);
  };

  const take = (): WyomingEvent | undefined => {
    if (start === end && !header) return undefined;
    header ??= takeHeader();
    if (!header) return undefined;
    const { type, data, dataLength, payloadLength } = header;
    if (end - start < dataLength + payloadLength) return undefined;
    const more =
      dataLength > 0 ? readObject(held.subarray(start, start + dataLength), limits.depth, 'invalid-data') : undefined;
    start += dataLength;
    // A copy: its memory is its own and begins at 0, so that it can be viewed as samples and kept at no further cost.
    const payload = payloadLength > 0 ? new Uint8Array(held.subarray(start, start + payloadLength)) : undefined;
    start += payloadLength;
    header = undefined;
    return checkedEvent(type, more ? { ...data, ...more } : data, payload);
  };

  return {
    push(bytes) {
      if (failure || bytes.length === 0) return;
      if (start < end) return append(bytes);
      held = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      start = 0;
      end = bytes.length;
      ours = false;
    },
    next() {
      if (failure) throw failure;
      try {
        const event = take();
        if (start === end) release();
        return event;
      } catch (error) {
        failure = error as WyomingError;
        release();
        throw error;
      }
    },
    end() {
      if (start < end || header) throw new WyomingError('truncated', 'The peer closed in the middle of an event.');
    },
    get size() {
      return end - start;
    },
    get begun() {
      return start < end || header !== undefined;
    },
  };
};
