import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { plan } from '../../../src/conversation/plan.js';
import type { Outcome, TurnContext } from '../../../src/stages.js';
import { committedRun, openRigHome, type RigHome, signal } from './rig-home.js';

interface Row {
  readonly say: string;
  /** `2026.11`. */
  readonly since?: string;
  readonly in?: string;
  readonly here?: string;
  readonly does: string | readonly string[];
  readonly risk?: string;
  readonly yes?: boolean;
  readonly to?: Readonly<Record<string, string>>;
  readonly already?: readonly string[];
  readonly performed?: readonly string[];
  readonly failed?: readonly string[];
  readonly because?: string;
  readonly speech?: string;
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly long?: boolean;
}

const rows = parse(readFileSync(new URL('./sentences.yaml', import.meta.url), 'utf8')) as readonly Row[];
const PORT = 8132;
const RISKS = ['harmless', 'wide', 'guarded'];
const persona = { stop: {}, safety: {} };

let rig: RigHome;
beforeAll(async () => {
  rig = await openRigHome(PORT);
});
afterAll(() => rig?.stop());

const numbered = rows.map(
  (row, at) =>
    [`${at + 1}. ${row.in ? `(${row.in}) ` : ''}${row.say}${row.here ? ` [${row.here}]` : ''}`, row] as const,
);

test.each(numbered)('%s', async (_, row) => {
  await rig.reset();
  const before = await rig.states();
  const device = row.here === undefined ? undefined : rig.devices.get(row.here);
  const context: TurnContext = {
    language: row.in ?? 'en',
    // Some rooms have no device at all: then there is only the name of the room.
    ...(row.here === undefined ? {} : device === undefined ? { area: row.here } : { device }),
  };
  const planned = await plan(row.say, context, signal, {
    home: rig.home,
    persona,
    unfinished: (text, language) => rig.home.unfinished(text, language),
  });
  const parts = planned.kind === 'commands' ? planned.parts : [];
  const does = planned.kind === 'commands' ? parts.map(({ command }) => command.intent) : [planned.kind];
  if (row.since !== undefined && isOlder(row.since)) return expect(does).toEqual(['talk']);
  expect(does).toEqual(typeof row.does === 'string' ? [row.does] : row.does);
  if (planned.kind !== 'commands') {
    expect(await changes(before)).toEqual({});
    return;
  }
  const risk = RISKS[Math.max(...parts.map(({ command }) => RISKS.indexOf(command.risk)))];
  expect(risk).toBe(row.risk ?? 'harmless');
  if (row.long !== undefined) expect(parts.at(-1)!.command.extendable).toBe(row.long);
  if (risk === 'guarded' && !row.yes) {
    // The conversation asks, and this time nobody says yes.
    expect(await changes(before)).toEqual({});
    return;
  }

  const outcomes: Outcome[] = [];
  for (const { command } of parts) {
    const foreseen = rig.home.foresee(command);
    const outcome = await rig.home.perform(command, committedRun());
    outcomes.push(outcome);
    if (foreseen && outcome.failed.length === 0) {
      expect(new Set(foreseen.changed.map(({ entity }) => entity))).toEqual(
        new Set(outcome.changed.map(({ entity }) => entity)),
      );
    }
  }
  const all = <Key extends 'changed' | 'already' | 'failed'>(key: Key): Outcome[Key][number][] =>
    outcomes.flatMap((one): Outcome[Key][number][] => [...one[key]]);
  const really = await changes(before);
  expect(Object.keys(really).sort()).toEqual(Object.keys(row.to ?? {}).sort());
  for (const [entity, state] of Object.entries(row.to ?? {})) if (state !== 'any') expect(really[entity]).toBe(state);

  // What is claimed is what happened.
  const claimed = all('changed').map(({ entity }) => entity);
  const lists = Object.keys(really).filter((entity) => entity.startsWith('todo.'));
  const expected = row.performed ?? Object.keys(really).filter((entity) => !lists.includes(entity));
  expect(claimed.sort()).toEqual([...expected].sort());
  if (row.already) expect(all('already').sort()).toEqual([...row.already].sort());
  expect(all('failed').map(({ name }) => name)).toEqual(row.failed ?? []);
  if (row.because)
    expect(
      all('failed')
        .map(({ reason }) => reason)
        .join(),
    ).toMatch(new RegExp(row.because, 'i'));
  const speech = outcomes.flatMap((one) => one.speech ?? []).join(' ');
  // An older Core is not asked to refuse in its own words: it might do it instead.
  if (row.in === 'de' && row.failed && isOlder('2026.11')) expect(speech).toBe('');
  else if (row.speech) expect(speech).toMatch(new RegExp(row.speech));
  else expect(speech).toBe('');
  if (row.value) expect(outcomes[0]!.slots.value).toBe(row.value);
  if (row.choices) expect(outcomes[0]!.choices?.map(({ name }) => name)).toEqual(row.choices);
});

/** Whether the Core of this run is older than a version. */
const isOlder = (version: string): boolean => {
  const { state } = rig.homeAssistant;
  const [[year = 0, month = 0], [since = 0, from = 0]] = [state.kind === 'connected' ? state.version : '', version].map(
    (one) => one.split('.').map(Number),
  ) as [number[], number[]];
  return year < since || (year === since && month < from);
};

/** States that are not as they were, exposed or not. */
const changes = async (before: ReadonlyMap<string, string>): Promise<Record<string, string>> => {
  const after = await rig.states();
  return Object.fromEntries(
    [...after].flatMap(([id, state]) =>
      before.get(id) === state ? [] : [[id, String((JSON.parse(state) as unknown[])[0])]],
    ),
  );
};
