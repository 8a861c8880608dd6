import type { Slot, Slots } from './situations.js';

const SLOT = /\{(\w+)\}/g;
/** Names that bring their own article or owner: "the fridge", "my lamp", "Anna's lamp". */
const DETERMINED = /^(?:the|an?|my|our|your|his|her|their|\p{L}+(?:'s|s'))\s/iu;

/** The slots a template leaves open, as written: `Name` and `name` are two. */
export const openSlots = (template: string): string[] => Array.from(template.matchAll(SLOT), ([, slot]) => slot!);

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);
const upperFirst = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** The slot that `{Name}` or `{name}` asks for. */
export const slotOf = (written: string): string => lowerFirst(written);

/** Whether every open slot has a value. */
export const fillable = (template: string, slots: Slots): boolean =>
  openSlots(template).every((slot) => Boolean(slots[slotOf(slot) as Slot]));

/**
 * Puts values into a template. Lines write "the {name}" because most names are bare ("living room lamp"); the
 * article goes where the name has one of its own. Unknown slots stay as they are.
 */
export function fill(template: string, slots: Slots): string {
  const articled = template.replace(/\b(the) \{(\w+)\}/gi, (whole, article: string, written: string) => {
    if (!DETERMINED.test(slots[slotOf(written) as Slot] ?? '')) return whole;
    return article === 'The' ? `{${upperFirst(written)}}` : `{${written}}`;
  });
  return articled.replace(SLOT, (whole, written: string) => {
    const value = slots[slotOf(written) as Slot];
    if (value === undefined) return whole;
    return written === slotOf(written) ? value : upperFirst(value);
  });
}
