import type { TurnContext } from '../stages.js';

/** What belongs together: the turns of a conversation, else those of a satellite, else those of an area. */
export const placeOf = ({ area, conversation, satellite }: TurnContext): string => {
  if (conversation !== undefined) return `conversation ${conversation}`;
  if (satellite !== undefined) return `satellite ${satellite}`;
  return area === undefined ? '' : `area ${area}`;
};
