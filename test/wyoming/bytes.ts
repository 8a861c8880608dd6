import { createParser, encode, type Limits, serverLimits, type WyomingEvent } from '../../src/wyoming/index.js';

/** A line of JSON and what follows it, as a peer that keeps to no rule may write them. */
export const raw = (header: unknown, ...rest: readonly (string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(
    [`${typeof header === 'string' ? header : JSON.stringify(header)}\n`, ...rest].map((part) => Buffer.from(part)),
  );

/** All events in the bytes, given in these pieces; then the end. */
export const parse = (pieces: readonly Uint8Array[], limits: Partial<Limits> = {}): WyomingEvent[] => {
  const parser = createParser({ ...serverLimits, ...limits });
  const events: WyomingEvent[] = [];
  for (const piece of pieces) {
    parser.push(piece);
    for (let event = parser.next(); event; event = parser.next()) events.push(event);
  }
  parser.end();
  return events;
};

export const encodeAll = (events: readonly WyomingEvent[]): Uint8Array => Buffer.concat(events.map(encode));
