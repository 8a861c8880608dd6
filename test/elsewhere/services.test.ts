import { describe, expect, it } from 'vitest';
import { openServices } from '../../src/elsewhere/services.js';
import { testClock } from '../fakes/clock.js';
import { asrInfo, elsewhere, ttsInfo } from './peer.js';

const never = () => new Promise<void>(() => {});

/** Until what was logged last says so. */
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

describe('services elsewhere', () => {
  it('says once that a service is there, is gone and is back', async () => {
    const clock = testClock();
    await using there = await elsewhere(asrInfo(), never, { clock, interval: 1_000 });
    const service = await there.open('stt.service', '?model=base');
    const { place } = service.address;
    expect(there.logged).toEqual([{ level: 'info', text: `Speech recognition is at ${place}` }]);
    expect(there.services.status()).toEqual([
      { option: 'stt.service', place, state: 'up', since: 0, programs: ['ears'] },
    ]);

    for (let look = 0; look < 3; look++) {
      await until(() => clock.sleeping > 0);
      await clock.advance(1_000);
    }
    await until(() => clock.sleeping > 0);
    expect(there.logged).toHaveLength(1);

    await there.stop();
    await until(() => clock.sleeping > 0);
    await clock.advance(1_000);
    await until(() => there.logged.length > 1);
    expect(there.logged[1]).toEqual({
      level: 'warn',
      text: `Speech recognition is not at ${place}, our own takes over: Nothing listens at ${service.address.uri}.`,
    });
    for (let look = 0; look < 5; look++) await clock.advance(10_000);
    expect(there.logged).toHaveLength(2);
    expect(there.services.status()[0]).toMatchObject({
      state: 'down',
      programs: ['ears'],
      trouble: expect.any(String),
    });

    await there.start();
    await clock.advance(10_000);
    await until(() => there.logged.length > 2);
    expect(there.logged[2]).toEqual({ level: 'info', text: `Speech recognition is at ${place} again` });
  });

  it('has one client for each place, however many stages use it', async () => {
    await using there = await elsewhere({ ...asrInfo(), ...ttsInfo() }, never);
    const one = await there.open('stt.service');
    const other = await there.open('voice.service', '?voice=amy');
    expect(one.client).toBe(other.client);
    expect(there.services.status().map(({ option, programs }) => [option, ...programs])).toEqual([
      ['stt.service', 'ears'],
      ['voice.service', 'mouth'],
    ]);
  });

  it('says what a service lacks', async () => {
    await using there = await elsewhere(asrInfo(), never);
    await there.open('stt.service', '?model=large');
    await there.open('voice.service');
    const place = there.uri.slice(6);
    expect(there.logged.filter(({ level }) => level === 'warn').map(({ text }) => text)).toEqual([
      `stt.service: ${place} does not list a model "large"; it has base`,
      `voice.service: what is at ${place} has no voice`,
    ]);
    expect(there.services.status()[1]).toMatchObject({ state: 'up', programs: [], trouble: expect.any(String) });
  });

  it('refuses what is no address', async () => {
    const log = { info: () => {}, warn: () => {} };
    expect(() => openServices({ log }).open('wake.service', 'wyoming://nowhere')).toThrow(/wake\.service/);
  });
});
