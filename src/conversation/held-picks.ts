import type { LinePicker, Picked } from '../persona/picker.js';

/** The picks of one reply. */
export interface HeldPicks extends LinePicker {
  /** What was picked, by what it was picked for. */
  readonly held: ReadonlyMap<string, Picked | undefined>;
}

/**
 * The same line each time it is asked for: what was prepared for a reply is what is said in it. For one reply, which may
 * take over what was picked `before`, for one that was never said; but no line that somebody else has said since.
 */
export function heldPicks(picker: LinePicker, before?: HeldPicks): HeldPicks {
  const held = new Map([...(before?.held ?? [])].filter(([, picked]) => picked?.isUnsaid()));
  return {
    held,
    pick(name, slots = {}) {
      const key = JSON.stringify([name, slots]);
      if (!held.has(key)) held.set(key, picker.pick(name, slots));
      return held.get(key);
    },
  };
}
