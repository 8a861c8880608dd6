import { describe, expect, it } from 'vitest';
import { nullSpeaker } from '../../src/audio/play.js';
import { systemClock } from '../../src/clock.js';
import { Fault } from '../../src/faults.js';
import { sndService } from '../../src/services/snd.js';
import type { Speaker } from '../../src/stages.js';
import { message } from '../../src/wyoming/index.js';
import { samplesOf } from '../audio/sounds.js';
import { sent, serveTest } from './peer.js';

const attribution = { name: 'Somebody', url: 'https://example.org' };
const program = { name: 'mouth', description: 'Sounds', version: '1' };
const service = (speaker: Speaker) => sndService({ program, attribution, speaker });

interface Heard {
  readonly rate: number;
  readonly samples: Float32Array;
}

/** Notes what it plays, and is done with it when it is told to be. */
const gated = () => {
  const heard: Heard[] = [];
  const gates: (() => void)[] = [];
  const speaker: Speaker = async (audio) => {
    heard.push({ rate: audio.rate, samples: await samplesOf(audio) });
    await new Promise<void>((resolve) => gates.push(resolve));
    return { heard: 0, complete: true };
  };
  const until = async (count: number): Promise<void> => {
    while (gates.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  return { heard, gates, speaker, until };
};

const ramp = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => (i % 100) / 200);

describe('the loudspeaker service', () => {
  it('plays what comes at its own rate, and says so when it has been heard', async () => {
    const { heard, gates, speaker, until } = gated();
    await using server = await serveTest([service(speaker)]);
    const peer = await server.peer();
    await peer.send(...sent(ramp(4_410), { rate: 22_050 }));
    await until(1);
    expect(heard[0]?.rate).toBe(22_050);
    expect(heard[0]?.samples).toHaveLength(4_410);
    // Not yet: it is still being heard.
    await peer.send(message('ping'));
    await peer.until('pong');
    gates[0]!();
    expect((await peer.until('played')).map(({ type }) => type)).toEqual(['played']);
  });

  it('says that nothing was played as well', async () => {
    await using server = await serveTest([service(nullSpeaker({ paced: false, clock: systemClock }))]);
    const peer = await server.peer();
    await peer.send(message('audio-start', { rate: 16_000, width: 2, channels: 1 }), message('audio-stop'));
    await peer.until('played');
    await peer.send(message('audio-stop'));
    await peer.until('played');
  });

  it('plays one sound at a time, whoever they come from', async () => {
    const { heard, gates, speaker, until } = gated();
    await using server = await serveTest([service(speaker)]);
    const [one, other] = await Promise.all([server.peer(), server.peer()]);
    await one.send(...sent(ramp(100)));
    await until(1);
    await other.send(...sent(ramp(200)), message('ping'));
    await other.until('pong');
    expect(heard).toHaveLength(1);
    gates[0]!();
    await one.until('played');
    await until(2);
    expect(heard.map(({ samples }) => samples.length)).toEqual([100, 200]);
    gates[1]!();
    await other.until('played');
  });

  it('converts what no loudspeaker plays', async () => {
    const { heard, gates, speaker, until } = gated();
    await using server = await serveTest([service(speaker)]);
    const peer = await server.peer();
    await peer.send(...sent(ramp(960), { rate: 96_000, channels: 2 }));
    await until(1);
    expect(heard[0]).toMatchObject({ rate: 48_000, samples: { length: 480 } });
    gates[0]!();
    await peer.until('played');
  });

  it('is silent when its peer has gone', async () => {
    let aborted = false;
    let begun = (): void => {};
    const started = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let over = (): void => {};
    const ended = new Promise<void>((resolve) => {
      over = resolve;
    });
    const speaker: Speaker = async (_, { signal }) => {
      begun();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      aborted = true;
      over();
      return { heard: 0, complete: false };
    };
    await using server = await serveTest([service(speaker)]);
    const peer = await server.peer();
    await peer.send(...sent(ramp(100)).slice(0, 2));
    await started;
    await peer.connection.close();
    await ended;
    expect(aborted).toBe(true);
  });

  it('tells a peer whose sound cannot be played', async () => {
    const speaker: Speaker = async () => {
      throw new Fault('engine', 'Nothing can be played.');
    };
    await using server = await serveTest([service(speaker)]);
    const peer = await server.peer();
    await peer.send(...sent(ramp(100)));
    expect(await peer.answer('error')).toEqual({ text: 'Nothing can be played.', code: 'engine' });
    // Nobody else suffers for it.
    const next = await server.peer();
    await next.send(message('describe'));
    expect((await next.answer('info')).snd).toEqual([
      { ...program, attribution, installed: true, snd_format: { rate: 22_050, width: 2, channels: 1 } },
    ]);
  });
});
