import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { residentMemory } from '../../../src/bench/resident-memory.js';
import { converse } from '../../../src/conversation/exchange.js';
import { type Core, startCore } from '../core-rig.js';
import { openSpokenHouse, soon, turn, until } from './spoken-house.js';

/** The whole assistant with a house of two thousand things, against itself with the rig's own. */

const MANY = 2_000;
const AREAS = ['living_room', 'kitchen', 'bedroom', 'office', 'hall', 'garden'];
const entityOf = (index: number): string => `light.candle_${index}`;
const SYLLABLES = ['ba', 'de', 'fi', 'go', 'ku', 'lu', 'ma', 'ne', 'pi', 'ri', 'so', 'tu', 'va', 'zo'];
/** Names that a tongue can say and a recogniser tell apart, more or less. */
const nameOf = (index: number): string => {
  const [a, b, c] = [index % 14, Math.floor(index / 14) % 14, Math.floor(index / 196)];
  return `${SYLLABLES[c]}${SYLLABLES[b]}${SYLLABLES[a]} candle`;
};

let core: Core;
beforeAll(async () => {
  core = await startCore({ port: 8137 });
});
afterAll(() => core?.stop());

const MB = 2 ** 20;
interface Measured {
  /** Until all is loaded and the house is known, in milliseconds. */
  readonly start: number;
  /** What this process holds, and what is resident of it and its engines; in MB. */
  readonly held: number;
  readonly resident: number;
}
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const measure = async (light: string, name: string): Promise<Measured> => {
  const began = performance.now();
  const house = await openSpokenHouse(core);
  const start = performance.now() - began;
  const { conversation, home } = house.assistant;
  try {
    expect(home.phrases().length).toBeGreaterThan(100);
    await turn(core, light, false);
    const answer = await converse(conversation.respondAtOnce, {
      text: `turn on the ${name}`,
      context: { language: 'en' },
      signal: soon(),
      timeout: 10_000,
      excuse: conversation.excuse,
    });
    expect(answer).toMatchObject({ end: 'handled', outcomes: [{ changed: [{ entity: light }] }] });
    for (let i = 0; i < 3; i++) {
      await new Promise((go) => setTimeout(go, 500));
      collect();
    }
    const { heapUsed, external } = process.memoryUsage();
    return { start, held: (heapUsed + external) / MB, resident: residentMemory()!.resident / MB };
  } finally {
    await house.close();
  }
};

it('two thousand things cost little time and memory', async () => {
  // What is loaded once and stays, such as models, is not the house's.
  await measure('light.reading_lamp', 'reading lamp');
  const small = await measure('light.reading_lamp', 'reading lamp');

  const lights = Array.from(
    { length: MANY },
    (_, i) =>
      `      - {name: ${nameOf(i)}, unique_id: candle_${i}, default_entity_id: ${entityOf(i)}, turn_on: [], turn_off: []}`,
  );
  await appendFile(join(core.folder, 'configuration.yaml'), `\ntemplate big:\n  - light:\n${lights.join('\n')}\n`);
  await core.call({ type: 'call_service', domain: 'template', service: 'reload' });
  const ids = Array.from({ length: MANY }, (_, i) => entityOf(i));
  await until(
    'all are there',
    async () => {
      const there = new Set(
        (await core.call<{ entity_id: string }[]>({ type: 'get_states' })).map(({ entity_id }) => entity_id),
      );
      return ids.every((id) => there.has(id));
    },
    120,
  );
  await core.call({
    type: 'homeassistant/expose_entity',
    assistants: ['conversation'],
    entity_ids: ids,
    should_expose: true,
  });
  for (const [i, area_id] of AREAS.entries()) {
    await core.call({ type: 'config/entity_registry/update', entity_id: entityOf(i), area_id });
  }
  const last = MANY - 1;
  const big = await measure(entityOf(last), nameOf(last));
  const told = ({ start, held, resident }: Measured): string =>
    `ready after ${start.toFixed(0)} ms, ${held.toFixed(0)} MB held, ${resident.toFixed(0)} MB resident`;
  console.info(`25 things: ${told(small)}; ${MANY + 25}: ${told(big)}`);
  expect(big.held - small.held).toBeLessThan(40);
});
