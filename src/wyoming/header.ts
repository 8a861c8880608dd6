import { isUtf8 } from 'node:buffer';
import { isObject } from './checks.js';
import type { Limits } from './limits.js';
import { WyomingError, type WyomingErrorCode } from './wyoming-error.js';

export interface Header {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly dataLength: number;
  readonly payloadLength: number;
}

const NO_DATA = Object.freeze({});
const OPENING = new Set([...'[{'].map((sign) => sign.charCodeAt(0)));
const CLOSING = new Set([...']}'].map((sign) => sign.charCodeAt(0)));
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The line an event begins with, checked before anything is read or kept on its word. */
export const readHeader = (line: Buffer, limits: Limits): Header => {
  const header = readObject(line, limits.depth, 'invalid-header');
  const { type, data } = header;
  if (typeof type !== 'string' || type === '') {
    throw new WyomingError('invalid-header', 'An event has no "type".');
  }
  if (data !== undefined && data !== null && !isObject(data)) {
    throw new WyomingError('invalid-data', 'The "data" of an event is no object.');
  }
  return {
    type,
    data: data ?? NO_DATA,
    dataLength: length(header, 'data_length', limits.data),
    payloadLength: length(header, 'payload_length', limits.payload),
  };
};

/** A JSON object. What is wrong with it is told without its content, which may be what somebody said. */
export const readObject = (bytes: Buffer, depth: number, code: WyomingErrorCode): Readonly<Record<string, unknown>> => {
  const text = bytes.toString('utf8');
  // Looking for the sign that stands for invalid bytes is cheaper than looking at the bytes.
  if (text.includes('\ufffd') && !isUtf8(bytes)) throw new WyomingError(code, 'An event is not valid UTF-8.');
  if (isDeeper(text, depth)) throw new WyomingError(code, `An event is nested more than ${depth} deep.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WyomingError(code, 'An event is not valid JSON.');
  }
  if (!isObject(value)) throw new WyomingError(code, 'An event is no JSON object.');
  return value;
};

const length = (header: Readonly<Record<string, unknown>>, field: string, max: number): number => {
  const value = header[field] ?? 0;
  if (!Number.isInteger(value) || (value as number) < 0) {
    throw new WyomingError('invalid-header', `"${field}" must be a whole number that is not negative.`);
  }
  if ((value as number) > max) {
    throw new WyomingError('too-large', `"${field}" is ${value}; ${max} bytes are allowed.`);
  }
  return value as number;
};

const isDeeper = (text: string, limit: number): boolean => {
  // Whatever opens has to close: shorter text cannot be that deep and valid.
  if (text.length <= 2 * limit) return false;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (quoted) {
      if (sign === BACKSLASH) at++;
      else if (sign === QUOTE) quoted = false;
    } else if (sign === QUOTE) quoted = true;
    else if (OPENING.has(sign) && ++depth > limit) return true;
    else if (CLOSING.has(sign)) depth--;
  }
  return false;
};
