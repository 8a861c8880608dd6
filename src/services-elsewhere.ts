import { hostname, networkInterfaces } from 'node:os';
import { openServices, type Services, type ServicesOptions } from './elsewhere/services.js';
import { Fault } from './faults.js';
import type { Options } from './options/schema.js';

const NAMES = {
  'stt.service': ({ stt }: Options) => stt.service,
  'voice.service': ({ voice }: Options) => voice.service,
  'wake.service': ({ wake }: Options) => wake.service,
  'conversation.service': ({ conversation }: Options) => conversation.service,
} as const;

/**
 * The services elsewhere that the options name, looked after from now on.
 * @throws Fault `usage` for one that is no address, or that is this program itself: it would ask itself for ever.
 */
export const openServicesElsewhere = (options: Options, settings: ServicesOptions): Services => {
  const services = openServices(settings);
  for (const [option, serviceIn] of Object.entries(NAMES) as [keyof typeof NAMES, (from: Options) => string][]) {
    const value = serviceIn(options);
    if (value === '') continue;
    const { address } = services.open(option, value);
    if (isOurs(address.uri, options)) {
      void services.close();
      throw new Fault('usage', `${option}: ${address.place} is this program itself.`, {
        hint: 'Name a service that runs elsewhere, or leave the option empty.',
      });
    }
  }
  return services;
};

const isOurs = (uri: string, { port }: Options): boolean => {
  const [, host, at] = /^tcp:\/\/\[?([^\]]+?)\]?:(\d+)$/.exec(uri) ?? [];
  if (host === undefined || Number(at) !== port) return false;
  const own = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => address),
  );
  return ['localhost', '127.0.0.1', '::1', '0.0.0.0', '::', hostname(), ...own].includes(host);
};
