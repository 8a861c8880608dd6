import type { Supervised } from '../engines/supervised.js';
import type { Transcriber } from '../stages.js';

/** A recogniser that has been opened. */
export interface Recognition {
  readonly transcribe: Transcriber;
  /** Loading, sharing, unloading. */
  readonly engine: Supervised;
  close(): Promise<void>;
}
