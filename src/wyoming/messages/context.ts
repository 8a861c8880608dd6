import { anyObject, optional } from '../checks.js';

/** Handed from one event to the next by whoever holds a conversation together; its fields are between those two. */
export type Context = Readonly<Record<string, unknown>>;

export const context = optional(anyObject);

/** The data of an event that has none. What a peer sends all the same is kept. */
export type NoFields = Readonly<Record<never, unknown>>;
