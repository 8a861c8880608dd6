import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { keepTrying } from '../add-on/keep-trying.js';
import type { TurnResult } from '../assistant/turn.js';
import { nullSpeaker, wavSpeaker } from '../audio/play.js';
import { systemClock } from '../clock.js';
import { messageOf } from '../faults.js';
import type { DemoHouse } from '../home/demo-house.js';
import type { Snapshot } from '../home/snapshot.js';
import { isLive, openLive } from '../live.js';
import { type Assistant, openAssistant } from '../main.js';
import { modelsFor } from '../model-needs.js';
import { thisMachine } from '../options/machine.js';
import { packageFile, shipped } from '../package.js';
import { openServices } from '../services/open-services.js';
import type { Detection } from '../stages.js';
import { type StatusBoard, statusBoard } from '../status/board.js';
import { openStatusPage, type StatusServer } from '../status/server.js';
import type { ServiceStatus } from '../status/status.js';
import { spansOf } from '../timeline/targets.js';
import type { Milliseconds } from '../units.js';
import { wyomingServices } from '../wyoming-services.js';
import { hearRecording } from './hear.js';
import { noteTurn } from './note-turn.js';
import type { Setting } from './setting.js';
import { introduce } from './setup.js';
import { describeTurn, endingOf, lookOf } from './turn-report.js';

export interface StartFlags {
  /** Show a recorded turn after the start. */
  readonly demo: boolean;
}

/** How long those who are being served have when the program ends: the Supervisor kills after ten seconds. */
const GRACE: Milliseconds = 1_500;
/** As in config.yaml. */
const INGRESS_PORT = 8099;
const DEMO = 'recordings/hey-jarvis-turn-on-the-living-room-lamp.wav';

/**
 * Opens the port, fetches the models, loads everything, shows one turn on a recording, and serves until it is told to
 * end. The services are described from the first moment, and serve when everything is loaded.
 */
export const start = async (setting: Setting, { demo }: StartFlags): Promise<number> => {
  const { options, log, catalogue, signal } = setting;
  log.info(`Evil Assistant ${packageFile.version} awakens`);
  let ready: Assistant | undefined;
  const board = statusBoard({ version: packageFile.version, now: systemClock.now() });
  const page = await statusPage(setting, board);
  const needed = modelsFor(options, catalogue);
  const server = await serveFor(setting, () => ready);
  try {
    board.phase('fetching');
    const models = await fetched(needed, setting, board);
    board.phase('loading');
    const loading = performance.now();
    const assistant = await openAssistant({ options, models, log, everybody: true, signal });
    ready = assistant;
    board.services(() => servicesOf(assistant, server));
    board.phase('ready');
    try {
      const words = options.wake.words.map(({ word }) => word).join(', ');
      const persona = assistant.speaking.persona.name;
      log.info(
        { wake: words, persona, stt: options.stt.engine, ms: Math.round(performance.now() - loading) },
        'loaded',
      );
      if (demo && assistant.demo && !signal.aborted) await demonstrate(assistant, assistant.demo, setting);
      if (!signal.aborted) {
        if (server) log.info(`Wyoming services are at ${server.uri}`);
        log.info('Ready. Ctrl-C ends it. `evil-assistant ask FILE.wav` answers recordings of your own.');
        const prefilled = assistant.prefill(signal).catch((error: unknown) => {
          if (!signal.aborted) log.warn({ error }, 'the lines of the persona could not be rendered ahead');
        });
        const live = isLive(options)
          ? await openLive(assistant, { options, log, signal, onTurn: noteLive(assistant, setting, board) })
          : undefined;
        try {
          await Promise.all([aborted(signal), prefilled, settleIn(assistant, setting), live?.ended]);
        } finally {
          await live?.close();
        }
      }
    } finally {
      // Whoever is being served is served to the end, as far as that does not take long.
      await server?.close({ grace: GRACE });
      await assistant.close();
    }
  } catch (error) {
    // Whatever was under way when it was told to end is no trouble.
    if (!signal.aborted) throw error;
  } finally {
    await server?.close({ grace: 0 });
    await page?.close();
  }
  log.info('Begone.');
  return 0;
};

/** A line in the log for each turn that was spoken in the room. */
const noteLive = (assistant: Assistant, setting: Setting, board: StatusBoard) => {
  let turns = 0;
  let fresh = assistant.speaking.voice.stats().fresh;
  return (result: TurnResult, detection: Detection): void => {
    const now = assistant.speaking.voice.stats().fresh;
    const turn = {
      detection,
      result,
      changes: result.outcomes.flatMap(({ changed }) => changed),
      cached: now === fresh,
    };
    fresh = now;
    board.turn({
      at: systemClock.now(),
      ending: endingOf(turn),
      intents: result.outcomes.map(({ intent }) => intent),
      parts: spansOf(result.timeline, { cached: turn.cached }),
    });
    void noteTurn(turn, assistant.speaking.persona.id, `${++turns}`, setting);
  };
};

