/** What a host and its owner say to each other. The same over a worker's port and over a child's IPC channel. */
import { Fault, type FaultCode, isAbort, messageOf } from '../faults.js';

export type ToHost =
  | { readonly kind: 'init'; readonly init: unknown }
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly method: string;
      readonly params: unknown;
      /** Present for a stream: how many items may be sent before more credit comes. */
      readonly credit?: number;
    }
  | { readonly kind: 'credit'; readonly id: number; readonly credit: number }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'close' };

export type FromHost =
  /** The module runs and waits for `init`: nothing is sent to a listener that is not there yet. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly fault: WireFault }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'item'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'end'; readonly id: number }
  | { readonly kind: 'error'; readonly id: number; readonly fault: WireFault };

/** The method every host has: resident bytes of its process, or what loading added to the shared one. */
export const MEMORY = '$memory';

/** A fault as data, since an `Error` loses its own fields when it is cloned. */
export interface WireFault {
  readonly code: FaultCode | 'aborted';
  readonly message: string;
  readonly hint?: string;
  readonly retry?: boolean;
  /** Stack in the host, for the log at debug. */
  readonly stack?: string;
}

export const toWire = (error: unknown): WireFault => {
  if (error instanceof Fault) {
    const { code, message, hint, retry } = error;
    return hint === undefined ? { code, message, retry } : { code, message, hint, retry };
  }
  const stack = error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
  return { code: isAbort(error) ? 'aborted' : 'engine', message: messageOf(error), ...stack };
};

/** @param name of the host, said first where the host threw something that is no `Fault`. */
export const fromWire = (wire: WireFault, name: string): Error => {
  if (wire.code === 'aborted') return new DOMException(wire.message, 'AbortError');
  const cause = wire.stack === undefined ? undefined : Object.assign(new Error(wire.message), { stack: wire.stack });
  const message = cause === undefined ? wire.message : `${name}: ${wire.message}`;
  return new Fault(wire.code, message, {
    ...(wire.hint === undefined ? {} : { hint: wire.hint }),
    retry: wire.retry ?? false,
    cause,
  });
};

/** Nesting beyond this is cloned as it is: nobody sends samples that deep. */
const DEPTH = 4;

/**
 * `value` with its typed arrays copied, and the list of the copies' buffers to transfer. One copy in all: the sender
 * keeps its own arrays, and a view of a large buffer does not drag the whole buffer along, as a plain clone would.
 */
export const parcel = (value: unknown): { readonly value: unknown; readonly transfer: ArrayBuffer[] } => {
  const transfer: ArrayBuffer[] = [];
  const copy = (from: unknown, depth: number): unknown => {
    if (depth > DEPTH || typeof from !== 'object' || from === null) return from;
    if (ArrayBuffer.isView(from) && !(from instanceof DataView)) {
      const own = (from as Float32Array).slice();
      // A Buffer's slice shares its memory, which may be the pool of the whole process.
      const view = Buffer.isBuffer(own) ? new Uint8Array(own) : own;
      transfer.push(view.buffer as ArrayBuffer);
      return view;
    }
    if (Array.isArray(from)) return from.map((item) => copy(item, depth + 1));
    if (Object.getPrototypeOf(from) !== Object.prototype) return from;
    return Object.fromEntries(Object.entries(from).map(([key, item]) => [key, copy(item, depth + 1)]));
  };
  return { value: copy(value, 0), transfer };
};
