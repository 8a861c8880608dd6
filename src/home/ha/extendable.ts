/** Whether a longer sentence that Core would understand too plainly begins with one. */
import type { House } from '../../home-assistant/house.js';
import { takesTargets } from './intents.js';
import type { Meaning } from './meaning.js';

type Said = { readonly template: string } & Pick<Meaning, 'text' | 'intent' | 'kind' | 'slots' | 'texts' | 'targets'>;

/** "twenty" … "five", "two" … "hundred". */
const OPEN_NUMBER = /\b(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|point)$/;

export function isExtendable(said: Said, house: House): boolean {
  const text = normal(said.text);
  if (OPEN_NUMBER.test(text)) return true;
  if (said.kind === 'timer') {
    // "five minutes" … "and thirty seconds": a timer that was started cannot be changed back.
    return said.intent === 'HassStartTimer' && said.slots.seconds === undefined;
  }
  // A sentence of the user's own, "play {anything}".
  if (said.kind === 'own') return /\}\s*$/.test(said.template);
  // What ends in words of any kind may always have more of them.
  const free = [said.texts.item, said.texts.message, said.texts.search_query];
  if (free.some((words) => words !== undefined && text.endsWith(normal(words)))) return true;
  if (!takesTargets(said.intent)) return false;
  const { name, area, floor } = said.texts;
  // A room that was not said is the one where it was said.
  const placed = [area, floor].some((place) => place !== undefined && text.includes(normal(place)));
  if (name === undefined)
    return (
      !placed ||
      goesOn(
        text,
        area,
        house.areas.flatMap((one) => [one.name, ...one.aliases]),
      )
    );
  // Several have the name: the room may follow.
  if (said.targets.length === 0 && !placed) return true;
  return goesOn(
    text,
    name,
    house.entities.flatMap(({ names }) => names),
  );
}

/** Whether the text ends in a name that others begin with: "hall" … "way light". */
function goesOn(text: string, said: string | undefined, names: readonly string[]): boolean {
  if (said === undefined || !text.endsWith(normal(said))) return false;
  const begun = `${normal(said)} `;
  return names.some((name) => normal(name).startsWith(begun));
}

const normal = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[.,!?]+$/g, '')
    .replace(/\s+/g, ' ')
    .trim();
