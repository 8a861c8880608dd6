import type { MindOptions } from '../../../src/conversation/mind/mind.js';
import { createResponder } from '../../../src/conversation/responder.js';
import { type DemoHouse, openDemoHouse } from '../../../src/home/demo-house.js';
import { validateCall } from '../../../src/llm/tool-guard.js';
import { linePickers } from '../../../src/persona/lines.js';
import { seededRandom } from '../../../src/random.js';
import type { LanguageModel } from '../../../src/stages.js';
import { type TestClock, testClock } from '../../fakes/clock.js';
import { demon, type Talk } from '../talking.js';

export interface ThinkingTalk extends Talk {
  readonly house: DemoHouse;
  readonly warnings: { readonly trouble?: string; readonly message: string }[];
  /** States by entity, those that differ from the beginning. */
  changed(): Promise<Readonly<Record<string, string>>>;
}

/** The demon in the demo house, with a mind. */
export function thinkWith(
  model: LanguageModel,
  more: Partial<MindOptions> = {},
  clock: TestClock = testClock(1_000_000),
): ThinkingTalk {
  const errors: object[] = [];
  const warnings: ThinkingTalk['warnings'] = [];
  const house = openDemoHouse({ clock });
  const states = (): ReadonlyMap<string, string> =>
    new Map(
      house.hands
        .describe({ language: 'en' })
        .states.split('\n')
        .map((line) => {
          const at = line.indexOf(': ');
          return [line.slice(0, at), line.slice(at + 2)];
        }),
    );
  const before = states();
  const conversation = createResponder({
    home: house,
    persona: demon,
    lines: linePickers(demon, { random: seededRandom(5) }),
    unfinished: (text) => house.unfinished(text),
    log: { error: (details, message) => errors.push({ ...details, message }) },
    clock,
    mind: {
      model,
      speaker: demon,
      hands: house.hands,
      check: validateCall,
      contextTokens: () => 8192,
      log: {
        debug: () => {},
        info: () => {},
        warn: (details, message) => warnings.push({ ...details, message }),
      },
      ...more,
    },
  });
  return {
    ...conversation,
    clock,
    errors,
    house,
    warnings,
    changed: async () => Object.fromEntries([...states()].filter(([id, state]) => before.get(id) !== state)),
  };
}
