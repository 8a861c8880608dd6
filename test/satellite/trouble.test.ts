import { connect as connectSocket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/faults.js';
import { openSatellite } from '../../src/satellite/satellite.js';
import { parseUri } from '../../src/wyoming/index.js';
import { testClock } from '../fakes/clock.js';
import { pcm16 } from './core.js';
import { info, tone } from './house.js';
import { both, core, house, quiet, turn } from './rig.js';

describe('In trouble', () => {
  it('a peer that talks nonsense loses its connection, and nobody else notices', async () => {
    const { home, server } = await both();
    const address = parseUri(home.satellite.uri);
    if (address.kind !== 'tcp') throw new Error('not tcp');
    const gone = new Promise<void>((resolve) => {
      const socket = connectSocket(address.port, address.host, () =>
        socket.write('{"type": "audio-chunk", "data": 7}\n'),
      );
      socket.on('close', () => resolve());
      socket.resume();
    });
    await gone;
    await server.settled();
    home.wake();
    await server.next('run-pipeline');
  });

  it('a connection that breaks in mid-answer leaves what has come, and the next one works', async () => {
    const { home, server } = await both();
    await turn(home, server);
    await server.send(pcm16(tone(0.3)), { stop: false });
    await server.settled();
    await server.close();
    const next = await core(home);
    await quiet();
    expect(home.room.heard).toMatchObject([{ state: 'complete' }]);
    home.wake('alexa');
    await next.next('run-pipeline');
  });

  it('the newest connection is driven, the one before stays', async () => {
    const { home, server } = await both();
    const second = await core(home);
    home.wake();
    await second.next('run-pipeline');
    await server.settled();
    expect(server.of('run-pipeline')).toEqual([]);
    await second.close();
    while (home.satellite.view.activity !== 'idle') await quiet();
    home.wake();
    await server.next('run-pipeline');
  });

  it('a server that falls silent is asked, and then given up', async () => {
    const clock = testClock();
    const home = await house({ clock });
    const server = await core(home, { pongs: false });
    await clock.advance(8_000);
    await server.next('ping');
    expect(home.satellite.view.connected).toBe(true);
    await clock.advance(8_000);
    await server.ended;
    while (home.satellite.view.connected) await quiet();
  });

  it('a peer that wants nothing does not keep its place', async () => {
    const clock = testClock();
    const home = await house({ clock });
    const peer = await core(home, { ready: false, pongs: false });
    await peer.settled();
    await clock.advance(16_000);
    await peer.ended;
  });

  it('a server that is asked and answers is kept, and so is one that has paused', async () => {
    const clock = testClock();
    const home = await house({ clock });
    const server = await core(home);
    for (let number = 1; number <= 3; number++) {
      await clock.advance(8_000);
      await server.next('ping', number);
      await server.settled();
    }
    await server.tell('pause-satellite');
    await server.settled();
    await clock.advance(600_000);
    expect(server.connection.signal.aborted).toBe(false);
    expect(server.of('ping').length).toBe(3);
  });

  it('Core is not waited for for ever', async () => {
    const clock = testClock();
    const home = await house({ clock });
    const server = await core(home);
    home.wake();
    await server.next('run-pipeline');
    await clock.advance(10_000);
    expect(home.news).toContainEqual({ kind: 'trouble', excuse: 'no-answer' });
    expect(home.satellite.view.activity).toBe('idle');
  });

  it('a loudspeaker that fails is said to have played', async () => {
    const { home, server } = await both({ speaker: () => Promise.reject(new Error('no sound card')) });
    await server.send(pcm16(tone(0.1)));
    await server.next('played');
    expect(home.lines.join()).toContain('no sound card');
  });

  it('sound that changes its format in the middle ends there', async () => {
    const { home, server } = await both();
    await server.send(pcm16(tone(0.1)), { stop: false });
    await server.send(pcm16(tone(0.1)), { format: { rate: 48_000, width: 2, channels: 1 }, stop: false });
    await server.tell('audio-stop');
    await server.next('played', 2);
    expect(home.room.heard.map(({ rate }) => rate)).toEqual([22_050, 48_000]);
  });

  it('a wake word detector that fails is started again', async () => {
    const clock = testClock();
    let starts = 0;
    await house({
      clock,
      // biome-ignore lint/correctness/useYield: it fails before it hears anything
      wake: async function* () {
        starts++;
        throw new Error('out of memory');
      },
    });
    await clock.advance(10_000);
    expect(starts).toBe(3);
  });

  it('an end of speech that is not found is left to the server', async () => {
    const { home, server } = await both({
      // biome-ignore lint/correctness/useYield: it fails before it hears anything
      endpoint: async function* () {
        throw new Error('out of memory');
      },
    });
    home.wake();
    await server.next('run-pipeline');
    home.ring.write(new Float32Array(320));
    await server.next('audio-chunk');
    expect(home.satellite.view.activity).toBe('listening');
  });

  it('nobody speaks: the command ends after some patience', async () => {
    const { home, server } = await both({
      patience: 1_000,
      endpoint: async function* (microphone) {
        for await (const { from, samples } of microphone) yield { kind: 'silence', at: from + samples.length };
      },
    });
    home.wake();
    await server.next('run-pipeline');
    for (let i = 0; i < 60; i++) home.ring.write(new Float32Array(320));
    await server.next('audio-stop');
  });

  it('an address that is taken is a fault that says so', async () => {
    const home = await house();
    const again = openSatellite({
      uri: home.satellite.uri,
      info,
      wake: home.script.detect,
      microphone: { read: (from, signal) => home.ring.read({ from, signal }), now: 0 },
      speaker: home.room.speaker,
      log: { info() {}, warn() {}, error() {}, debug() {} } as never,
    });
    await expect(again).rejects.toThrow(Fault);
    await expect(again).rejects.toThrow(/cannot listen/);
  });

  it('closing ends turn, sound and connections', async () => {
    const { home, server } = await both();
    home.room.hold('after');
    await turn(home, server);
    await server.send(pcm16(tone(0.3)));
    await server.settled();
    await home.satellite.close();
    await server.ended;
    expect(home.room.heard[0]!.state).toBe('cut');
    expect(home.script.listening).toBe(false);
  });

  it('what was said appears in no log above debug', async () => {
    const { home, server } = await both();
    await turn(home, server);
    await server.tell('synthesize', { text: 'the secret answer' });
    await server.tell('error', { text: 'the secret trouble' });
    await server.settled();
    const loud = home.lines.filter((line) => JSON.parse(line).level > 20);
    expect(loud.length).toBeGreaterThan(0);
    expect(loud.join()).not.toContain('secret');
  });
});
