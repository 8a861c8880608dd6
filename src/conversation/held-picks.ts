import type { LinePicker, Picked } from '../persona/picker.js';

/** The same line each time it is asked for: what was prepared for a reply is what is said in it. For one reply. */
export function heldPicks(picker: LinePicker): LinePicker {
  const held = new Map<string, Picked | undefined>();
  return {
    pick(name, slots = {}) {
      const key = JSON.stringify([name, slots]);
      if (!held.has(key)) held.set(key, picker.pick(name, slots));
      return held.get(key);
    },
  };
}
