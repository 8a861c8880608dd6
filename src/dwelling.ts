import { join } from 'node:path';
import type { Clock } from './clock.js';
import { type DemoHouse, openDemoHouse } from './home/demo-house.js';
import { openHomeAssistantHome } from './home/ha/home-assistant-home.js';
import { openHands } from './home/hands/hands.js';
import { withHands } from './home/hands/with-hands.js';
import { type HomeAssistant, openHomeAssistant } from './home-assistant/connection.js';
import { type LiveHouse, openHouse } from './home-assistant/house.js';
import { createPublisher, type Publisher } from './home-assistant/publisher.js';
import type { Log } from './log.js';
import type { Options } from './options/schema.js';
import type { Hands, Home } from './stages.js';
import type { Milliseconds } from './units.js';

/** The house that is spoken to. */
export interface Dwelling {
  readonly home: Home;
  /** What of it a language model may be told, and do. */
  readonly hands: Hands;
  /** Whether a text that is no command plainly breaks off. */
  unfinished(text: string, language: string): boolean;
  /** Calls back when the house has other names, and its phrases are others; returns what ends that. */
  onPhrases(listener: () => void): () => void;
  /**
   * Resolves when the house is known, or after a moment: one that is away may come later.
   * @throws Fault where it never will, as with a wrong token; the signal's reason.
   */
  known(signal: AbortSignal): Promise<void>;
  /** Where the house is the one that stands in for a real one. */
  readonly demo?: DemoHouse;
  /** Where it is a real one. */
  readonly real?: RealHouse;
  close(): Promise<void>;
}

export interface RealHouse {
  readonly homeAssistant: HomeAssistant;
  readonly house: LiveHouse;
  readonly publisher?: Publisher;
}

export interface DwellingRequest {
  readonly options: Options;
  readonly log: Log;
  readonly clock: Clock;
}

/** Whether the options lead to a real house. */
export const isReal = ({ home, home_assistant }: Options): boolean =>
  home.kind === 'home_assistant' || (home.kind === 'auto' && home_assistant.url !== '');

/** Opens the house that the options name. A real one may be away for now. */
export const openDwelling = (request: DwellingRequest): Dwelling =>
  isReal(request.options) ? realDwelling(request) : demoDwelling(request);

const demoDwelling = ({ options, log, clock }: DwellingRequest): Dwelling => {
  const demo = openDemoHouse({
    clock,
    cacheFolder: join(options.folders.data, 'home'),
    onTimer: ({ seconds }) => log.info({ seconds }, 'a timer has run out'),
  });
  return {
    home: demo,
    hands: demo.hands,
    demo,
    unfinished: (text, language) => demo.unfinished(text, language),
    onPhrases: () => () => {},
    known: async () => {},
    close: async () => demo.close(),
  };
};

/** A Home Assistant that is there has told its house by then; a start does not wait longer for one that is not. */
const KNOWN_WITHIN: Milliseconds = 1_500;

const realDwelling = ({ options, log, clock }: DwellingRequest): Dwelling => {
  const { events, events_text, token, url } = options.home_assistant;
  const homeAssistant = openHomeAssistant({ url, token, log, clock });
  const house = openHouse({ home: homeAssistant, log, clock });
  const common = {
    homeAssistant,
    house,
    allowGuarded: options.home.guarded,
    marked: options.home.marked,
    confirmAbove: options.home.confirm_above,
    clock,
    log,
  };
  const hands = openHands(common);
  const home = withHands(openHomeAssistantHome({ ...common, languages: [options.language] }), hands);
  const publisher = events ? createPublisher({ home: homeAssistant, log, clock, speech: events_text }) : undefined;
  return {
    home,
    hands,
    unfinished: home.unfinished,
    onPhrases: home.onPhrases,
    known: async (signal) => {
      const limit = new AbortController();
      const either = AbortSignal.any([signal, limit.signal]);
      const late = clock.sleep(KNOWN_WITHIN, either).then(
        () => limit.abort(),
        () => {},
      );
      try {
        await house.ready(either);
      } catch (error) {
        if (!limit.signal.aborted) throw error;
        log.warn('Home Assistant has not answered yet; the assistant starts without it and goes on looking for it');
      } finally {
        limit.abort();
        await late;
      }
    },
    real: { homeAssistant, house, ...(publisher && { publisher }) },
    close: async () => {
      await publisher?.close();
      hands.close();
      home.close();
      house.close();
      homeAssistant.close();
    },
  };
};
