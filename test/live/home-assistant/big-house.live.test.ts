import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openHomeAssistant } from '../../../src/home-assistant/connection.js';
import { describeHouse } from '../../../src/home-assistant/describe.js';
import { openHouse } from '../../../src/home-assistant/house.js';
import { createLog } from '../../../src/log.js';
import { type Core, startCore } from '../core-rig.js';

const MANY = 2_000;
const AREAS = ['living_room', 'kitchen', 'bedroom', 'office', 'hall', 'garden'];

let core: Core;
beforeAll(async () => {
  core = await startCore({ port: 8131 });
  await core.halt();
  const lights = Array.from(
    { length: MANY },
    (_, index) =>
      `      - {name: Candle ${index}, unique_id: candle_${index}, default_entity_id: light.candle_${index}, turn_on: [], turn_off: [], set_level: []}`,
  );
  await appendFile(join(core.folder, 'configuration.yaml'), `\ntemplate big:\n  - light:\n${lights.join('\n')}\n`);
  await core.relaunch();

  const ids = Array.from({ length: MANY }, (_, index) => `light.candle_${index}`);
  const all = async (): Promise<boolean> => {
    const states = await core.call<{ entity_id: string }[]>({ type: 'get_states' });
    const there = new Set(states.map(({ entity_id }) => entity_id));
    return ids.every((id) => there.has(id));
  };
  while (!(await all())) await new Promise((wake) => setTimeout(wake, 500));
  await core.call({
    type: 'homeassistant/expose_entity',
    assistants: ['conversation'],
    entity_ids: ids,
    should_expose: true,
  });
  for (const [index, area_id] of AREAS.entries())
    await core.call({ type: 'config/entity_registry/update', entity_id: ids[index], area_id });
});
afterAll(() => core?.stop());

it('A house of two thousand things is known soon, costs little memory, and fits into a prompt', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const log = createLog({ level: 'silent', format: 'json' });
  collect();
  const before = process.memoryUsage();
  const began = performance.now();
  const home = openHomeAssistant({ url: core.url, token: core.token, log });
  const house = openHouse({ home, log });
  await house.ready(AbortSignal.timeout(60_000));
  const took = performance.now() - began;
  collect();
  const after = process.memoryUsage();
  const { things, states } = describeHouse(house.current);

  const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  console.info(
    `${house.current.entities.length} entities: known after ${took.toFixed(0)} ms, heap +${megabytes(after.heapUsed - before.heapUsed)} MB, ` +
      `resident +${megabytes(after.rss - before.rss)} MB; prompt ${things.length} + ${states.length} characters`,
  );
  expect(house.current.entities.length).toBe(MANY + 25);
  expect(after.heapUsed - before.heapUsed).toBeLessThan(40 * 2 ** 20);
  expect(things.length).toBeLessThanOrEqual(12_000);
  expect(states.length).toBeLessThanOrEqual(8_000);

  const last = `light.candle_${MANY - 1}`;
  const wait = house.until((entity) => entity(last)?.state === 'on', {
    signal: AbortSignal.timeout(60_000),
    timeout: 10_000,
  });
  await home.call({ type: 'call_service', domain: 'light', service: 'turn_on', target: { entity_id: last } });
  expect(await wait).toBe(true);
  house.close();
  home.close();
});
