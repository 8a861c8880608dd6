import type { Bytes } from '../units.js';

/** What happens while models are fetched. `key` names one download from its `started` to its `done` or `failed`. */
export type FetchEvent =
  /** Before the first request. `bytes`: what is missing on the disk, not what goes over the network. */
  | { readonly kind: 'planned'; readonly models: readonly string[]; readonly files: number; readonly bytes: Bytes }
  /** Another process is fetching into the same folder. */
  | { readonly kind: 'waiting'; readonly pid: number | undefined }
  | { readonly kind: 'started'; readonly key: string; readonly label: string; readonly total?: Bytes }
  /** `received` counts what an earlier attempt has left as well. */
  | { readonly kind: 'received'; readonly key: string; readonly received: Bytes; readonly total?: Bytes }
  /** All bytes are there and are unpacked and checked. */
  | { readonly kind: 'unpacking'; readonly key: string }
  | { readonly kind: 'done'; readonly key: string }
  | { readonly kind: 'failed'; readonly key: string; readonly reason: string }
  | { readonly kind: 'finished'; readonly models: readonly string[] };

export type OnProgress = (event: FetchEvent) => void;
