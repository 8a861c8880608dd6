/** What the user has marked as guarded, with the labels among it followed to the things that have them. */
import type { HomeAssistant } from '../../home-assistant/connection.js';
import type { Log } from '../../log.js';
import type { Milliseconds } from '../../units.js';

interface Marks {
  /** All that is marked by itself or by a label. Grows; nothing that was guarded is let go while the program runs. */
  readonly marked: ReadonlySet<string>;
  /** Resolves when the labels have been followed once since Core was there last; rejects where they could not be. */
  known(): Promise<void>;
  /** Labels may have been given to other things. */
  look(): void;
}

/** Names as the user writes them: an entity has a dot, anything else may be a label. */
const ENTITY = /^[a-z_]+\.[a-z0-9_]+$/;
const TIMEOUT: Milliseconds = 5_000;

export function openMarks(names: readonly string[], core: Pick<HomeAssistant, 'call'>, log: Log): Marks {
  const written = names.map((name) => name.trim()).filter((name) => name !== '');
  const marked = new Set(written.flatMap((name) => [name, name.toLowerCase()]));
  const perhapsLabels = new Set(written.map((name) => name.toLowerCase()).filter((name) => !ENTITY.test(name)));
  let looking: Promise<void> | undefined;

  const follow = async (): Promise<void> => {
    const ask = (type: string, fields: object = {}): Promise<unknown> =>
      core.call<unknown>({ type, ...fields }, { timeout: TIMEOUT });
    const labels = rows(await ask('config/label_registry/list')).filter(({ label_id: id, name }) =>
      [id, name].some((one) => typeof one === 'string' && perhapsLabels.has(one.toLowerCase())),
    );
    if (labels.length === 0) return;
    const [entities, devices, areas] = await Promise.all(
      ['entity', 'device', 'area'].map(async (kind) => rows(await ask(`config/${kind}_registry/list`))),
    );
    const ids = labels.map(({ label_id: id }) => id);
    const has = ({ labels: all }: Row): boolean => Array.isArray(all) && all.some((one) => ids.includes(one));
    const inDevice = new Set(devices!.filter(has).map(({ id }) => id));
    for (const row of entities!) {
      if (typeof row.entity_id === 'string' && (has(row) || inDevice.has(row.device_id))) marked.add(row.entity_id);
    }
    for (const row of areas!.filter(has)) if (typeof row.area_id === 'string') marked.add(row.area_id);
  };

  const known = (): Promise<void> => {
    if (perhapsLabels.size === 0) return Promise.resolve();
    looking ??= follow().catch((error: unknown) => {
      looking = undefined;
      log.debug({ error }, 'labels could not be read');
      throw error;
    });
    return looking;
  };
  return {
    marked,
    known,
    look() {
      looking = undefined;
    },
  };
}

type Row = Readonly<Record<string, unknown>>;
const rows = (answer: unknown): Row[] =>
  (Array.isArray(answer) ? answer : []).filter((row) => typeof row === 'object' && row !== null);
