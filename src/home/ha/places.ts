/** Where something was said, as Core needs to be told it. */
import type { Area, House } from '../../home-assistant/house.js';
import type { TurnContext } from '../../stages.js';
import { isAtLeast, isCalled } from './targets.js';

interface Place {
  /** Id of the device that stands for the place. */
  readonly device: string | undefined;
  /** A sentence as it is sent from there. */
  readonly said: (text: string) => string;
}

/**
 * Before this version Core remembers what a sentence means without where it was said: "turn on the lights" in the kitchen is then
 * the living room's, if somebody has just said it there. Blanks at the end mean nothing and make another sentence of it.
 */
const REMEMBERS_PLACES = [2026, 11] as const;

export function placeFor(context: TurnContext, house: House, version: string): Place {
  const device = context.device ?? standIn(context, house);
  if (device === undefined || isAtLeast(version, REMEMBERS_PLACES)) return { device, said: (text) => text };
  // The area is what Core makes of the device.
  const area = house.areaOf(device);
  const number = area === undefined ? 0 : house.areas.indexOf(area) + 1;
  return { device, said: (text) => text + ' '.repeat(number) };
}

/** Any device of the room stands for a microphone that Core does not know: it only tells Core where "here" is. */
function standIn({ area: called }: TurnContext, house: House): string | undefined {
  const area = areaCalled(called, house);
  if (!area) return undefined;
  return house.inArea(area.id).find(({ device }) => device !== undefined && house.areaOf(device)?.id === area.id)
    ?.device;
}

/** By id, name or alias. */
export const areaCalled = (called: string | undefined, { areas }: House): Area | undefined =>
  called === undefined ? undefined : areas.find((area) => isCalled(area, called));
