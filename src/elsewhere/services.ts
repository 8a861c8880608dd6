import { type Clock, systemClock } from '../clock.js';
import type { Milliseconds } from '../units.js';
import { type Client, type Health, type Limits, openClient } from '../wyoming/index.js';
import { lacking, offered } from './offers.js';
import { parseServiceAddress, type ServiceAddress, type ServiceOption } from './service-address.js';

/** What is needed of a logger; pino's fits. */
export interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** A Wyoming service that does a part of the work. */
export interface Service {
  readonly address: ServiceAddress;
  readonly client: Client;
}

/** How a service is, for people. */
export interface ServiceStatus {
  readonly option: ServiceOption;
  readonly place: string;
  readonly state: Health['state'];
  /** When it came into this state, in milliseconds since 1970. */
  readonly since: Milliseconds;
  /** Names of the programs that it offers for this, as last seen. */
  readonly programs: readonly string[];
  /** What is wrong, as a sentence: why it is down, or what it does not have. */
  readonly trouble?: string;
}

/** All services elsewhere that the options name. */
export interface Services {
  /** @throws Fault('usage') for a value that is no address. */
  open(option: ServiceOption, value: string): Service;
  status(): readonly ServiceStatus[];
  /** Stops looking after them. Stages that still use one get a `Fault`. */
  close(): Promise<void>;
}

export interface ServicesOptions {
  readonly log: Log;
  readonly clock?: Clock;
  /** To connect, and to be described. */
  readonly timeout?: Milliseconds;
  /** Between two looks at a service that is up. */
  readonly interval?: Milliseconds;
}

/** A house has a network of its own: who needs longer for a hello is down. */
const TIMEOUT: Milliseconds = 3_000;
/** A machine that has lost its power says nothing: until the next look nobody listens for a wake word there. */
const INTERVAL: Milliseconds = 10_000;
/** Who neither reads what it is sent nor completes what it has begun is given up, so that our own can take over. */
const LIMITS: Partial<Limits> = { sendTime: 3_000, eventTime: 3_000 };

const WORK: Readonly<Record<ServiceOption, string>> = {
  'stt.service': 'Speech recognition',
  'voice.service': 'The voice',
  'wake.service': 'The wake word',
  'conversation.service': 'The conversation',
};

interface Use {
  readonly option: ServiceOption;
  readonly address: ServiceAddress;
  lacks?: string | undefined;
}

interface Looked {
  readonly client: Client;
  readonly uses: Use[];
  since: Milliseconds;
}

/** Looks after services elsewhere: one client for each place, however many stages use it. Changes are logged once. */
export const openServices = (options: ServicesOptions): Services => {
  const { log, clock = systemClock, timeout = TIMEOUT, interval = INTERVAL } = options;
  const places = new Map<string, Looked>();

  const check = (use: Use, health: Health): void => {
    if (health.state !== 'up') return;
    const { option, address } = use;
    const lacks = lacking(option, address, health.info);
    if (lacks !== undefined && lacks !== use.lacks) log.warn({ option, place: address.place }, lacks);
    use.lacks = lacks;
  };

  const announce = ({ option, address: { place } }: Use, before: Health['state'], health: Health): void => {
    const work = WORK[option];
    if (health.state === 'up') {
      log.info({ option, place }, before === 'down' ? `${work} is at ${place} again` : `${work} is at ${place}`);
    } else if (health.state === 'down') {
      log.warn({ option, place }, `${work} is not at ${place}, our own takes over: ${health.error.message}`);
    }
  };

  const look = (uri: string): Looked => {
    let state: Health['state'] = 'unknown';
    const onHealth = (health: Health): void => {
      const before = state;
      state = health.state;
      if (before !== state) looked.since = clock.now();
      for (const use of looked.uses) {
        if (before !== state) announce(use, before, health);
        check(use, health);
      }
    };
    const client = openClient(uri, { timeout, interval, limits: LIMITS, clock, onHealth });
    const looked: Looked = { client, uses: [], since: clock.now() };
    return looked;
  };

  return {
    open(option, value) {
      const address = parseServiceAddress(option, value);
      const known = places.get(address.uri);
      const looked = known ?? look(address.uri);
      if (!known) places.set(address.uri, looked);
      const use: Use = { option, address };
      looked.uses.push(use);
      const { health } = looked.client;
      if (health.state !== 'unknown') announce(use, 'unknown', health);
      check(use, health);
      return { address, client: looked.client };
    },
    status: () =>
      [...places.values()].flatMap(({ client: { health }, uses, since }) =>
        uses.map(({ option, address: { place }, lacks }) => {
          const trouble = health.state === 'down' ? health.error.message : lacks;
          const info = health.state === 'unknown' ? undefined : health.info;
          return {
            option,
            place,
            state: health.state,
            since,
            programs: info ? offered(option, info).map(({ name }) => name) : [],
            ...(trouble !== undefined && { trouble }),
          };
        }),
      ),
    async close() {
      await Promise.all([...places.values()].map(({ client }) => client.close()));
    },
  };
};
