import { once } from 'node:events';
import { connect, createParser, encode, message, serve } from '../../wyoming/index.js';
import { FORMAT } from './pace.js';

/** What Home Assistant hands on at a time, 10 ms. */
const chunkAt = (i: number) => message('audio-chunk', { ...FORMAT, timestamp: 10 * i }, PAYLOAD);
const PAYLOAD = new Uint8Array(320).fill(7);
const WARM_UP = 2_000;

/** CPU of this process for each of `count` things done by `work`, in microseconds. */
const cpuOfEach = async (count: number, work: (count: number) => Promise<void> | void): Promise<number> => {
  await work(WARM_UP);
  const before = process.cpuUsage();
  await work(count);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
};

/** CPU that an audio chunk takes to be written and to be read again, both ends together, without any network. */
export const measureFraming = (count: number): Promise<number> =>
  cpuOfEach(count, (times) => {
    const parser = createParser();
    for (let i = 0; i < times; i++) {
      parser.push(encode(chunkAt(i)));
      if (parser.next()?.type !== 'audio-chunk') throw new Error('A chunk was lost.');
    }
  });

/** Chunks that are on their way together, as where many streams are read at once. */
const TOGETHER = 50;

/**
 * The same over TCP on this machine, sender, system and receiver together, to a server that does nothing with it: a
 * chunk from each of 50 streams every 10 ms is what 50 microphones send.
 */
export const measureLoopback = async (rounds: number): Promise<number> => {
  let heard = 0;
  const all = new EventTarget();
  const server = await serve('tcp://127.0.0.1:0', {
    onConnection: async ({ events }) => {
      for await (const event of events) {
        if (event.type === 'audio-chunk') heard++;
        if (heard % TOGETHER === 0) all.dispatchEvent(new Event('heard'));
      }
    },
  });
  try {
    const peers = await Promise.all(Array.from({ length: TOGETHER }, () => connect(server.uri)));
    const each = await cpuOfEach(rounds * TOGETHER, async (times) => {
      for (let i = 0; i < times / TOGETHER; i++) {
        const arrived = once(all, 'heard');
        for (const peer of peers) await peer.send(chunkAt(i));
        await arrived;
      }
    });
    await Promise.all(peers.map((peer) => peer.close()));
    return each;
  } finally {
    await server.close({ grace: 0 });
  }
};
