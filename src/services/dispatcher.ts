import { isEvent, type KnownEvent, type MessageType, message, type WyomingEvent } from '../wyoming/messages.js';
import type { Exchange, Peer, Service } from './service.js';

/** Takes the events of one connection to the services they are for. */
export interface Dispatcher {
  take(event: WyomingEvent): Promise<void>;
  close(): Promise<void>;
}

const AUDIO: readonly MessageType[] = ['audio-start', 'audio-chunk', 'audio-stop'];

/**
 * One connection may ask for several things one after the other. `describe` and `ping` are answered in any state.
 * Events that nobody here takes are left alone: the peer may know a newer protocol.
 */
export const dispatcher = (
  services: readonly Service[],
  peer: Peer,
  info: () => WyomingEvent,
  onIgnored: (event: WyomingEvent) => void = () => {},
): Dispatcher => {
  const open = new Map<Service, Exchange>();
  const byType = new Map(services.flatMap((service) => service.takes.map((type) => [type, service] as const)));
  let hearing = services.find(({ hears }) => hears === 'any');

  const exchangeOf = (service: Service): Exchange => {
    const exchange = open.get(service) ?? service.open(peer);
    open.set(service, exchange);
    return exchange;
  };
  const serviceFor = (event: KnownEvent): Service | undefined => {
    if (AUDIO.includes(event.type)) return hearing;
    const service = byType.get(event.type);
    if (service?.hears) hearing = service;
    return service;
  };
  for (const service of services) if (service.atOnce) exchangeOf(service);

  return {
    async take(event) {
      if (isEvent(event, 'describe')) return peer.send(info());
      if (isEvent(event, 'ping')) return peer.send(message('pong', event.data));
      const service = event.type === 'unknown' ? undefined : serviceFor(event);
      if (!service) return onIgnored(event);
      await exchangeOf(service).take(event as KnownEvent);
    },
    async close() {
      await Promise.allSettled([...open.values()].map(async (exchange) => exchange.close?.()));
    },
  };
};
