import { afterEach } from 'vitest';
import type { SatelliteRequest } from '../../src/satellite/satellite.js';
import { type FakeCore, openCore } from './core.js';
import { type House, openHouse } from './house.js';

/** Satellites and servers that are closed after each test. */
export const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

export const house = async (request: Partial<SatelliteRequest> = {}): Promise<House> => {
  const made = await openHouse(request);
  opened.push(made);
  return made;
};
export const core = async (home: House, options: { ready?: boolean; pongs?: boolean } = {}): Promise<FakeCore> => {
  const made = await openCore(home.satellite.uri, options);
  opened.push(made);
  if (options.ready === false) return made;
  await made.tell('run-satellite');
  await made.settled();
  return made;
};
export const both = async (request: Partial<SatelliteRequest> = {}) => {
  const home = await house(request);
  return { home, server: await core(home) };
};

/** The satellite has done all that it can do by now. */
export const quiet = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await new Promise(setImmediate);
};

/** A turn up to the transcript. */
export const turn = async (home: House, server: FakeCore): Promise<void> => {
  home.wake();
  await server.next('run-pipeline');
  await server.tell('transcribe');
  await server.tell('transcript', { text: 'the secret question' });
  await server.settled();
};
