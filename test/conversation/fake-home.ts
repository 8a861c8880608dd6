import type { Change, Command, Home, Outcome, Risk, Run } from '../../src/stages.js';

/** What a sentence does in the fake home. */
export interface Deed {
  readonly intent?: string;
  readonly risk?: Risk;
  readonly extendable?: boolean;
  readonly foreseen?: Outcome;
  /** What happens instead of what was foreseen. */
  readonly really?: Outcome;
  readonly error?: Error;
  /** Performing waits for this. */
  readonly until?: Promise<void>;
  /** Is done even if the run is given up meanwhile. */
  readonly stubborn?: boolean;
}

export interface FakeHome extends Home {
  /** Sentences performed and undone, in order: "turn on the lamp", "undo turn on the lamp". */
  readonly log: string[];
  readonly asked: string[];
}

export const change = (entity: string, to: string, from = 'unknown'): Change => ({
  entity,
  name: entity.split('.')[1]!.replaceAll('_', ' '),
  from,
  to,
});

export const outcome = (intent: string, parts: Partial<Outcome> = {}): Outcome => {
  const names = (parts.changed ?? []).map(({ name }) => name);
  const slots =
    names.length === 1 ? { name: names[0]! } : names.length > 1 ? { names: `the ${names.join(' and the ')}` } : {};
  return { intent, changed: [], already: [], failed: [], slots, ...parts };
};

/** A home with exactly these sentences. It breaks the rules it must trust others to keep: it never checks the gate. */
export function fakeHome(deeds: Readonly<Record<string, Deed | (() => never)>>): FakeHome {
  const log: string[] = [];
  const asked: string[] = [];
  const known = new WeakMap<Command, { readonly text: string; readonly deed: Deed }>();
  return {
    log,
    asked,
    async understand(text, _context, signal) {
      asked.push(text);
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      const deed = deeds[text];
      if (typeof deed === 'function') deed();
      if (deed === undefined || typeof deed === 'function') return undefined;
      const { intent = 'HassTurnOn', risk = 'harmless', extendable = false } = deed;
      const command: Command = { intent, risk, extendable };
      known.set(command, { text, deed });
      return command;
    },
    phrases: () => Object.keys(deeds),
    foresee: (command) => known.get(command)!.deed.foreseen,
    async perform(command: Command, run: Run) {
      const { text, deed } = known.get(command)!;
      log.push(text);
      await deed.until;
      if (deed.error) throw deed.error;
      if (!deed.stubborn) run.signal.throwIfAborted();
      const happened = deed.really ?? deed.foreseen ?? outcome(command.intent);
      return {
        ...happened,
        undo: async () => {
          log.push(`undo ${text}`);
          return outcome(command.intent, { changed: happened.changed });
        },
      };
    },
  };
}

const turned = (to: 'on' | 'off', ...entities: string[]): Deed => {
  const intent = to === 'on' ? 'HassTurnOn' : 'HassTurnOff';
  return { intent, foreseen: outcome(intent, { changed: entities.map((entity) => change(entity, to)) }) };
};

/** Sentences that most tests need. */
export const DEEDS: Readonly<Record<string, Deed>> = {
  'turn on the lamp': turned('on', 'light.lamp'),
  'turn off the lamp': turned('off', 'light.lamp'),
  'turn on the fan': turned('on', 'fan.fan'),
  'turn off the fan': turned('off', 'fan.fan'),
  'turn on the lamp and the fan': turned('on', 'light.lamp', 'fan.fan'),
  'turn on the lights': { ...turned('on', 'light.lamp', 'light.desk_lamp'), risk: 'wide', extendable: true },
  'turn on the lights in the attic': turned('on', 'light.attic_lamp'),
  'close the blind': {
    intent: 'HassTurnOff',
    foreseen: outcome('HassTurnOff', { changed: [change('cover.blind', 'closed')] }),
  },
  'unlock the front door': {
    intent: 'HassTurnOff',
    risk: 'guarded',
    foreseen: outcome('HassTurnOff', { changed: [change('lock.front_door', 'unlocked')] }),
  },
  'is the lamp on': { intent: 'HassGetState', foreseen: outcome('HassGetState', { speech: 'The lamp is on.' }) },
};
