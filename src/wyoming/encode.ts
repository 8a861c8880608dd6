import { type WyomingEvent, wireName } from './messages.js';
import { WyomingError } from './wyoming-error.js';

/** The version of the protocol that events are marked with: that of the Python library whose events these are. */
export const PROTOCOL_VERSION = '1.10.2';

/**
 * An event as bytes, in the form in which Python's library writes it: a line of JSON with the lengths, the data, the
 * payload. A copy: the event may be changed afterwards.
 */
export const encode = (event: WyomingEvent): Uint8Array => {
  const name = wireName(event);
  if (name === '') throw new WyomingError('invalid-message', 'An event needs a type.');
  const json = JSON.stringify(event.data);
  const data = json === '{}' ? '' : json;
  const { payload } = event;
  const lengths =
    (data === '' ? '' : `,"data_length":${Buffer.byteLength(data)}`) +
    (payload && payload.length > 0 ? `,"payload_length":${payload.length}` : '');
  const text = `{"type":${JSON.stringify(name)},"version":"${PROTOCOL_VERSION}"${lengths}}\n${data}`;
  const size = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(size + (payload?.length ?? 0));
  bytes.write(text, 0, 'utf8');
  if (payload) bytes.set(payload, size);
  return bytes;
};
