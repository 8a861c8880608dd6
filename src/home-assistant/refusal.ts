import { Fault } from '../faults.js';
import { plain } from './plain.js';

/** Core has answered a message with an error. `core.code` is its own, `not_found` or `service_validation_error`. */
export class CoreRefusal extends Fault {
  readonly core: { readonly code: string; readonly message: string };

  constructor(type: string, error: unknown) {
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
    const core = { code: plain(String(code ?? 'unknown'), 64), message: plain(String(message ?? ''), 500) };
    super('engine', `Home Assistant refused ${type}: ${core.message || core.code}`);
    this.core = core;
  }
}
