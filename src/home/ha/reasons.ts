/** Why something cannot be done, to be spoken. In English; in other languages Core's own sentences are. */
import type { House } from '../../home-assistant/house.js';
import { spokenList } from '../speech.js';
import type { Meaning } from './meaning.js';

export const isEnglish = (language: string): boolean => language.toLowerCase().split('-')[0] === 'en';

/** Why a sentence that Core has understood reaches nothing. */
export function whyNothing(
  { texts }: Pick<Meaning, 'texts'>,
  house: House,
): { readonly name: string; readonly reason: string } {
  const { name, area, floor } = texts;
  if (name === undefined) {
    return {
      name: area ?? floor ?? 'that',
      reason: area || floor ? 'there is nothing of that kind there' : 'there is no such thing',
    };
  }
  const called = name.toLowerCase();
  const all = house.entities.filter(({ names }) => names.some((one) => one.toLowerCase() === called));
  if (all.length === 0) return { name, reason: REASONS.hidden };
  if (all.length === 1) {
    return { name, reason: area || floor ? 'it is somewhere else' : 'it cannot do that' };
  }
  const rooms = all.map((entity) => entity.area?.name);
  if (new Set(rooms).size < all.length || rooms.includes(undefined)) return { name, reason: 'several have that name' };
  return { name, reason: `there is ${spokenList(rooms.map((room) => `one in the ${room}`))}` };
}

/** Reasons of ours for trouble with one thing. */
export const REASONS = {
  unavailable: 'it is unavailable',
  error: 'it reported an error',
  hidden: 'it is not exposed to me',
  silent: 'it did not answer',
  underway: 'it is still on its way',
  incapable: 'it cannot do that',
  colourless: 'it has no colours',
  houseChanged: 'the house has changed since you asked',
  changedSince: 'it has been changed since',
  mustBeAsked: 'that must be asked for by itself',
} as const;
