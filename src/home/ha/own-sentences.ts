/** Which automation a sentence of the user's own starts, and what that and scripts may do. */
import type { HomeAssistant } from '../../home-assistant/connection.js';
import type { House } from '../../home-assistant/house.js';
import type { Milliseconds } from '../../units.js';
import { type Effect, effectOf } from './effects.js';
import { isGuarded, isMarked, type RiskRules, withMembers } from './risk.js';

/** What is asked of Core before the turn goes on; a sentence whose effect is not known by then is `unknown`. */
const PATIENCE: Milliseconds = 600;
const MOST_AUTOMATIONS = 500;
const AT_ONCE = 16;

export interface OwnSentences {
  /** What saying a sentence trigger may do. `template` is how its automation has it. */
  ofTrigger(template: string, house: House): Promise<Effect>;
  /** What running a script may do. */
  ofScript(id: string, house: House): Promise<Effect>;
  /** Something may have been rewritten. */
  forget(): void;
}

interface Automation {
  readonly id: string;
  readonly config: unknown;
  readonly sentences: ReadonlySet<string>;
}

/**
 * A user's own sentence is theirs to say, and "open sesame" may unlock a door. So it is judged by what its automation is
 * written to do; where that cannot be told, the sentence is no more than `wide`: a house whose every "good night" has to be
 * confirmed teaches people to say yes, and who wants to be asked can mark the automation.
 */
export function openOwnSentences(core: Pick<HomeAssistant, 'call'>, rules: RiskRules): OwnSentences {
  let automations: Promise<readonly Automation[]> | undefined;
  let effects = new Map<string, Promise<Effect>>();

  const ask = (type: string, fields: object): Promise<unknown> =>
    core.call<unknown>({ type, ...fields }, { timeout: PATIENCE });

  const load = async (): Promise<readonly Automation[]> => {
    const ids = idsIn(await ask('config/entity_registry/list_for_display', {}), 'automation.').slice(
      0,
      MOST_AUTOMATIONS,
    );
    const all: Automation[] = [];
    const next = async (): Promise<void> => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        const answer = await ask('automation/config', { entity_id: id }).catch(() => undefined);
        const config = (answer as { config?: unknown } | undefined)?.config;
        const sentences = new Set(stringsIn(config).map(normal));
        if (config !== undefined) all.push({ id, config, sentences });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
    return all;
  };

  const judge = async (kind: 'automation' | 'script', id: string, config: unknown, house: House): Promise<Effect> => {
    if (isMarked(id, house, rules)) return 'guarded';
    const effect = effectOf(config, house, rules);
    if (effect === 'guarded') return effect;
    // A blueprint's own actions are not in the configuration.
    const related = await ask('search/related', { item_type: kind, item_id: id });
    const { entity } = (related ?? {}) as { entity?: unknown };
    const ids = withMembers(Array.isArray(entity) ? entity.filter((one) => typeof one === 'string') : [], house);
    return [...ids].some((one) => isGuarded(one, house) || isMarked(one, house, rules)) ? 'guarded' : effect;
  };

  const known = (key: string, find: () => Promise<Effect>): Promise<Effect> => {
    const before = effects.get(key);
    if (before) return before;
    const found = find().catch((): Effect => {
      effects.delete(key);
      return 'unknown';
    });
    effects.set(key, found);
    return found;
  };

  return {
    ofTrigger: (template, house) =>
      known(`trigger ${normal(template)}`, async () => {
        automations ??= load();
        automations.catch(() => {
          automations = undefined;
        });
        const started = (await automations).filter(({ sentences }) => sentences.has(normal(template)));
        if (started.length === 0) return 'unknown';
        const all = await Promise.all(started.map(({ id, config }) => judge('automation', id, config, house)));
        return worst(all);
      }),
    ofScript: (id, house) =>
      known(`script ${id}`, async () => {
        const answer = (await ask('script/config', { entity_id: id })) as { config?: unknown } | null;
        return judge('script', id, answer?.config, house);
      }),
    forget() {
      automations = undefined;
      effects = new Map();
    },
  };
}

export const worst = (effects: readonly Effect[]): Effect =>
  effects.includes('guarded') ? 'guarded' : effects.includes('unknown') ? 'unknown' : 'known';

const normal = (sentence: string): string => sentence.toLowerCase().replace(/\s+/g, ' ').trim();

/** Entity ids in the registry's short form, where `ei` is the id. */
const idsIn = (answer: unknown, prefix: string): string[] => {
  const { entities } = (answer ?? {}) as { entities?: unknown };
  return (Array.isArray(entities) ? entities : []).flatMap((entry) => {
    const id = (entry as { ei?: unknown } | null)?.ei;
    return typeof id === 'string' && id.startsWith(prefix) ? [id] : [];
  });
};

const MOST_STRINGS = 500;

const stringsIn = (value: unknown, found: string[] = []): string[] => {
  if (found.length >= MOST_STRINGS) return found;
  if (typeof value === 'string') found.push(value);
  else if (Array.isArray(value)) for (const one of value) stringsIn(one, found);
  else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) stringsIn(one, found);
  return found;
};
