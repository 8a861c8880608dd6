import { createSocket } from 'node:dgram';
import { hostname as ownName } from 'node:os';
import { Fault } from '../faults.js';
import { type HomeAssistant, openHomeAssistant } from '../home-assistant/connection.js';
import type { Step } from '../setup/report.js';
import { setUp } from '../setup/set-up.js';
import { timeLimit } from '../time-limit.js';
import type { Milliseconds } from '../units.js';
import type { Setting } from './setting.js';

export interface SetupFlags {
  /** Under which Home Assistant reaches this machine. */
  readonly host?: string;
  readonly prefer?: boolean;
  readonly another?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Home Assistant takes up to a minute to start. */
const PATIENCE: Milliseconds = 60_000;
const SIGNS: Readonly<Record<Step['kind'], string>> = { done: '✓', there: '·', left: '!', would: '→' };

/** Has Home Assistant know this assistant: its services, its satellite, a pipeline. Run again, it does what is missing. */
export const setup = async ({ log, options, signal }: Setting, flags: SetupFlags): Promise<number> => {
  const { token, url } = options.home_assistant;
  if (url === '') {
    throw new Fault(
      'usage',
      'home_assistant.url and home_assistant.token are not set, so nobody knows which Home Assistant',
      {
        hint: 'Set both: the address as http://homeassistant.local:8123, and a long-lived token of an administrator.',
      },
    );
  }
  if (options.port === 0) {
    throw new Fault('usage', 'port is 0, so there are no services that Home Assistant could use', {
      hint: 'Set port, 10400 for instance.',
    });
  }
  const homeAssistant = openHomeAssistant({ url, token, log });
  try {
    await reached(homeAssistant, signal);
    const steps = await introduce(homeAssistant, { log, options, signal }, flags);
    if (flags.json === true) console.log(JSON.stringify(steps));
    else for (const { kind, text } of steps) console.log(`${SIGNS[kind]} ${text}.`);
    return 0;
  } finally {
    homeAssistant.close();
  }
};

/** Makes what is missing in a Home Assistant that is there, and says what was done. */
export const introduce = async (
  homeAssistant: HomeAssistant,
  { log, options, signal }: Pick<Setting, 'log' | 'options' | 'signal'>,
  flags: SetupFlags = {},
): Promise<readonly Step[]> => {
  const host = flags.host ?? (await ownAddress(options.home_assistant.url));
  const here = options.bind === '0.0.0.0' || options.bind === '::' ? '127.0.0.1' : options.bind;
  const { steps } = await setUp({
    homeAssistant,
    services: { host, port: options.port },
    here: { services: { host: here, port: options.port } },
    language: options.language,
    voice: options.persona,
    prefer: flags.prefer ?? false,
    another: flags.another ?? false,
    dryRun: flags.dryRun ?? false,
    log,
    signal,
  });
  return steps;
};

/** A command does not wait for ever. Throws a `Fault` that says why there is no connection. */
const reached = async (homeAssistant: HomeAssistant, signal: AbortSignal): Promise<void> => {
  using limit = timeLimit(PATIENCE, signal);
  try {
    await homeAssistant.ready(limit.signal);
  } catch (error) {
    if (!limit.over) throw error;
    const { state } = homeAssistant;
    const why = 'reason' in state ? state.reason : undefined;
    throw new Fault('network', `Home Assistant is not there${typeof why === 'string' ? `: ${why}` : ''}`, {
      retry: true,
    });
  }
};

/** The address of this machine towards another: that of a socket which would send there. Nothing is sent. */
const ownAddress = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port, protocol } = new URL(url);
    // In an add-on, Home Assistant knows this container by its name.
    if (hostname === 'supervisor') return resolve(ownName());
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    const fail = (cause: unknown): void => {
      socket.close();
      const hint = 'Name it: --host 192.168.1.5';
      reject(
        new Fault('network', 'The address under which Home Assistant reaches this machine is unknown', { hint, cause }),
      );
    };
    socket.once('error', fail);
    socket.connect(Number(port) || (/s:$/.test(protocol) ? 443 : 80), host, (error?: Error) => {
      if (error) return fail(error);
      const { address } = socket.address();
      socket.close();
      resolve(address);
    });
  });
