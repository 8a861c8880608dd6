import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../clock.js';
import { converse } from '../../conversation/exchange.js';
import type { Assistant } from '../../main.js';
import { seededRandom } from '../../random.js';
import type { TurnContext } from '../../stages.js';
import type { Milliseconds } from '../../units.js';
import { openRoom } from '../room.js';
import { readSound } from '../sound.js';
import type { Utterance } from '../spoken-set.js';
import { wordsOf } from '../turns.js';
import type { CoreSession } from '../wyoming/core-session.js';
import type { HomeMeasurements, SpokenCommand } from './home-rows.js';
import type { StateWatch } from './state-watch.js';
import type { Switchable } from './switchable.js';

export interface MeasureHomeRequest {
  readonly assistant: Assistant;
  readonly session: CoreSession;
  readonly watch: StateWatch;
  readonly things: readonly Switchable[];
  /** Commands that switch one of them. */
  readonly utterances: readonly Utterance[];
  readonly runs: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Filled as it goes on. */
  readonly into: HomeMeasurements;
  readonly show: (text: string) => void;
}

/** Ways to say the same, each of which Home Assistant has to think about. */
const WAYS: readonly ((name: string, to: string) => string)[] = [
  (name, to) => `turn ${to} the ${name}`,
  (name, to) => `turn the ${name} ${to}`,
  (name, to) => `switch ${to} the ${name}`,
  (name, to) => `please turn ${to} the ${name}`,
];
/** So that a command does not meet what the one before has still to tell. */
const REST: Milliseconds = 150;
const TURN_WITHIN: Milliseconds = 40_000;

/** Sentences that are only asked about; nothing is done. */
export const measureUnderstanding = async ({ assistant, things, runs, signal, into, show }: MeasureHomeRequest) => {
  const context: TurnContext = { language: assistant.options.language };
  const sentences = WAYS.flatMap((way) => things.flatMap(({ name }) => ['on', 'off'].map((to) => way(name, to))));
  for (const [i, text] of sentences.slice(0, runs).entries()) {
    show(`understanding ${i + 1} of ${Math.min(runs, sentences.length)}`);
    for (const times of [into.understandNew, into.understandAgain]) {
      const began = performance.now();
      const command = await assistant.home.understand(text, context, signal);
      const took = performance.now() - began;
      if (!command) throw new Error(`"${text}" was not understood`);
      times.push(took);
    }
    await pause(20);
  }
};

/** Commands as they are written to the persona: until another client of Home Assistant's hears of the new state. */
export const measureWritten = async (request: MeasureHomeRequest): Promise<void> => {
  const { assistant, watch, things, runs, signal, into, show } = request;
  const context: TurnContext = { language: assistant.options.language };
  for (let i = 0; i < runs; i++) {
    signal.throwIfAborted();
    show(`written command ${i + 1} of ${runs}`);
    const { entity, name } = things[i % things.length]!;
    const to = i % 2 === 0 ? 'on' : 'off';
    await set(request, entity, to === 'on' ? 'off' : 'on');
    const began = systemClock.now();
    const way = WAYS[i % WAYS.length]!;
    const text = way(name, to);
    const { conversation } = assistant;
    await converse(conversation.respondAtOnce, {
      text,
      context,
      signal,
      timeout: TURN_WITHIN,
      excuse: conversation.excuse,
    });
    await watch.until(entity, to);
    const changed = watch.changes.find((change) => change.entity === entity && change.state === to);
    if (changed) into.written.push(changed.at - began);
  }
};

/** Commands spoken in a room, in real time. */
export const measureSpoken = async (request: MeasureHomeRequest): Promise<void> => {
  const { assistant, watch, things, utterances, seed, signal, into, show } = request;
  const room = openRoom(assistant, seededRandom(seed));
  try {
    for (const [i, { command, file, lastSound }] of utterances.entries()) {
      signal.throwIfAborted();
      show(`spoken command ${i + 1} of ${utterances.length}`);
      const [[demo, to]] = Object.entries(command.becomes!) as [[string, string]];
      const { entity } = things.find((one) => one.demo === demo)!;
      const sound = await readSound(file, signal);
      await set(request, entity, to === 'on' ? 'off' : 'on');
      const before = room.turns.length;
      const from = room.timeOf(room.say(sound) + lastSound);
      const turn = await room.turn(before, until(from + TURN_WITHIN, signal)).catch((error: unknown) => {
        signal.throwIfAborted();
        if (!(error instanceof Error && error.name === 'TimeoutError')) throw error;
        return undefined;
      });
      await room.quiet(until(from + TURN_WITHIN, signal)).catch(() => signal.throwIfAborted());
      const changed = watch.changes.find((change) => change.entity === entity && change.state === to);
      const others = watch.changes.some((change) => change.entity !== entity);
      const spoken: SpokenCommand = {
        say: wordsOf(command.say),
        heard: turn?.said?.text,
        verdict: others ? 'wrong' : changed ? 'right' : 'nothing',
        replies: turn?.replies.map(({ text }) => text) ?? [],
        covered: turn?.replies[0]?.kind === 'taunt',
        ...(changed && { changed: changed.at - from }),
        marks: Object.fromEntries([...(turn?.timeline.moments ?? [])].map(([name, { time }]) => [name, time - from])),
      };
      into.spoken.push(spoken);
    }
  } finally {
    await room.close();
  }
};

/** As by a switch on the wall, and everything else is off; then all is forgotten that changed. */
const set = async ({ session, things, watch }: MeasureHomeRequest, entity: string, to: 'on' | 'off'): Promise<void> => {
  const others = things.map((thing) => thing.entity).filter((other) => other !== entity);
  for (const [state, entity_id] of [
    ['off', others],
    [to, [entity]],
  ] as const) {
    const service = `turn_${state}`;
    await session.ask({
      type: 'call_service',
      domain: 'homeassistant',
      service,
      service_data: {},
      target: { entity_id },
    });
    for (const one of entity_id) await watch.until(one, state);
  }
  await pause(REST);
  watch.forget();
};

const until = (time: Milliseconds, signal: AbortSignal): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(Math.max(0, Math.round(time - systemClock.now())))]);
