import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../../faults.js';
import { homesFile, loadHouse } from '../../home/house.js';
import type { Milliseconds } from '../../units.js';
import type { CoreSession } from '../wyoming/core-session.js';

/** Something of the demo house that can be switched, as Home Assistant has it. */
export interface Switchable {
  /** In the demo house, as the bench set names it. */
  readonly demo: string;
  /** In Home Assistant. */
  readonly entity: string;
  readonly name: string;
}

const DOMAINS = ['light', 'switch', 'fan'];
const PREFIX = 'demo_';
const THERE_WITHIN: Milliseconds = 30_000;

/**
 * Makes the switchable things of the demo house in a Home Assistant of the test rig, with their rooms and names, and
 * exposes them and nothing else: so the bench set's commands have the same meaning there as in the demo house.
 * @param folder of the rig's configuration, which is added to.
 */
export const furnish = async (session: CoreSession, folder: string): Promise<readonly Switchable[]> => {
  const { areas, entities } = loadHouse(homesFile('demo.yaml'));
  const things = [...entities.values()]
    .filter(({ domain, fails }) => DOMAINS.includes(domain) && fails === undefined)
    .map((thing) => ({ ...thing, entity: thing.id.replace('.', `.${PREFIX}`) }));
  const lines = DOMAINS.flatMap((domain) => [
    `  - ${domain}:`,
    ...things.filter((one) => one.domain === domain).map(({ entity, name }) => `      - ${yamlOf(entity, name)}`),
  ]);
  await appendFile(join(folder, 'configuration.yaml'), `\ntemplate demo house:\n${lines.join('\n')}\n`);
  await session.ask({ type: 'call_service', domain: 'template', service: 'reload', service_data: {} });
  await present(
    session,
    things.map(({ entity }) => entity),
  );

  const known = await session.ask<{ area_id: string }[]>({ type: 'config/area_registry/list' });
  const ids = new Map<string, string>();
  for (const { id, name, also } of areas.values()) {
    const there = known.find(({ area_id }) => area_id === id || (id === 'hallway' && area_id === 'hall'));
    const aliases = also.filter((alias) => alias !== 'hall');
    const { area_id } = there
      ? await session.ask<{ area_id: string }>({
          type: 'config/area_registry/update',
          area_id: there.area_id,
          name,
          aliases,
        })
      : await session.ask<{ area_id: string }>({ type: 'config/area_registry/create', name, aliases });
    ids.set(id, area_id);
  }
  const { exposed_entities: exposed } = await session.ask<{ exposed_entities: object }>({
    type: 'homeassistant/expose_entity/list',
  });
  const expose = (entity_ids: readonly string[], should_expose: boolean): Promise<unknown> =>
    session.ask({ type: 'homeassistant/expose_entity', assistants: ['conversation'], entity_ids, should_expose });
  await expose(Object.keys(exposed), false);
  for (const { entity, area, also } of things) {
    await session.ask({
      type: 'config/entity_registry/update',
      entity_id: entity,
      area_id: ids.get(area),
      aliases: [null, ...also],
    });
  }
  await expose(
    things.map(({ entity }) => entity),
    true,
  );
  return things.map(({ entity, id, name }) => ({ demo: id, entity, name }));
};

const yamlOf = (entity: string, name: string): string =>
  `{name: ${name}, unique_id: ${entity.replace('.', '_')}, default_entity_id: ${entity}, turn_on: [], turn_off: []}`;

const present = async (session: CoreSession, wanted: readonly string[]): Promise<void> => {
  for (const begin = performance.now(); ; await pause(100)) {
    const states = await session.ask<{ entity_id: string }[]>({ type: 'get_states' });
    const there = new Set(states.map(({ entity_id }) => entity_id));
    if (wanted.every((entity) => there.has(entity))) return;
    if (performance.now() - begin > THERE_WITHIN)
      throw new Fault('network', 'Home Assistant has not made the things of the demo house');
  }
};