/** Makes Home Assistant use this program, where the options want it. A house that refuses is no reason to end. */
const settleIn = async ({ real }: Assistant, setting: Setting): Promise<void> => {
  const { log, options, signal } = setting;
  if (!real || !options.home_assistant.setup || options.port === 0) return;
  try {
    await real.homeAssistant.ready(signal);
    for (const { text } of await introduce(real.homeAssistant, setting)) log.info(`Home Assistant: ${text}`);
  } catch (error) {
    if (!signal.aborted)
      log.warn({ error: messageOf(error) }, 'Home Assistant could not be set up to use this program');
  }
};

/** Home Assistant shows it as the page of the add-on. Elsewhere it is for this machine alone, where a port is named. */
const statusPage = async ({ log, options }: Setting, { status }: StatusBoard): Promise<StatusServer | undefined> => {
  const ingress = thisMachine().addOn;
  const port = ingress ? INGRESS_PORT : options.status.port;
  return port === 0 ? undefined : openStatusPage({ port, ingress, status, log });
};

/** In an add-on a failure that may pass is not the end: nobody would start it again. */
const fetched = (needed: readonly string[], { fetch, log, signal }: Setting, board: StatusBoard) => {
  const fetchAll = () => fetch(needed, board.download);
  if (!thisMachine().addOn) return fetchAll();
  return keepTrying(fetchAll, {
    clock: systemClock,
    signal,
    onFailure: ({ message }, again) => {
      board.phase('waiting', message);
      log.warn(`${message} It is tried again in ${again / 1000} s.`);
    },
  });
};

const servicesOf = (
  { options, real }: Assistant,
  server: { readonly uri: string } | undefined,
): readonly ServiceStatus[] => [
  ...(server ? [{ name: 'Wyoming services', detail: server.uri, ready: true }] : []),
  ...(real
    ? [
        {
          name: 'Home Assistant',
          detail: real.homeAssistant.state.kind,
          ready: real.homeAssistant.state.kind === 'connected',
        },
      ]
    : []),
  ...(options.satellite.mode === 'off' ? [] : [{ name: 'Satellite', detail: options.satellite.mode, ready: true }]),
];

const serveFor = ({ options, catalogue, log }: Setting, assistant: () => Assistant | undefined) => {
  if (options.port === 0) return undefined;
  const host = options.bind.includes(':') ? `[${options.bind}]` : options.bind;
  return openServices({
    uri: `tcp://${host}:${options.port}`,
    services: wyomingServices({ options, catalogue, log, assistant }),
    log,
  });
};

/** One recorded turn, from the wake word to the demon's reply, against the demo house. */
const demonstrate = async (
  assistant: Assistant,
  house: DemoHouse,
  { options, log, signal }: Setting,
): Promise<void> => {
  const reply = await replyFile({ options, log });
  const before = house.snapshot();
  console.log(`\nA recording says “hey jarvis, turn on the living room lamp” to the demo house:\n${rooms(before)}\n`);
  const pace = { paced: true, clock: systemClock };
  const speaker = reply === undefined ? nullSpeaker(pace) : wavSpeaker(reply, pace);
  const { turns } = await hearRecording(assistant, shipped(DEMO), { speaker, signal });
  if (signal.aborted) return;
  for (const [i, turn] of turns.entries()) {
    console.log(`${describeTurn(turn, DEMO, turn.result.playback ? reply : undefined, lookOf(process.stdout))}\n`);
    await noteTurn(turn, assistant.speaking.persona.id, `demo-${i + 1}`, { options, log });
  }
  if (turns.length === 0) {
    console.log('The wake word of the recording was not recognised: check wake.words and wake.threshold.\n');
  } else {
    console.log(`The living room now: ${room(house.snapshot(), 'living room')}\n`);
  }
  // What is tried next should find the house as it is described.
  house.reset();
};

/** Where the reply goes; nowhere if the data folder cannot be used, since a demonstration is not worth a failed start. */
const replyFile = async ({ options, log }: Pick<Setting, 'options' | 'log'>): Promise<string | undefined> => {
  const file = join(options.folders.data, 'demo', 'reply.wav');
  try {
    await mkdir(dirname(file), { recursive: true });
    return file;
  } catch (error) {
    log.warn(`folders.data: nothing can be kept in ${options.folders.data}: ${messageOf(error)}`);
    return undefined;
  }
};

const rooms = (states: Snapshot): string =>
  [...new Set(states.map(({ area }) => area))]
    .filter((area) => area !== '')
    .map((area) => `  ${area.padEnd(12)} ${room(states, area)}`)
    .join('\n');

const room = (states: Snapshot, area: string): string =>
  states
    .filter((one) => one.area === area)
    .map(({ name, state }) => `${name} ${state}`)
    .join(', ');

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    // Nothing else may be waiting; without a timer the process would end.
    const alive = setInterval(() => {}, 2 ** 30);
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(alive);
        resolve();
      },
      { once: true },
    );
  });
