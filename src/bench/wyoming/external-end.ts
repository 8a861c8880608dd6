import { connect, isEvent, message, serve, type WyomingEvent, type WyomingServer } from '../../wyoming/index.js';

/**
 * Speech to text that leaves it to its client to find the end of speech, in front of one that finds it itself: says so in
 * its `info`, and holds every transcript back until the client has ended its audio. All else goes through as it is.
 */
export const externalEnd = (listenAt: string, upstream: string): Promise<WyomingServer> =>
  serve(listenAt, {
    onConnection: async (client) => {
      const service = await connect(upstream, { signal: client.signal });
      const ended = deferred();
      const up = async (): Promise<void> => {
        for await (const event of client.events) {
          if (isEvent(event, 'audio-stop')) ended.resolve();
          await service.send(event);
        }
      };
      const down = async (): Promise<void> => {
        for await (const event of service.events) {
          if (isEvent(event, 'transcript')) await ended.promise;
          await client.send(isEvent(event, 'info') ? demanding(event) : event);
        }
      };
      client.signal.addEventListener('abort', ended.resolve, { once: true });
      try {
        // Whoever leaves first ends it: a client that has its transcript does not wait for more.
        await Promise.race([up(), down()]);
      } finally {
        ended.resolve();
        await service.close();
      }
    },
  });

const demanding = ({ data }: WyomingEvent & { type: 'info' }): WyomingEvent =>
  message('info', { ...data, asr: (data.asr ?? []).map((program) => ({ ...program, requires_external_vad: true })) });

const deferred = (): { readonly promise: Promise<void>; readonly resolve: () => void } => {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
};
