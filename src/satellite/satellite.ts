import { type Clock, systemClock } from '../clock.js';
import { Fault, messageOf } from '../faults.js';
import type { Log } from '../log.js';
import type { Audio, Speaker } from '../stages.js';
import type { Milliseconds } from '../units.js';
import { type Info, serve, type WyomingEvent } from '../wyoming/index.js';
import { createDriver } from './drive.js';
import { createEars, type EarsSettings } from './ears.js';
import type { ExcuseKind } from './excuses.js';
import { createLinks } from './links.js';
import { createMouth } from './mouth.js';
import {
  DEFAULT_SETTINGS,
  mayListen,
  type SatelliteAction,
  type SatelliteNews,
  type SatelliteSettings,
  type SatelliteTimer,
  type Sound,
  serverOf,
} from './state.js';
import { type SatelliteView, viewOf } from './view.js';
import { isAudio, toWire } from './wire.js';

export interface SatelliteRequest extends EarsSettings {
  /** Where to listen, `tcp://0.0.0.0:10700`: a port of its own, never that of the services. */
  readonly uri: string;
  /** What it says of itself, see `satelliteInfo`. */
  readonly info: Info;
  readonly speaker: Speaker;
  /** What is done to the sound of answers and announcements. */
  readonly transform?: (audio: Audio, signal: AbortSignal) => Audio;
  /** What is said where a turn comes to nothing; undefined for silence. */
  readonly excuse?: (kind: ExcuseKind, signal: AbortSignal) => Audio | undefined;
  /** What is heard when a timer is over. A wake word silences it. */
  readonly alarm?: (timer: SatelliteTimer, signal: AbortSignal) => Audio | undefined;
  readonly onState?: (view: SatelliteView) => void;
  readonly onNews?: (news: SatelliteNews) => void;
  readonly settings?: Partial<SatelliteSettings>;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface RunningSatellite {
  /** Where it listens, with the port that was chosen for 0. */
  readonly uri: string;
  readonly view: SatelliteView;
  /** Begins a turn without a wake word: a button. */
  trigger(): void;
  /** Nothing is listened to until it is taken back. */
  mute(on: boolean): void;
  /** Silences whatever sounds, an alarm as well. */
  hush(): void;
  /** Ends all connections and silences everything. */
  close(): Promise<void>;
}

/**
 * Core closes its half 3 s after we have closed ours. Where the connection was cut before that, it fails to do so, and comes back
 * 10 s later (2026.11).
 */
const LINGER: Milliseconds = 5_000;
/** Core needs one, and another every 30 s. */
const MOST_CONNECTIONS = 64;

/**
 * A Wyoming satellite: Home Assistant connects to it and lends it a pipeline. Resolves when it can be reached. Throws a
 * `Fault` ('usage') for an address at which it cannot listen.
 */
export const openSatellite = async (request: SatelliteRequest): Promise<RunningSatellite> => {
  const { log, clock = systemClock } = request;
  let view: SatelliteView | undefined;

  const act = (action: SatelliteAction, event: WyomingEvent | undefined): void => {
    switch (action.kind) {
      case 'send':
        // Where that fails, the connection ends as well.
        links
          .of(action.server)
          ?.send(toWire(action.message))
          .catch(() => {});
        break;
      case 'close':
        void links.of(action.server)?.close();
        break;
      case 'stream': {
        const connection = links.of(action.server);
        if (connection) ears.stream(action.run, connection, action.detection);
        break;
      }
      case 'stopStream':
        ears.stopStream(action.run);
        break;
      case 'listen':
        ears.listen(action.on);
        break;
      case 'open':
        if (event && isAudio(event)) mouth.open(action.sound, event);
        break;
      case 'feed':
        if (event && isAudio(event)) mouth.feed(action.sound, event);
        break;
      case 'end':
        mouth.end(action.sound);
        break;
      case 'play':
        mouth.play(action.sound);
        break;
      case 'silence':
        mouth.silence(action.sound);
        break;
      case 'tell':
        noteNews(log, action.news);
        guarded(() => request.onNews?.(action.news));
        break;
    }
  };

  const guarded = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      log.error({ error }, 'who is told of the satellite has failed');
    }
  };

  const driver = createDriver({
    settings: { ...DEFAULT_SETTINGS, ...request.settings },
    clock,
    act,
    changed: (state) => {
      const seen = viewOf(state, view);
      if (seen === view) return;
      view = seen;
      guarded(() => request.onState?.(seen));
    },
  });
  const { take } = driver;
  const ears = createEars(request, { take, log, clock });
  const mouth = createMouth({
    speaker: request.speaker,
    transform: request.transform,
    ownSound: ({ source }: Sound, signal) => {
      if (source.from === 'excuse') return request.excuse?.(source.excuse, signal);
      return source.from === 'alarm' ? request.alarm?.(source.timer, signal) : undefined;
    },
    sounded: (sound) => take({ kind: 'sounded', sound }),
    log,
  });
  const links = createLinks({
    info: request.info,
    driver,
    full: (server) => mouth.full(serverOf(driver.state, server)?.incoming?.sound),
    log,
    clock,
  });

  const server = await serve(request.uri, {
    onConnection: links.serve,
    maxConnections: MOST_CONNECTIONS,
    limits: { linger: LINGER },
    onTrouble: (peer, error) => log.warn({ peer, error }, 'a connection to the satellite has failed'),
  }).catch((cause: unknown) => {
    throw new Fault('usage', `The satellite cannot listen: ${messageOf(cause)}`, {
      hint: 'Give it another address or port, and not that of the services.',
      cause,
    });
  });
  ears.listen(mayListen(driver.state));

  return {
    uri: server.uri,
    get view() {
      return viewOf(driver.state, view);
    },
    trigger: () => take({ kind: 'woken' }),
    mute: (on) => take({ kind: 'mute', on }),
    hush: () => take({ kind: 'hush' }),
    async close() {
      driver.close();
      await Promise.all([server.close({ grace: 500 }), ears.close(), mouth.close()]);
    },
  };
};

const noteNews = (log: Log, news: SatelliteNews): void => {
  switch (news.kind) {
    case 'woken':
      log.debug({ run: news.run, word: news.word }, 'the satellite has been woken');
      break;
    case 'transcript':
    case 'answer':
      log.debug({ speech: news.text }, `the satellite's ${news.kind}`);
      break;
    case 'trouble':
      log.info({ kind: news.excuse, code: news.code, speech: news.text }, "the satellite's turn came to nothing");
      break;
    case 'timer':
      log.debug({ change: news.change, seconds: news.timer.seconds }, 'a timer of Home Assistant');
      break;
    case 'voice':
      break;
  }
};
