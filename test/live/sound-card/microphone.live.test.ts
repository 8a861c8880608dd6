import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readWav } from '../../../src/audio/read-wav.js';
import { resample } from '../../../src/audio/resample.js';
import { systemClock } from '../../../src/clock.js';
import { type Microphone, type MicrophoneOptions, openMicrophone } from '../../../src/sound-card/microphone.js';
import { toMilliseconds } from '../../../src/units.js';
import { samplesOf } from '../../audio/sounds.js';
import { logLines } from '../../llm/log-lines.js';
import { type PulseRig, startPulse } from '../pulse-rig.js';
import { eventually, findIn, listenTo, playInto, zombies } from './room.js';

let rig: PulseRig;
let speech: Float32Array;
const open: Microphone[] = [];
const never = new AbortController().signal;

beforeAll(async () => {
  const path = join(import.meta.dirname, '../../../recordings/turn-on-the-living-room-lamp.wav');
  speech = await samplesOf(resample((await readWav(path, never)).audio, 16_000));
  rig = await startPulse();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((microphone) => microphone.close()));
  expect(await zombies()).toEqual([]);
});
afterAll(() => rig?.stop());

const listen = async (options: Partial<MicrophoneOptions> = {}) => {
  const { log, lines } = logLines();
  const microphone = await openMicrophone({ log, ...options });
  open.push(microphone);
  await eventually(() => microphone.state === 'recording');
  return { microphone, lines };
};

/** All that the ring holds from a position on. */
const heard = async (microphone: Microphone, from: number): Promise<Float32Array> => {
  const reader = microphone.ring.read({ from, signal: never, blockSize: microphone.now - from });
  for await (const { samples } of reader) return samples;
  return new Float32Array(0);
};

/** Speaks into the microphone; what it heard, and the moment at which speaking began, as both clocks see it. */
const speak = async (microphone: Microphone, sink = 'vmic') => {
  const from = microphone.now;
  const clockAhead = systemClock.now() - performance.now();
  const begun = (await playInto(sink, speech, 16_000)) + clockAhead;
  await eventually(() => microphone.timeOf(microphone.now) > systemClock.now() - 60);
  const sound = await heard(microphone, from);
  const found = findIn(sound, speech.subarray(8_000, 24_000));
  return { ...found, late: microphone.timeOf(from + found.at - 8_000) - begun, sound };
};

describe('a microphone of a real sound server', () => {
  it('hears every sample of what is said, when it is said', async () => {
    const { microphone } = await listen();
    const { likeness, late } = await speak(microphone);
    console.info(`likeness ${likeness.toFixed(5)}, heard ${late.toFixed(1)} ms after it was handed to the player`);
    expect(likeness).toBeGreaterThan(0.999);
    // The player starts, connects, and the sink mixes: never before, and not long after.
    expect(late).toBeGreaterThan(-5);
    expect(late).toBeLessThan(300);
  });

  it('goes on at the right place of the clock when its server dies and comes back', async () => {
    const { microphone, lines } = await listen();
    const before = await speak(microphone);
    const at = microphone.now;
    await rig.kill();
    await eventually(() => microphone.state === 'lost');
    await systemClock.sleep(1_500, never);
    await rig.start();
    const back = performance.now();
    await eventually(() => microphone.state === 'recording');
    const took = performance.now() - back;
    const after = await speak(microphone);
    console.info(
      `recovered ${took.toFixed(0)} ms after the server's return; ${lines.length} lines; lateness before and after: ${before.late.toFixed(1)}, ${after.late.toFixed(1)} ms`,
    );
    expect(took).toBeLessThan(3_000);
    expect(after.likeness).toBeGreaterThan(0.999);
    // Most of what is left is how long the test's own player took to start.
    expect(Math.abs(after.late - before.late)).toBeLessThan(300);
    // What nobody recorded is silence, so that nothing from before is joined to what came after.
    const gap = await heard(microphone, at);
    expect(toMilliseconds(gap.length)).toBeGreaterThan(1_500);
    expect(lines.filter((line) => / WARN /.test(line))).toHaveLength(1);
    expect(lines.filter((line) => /the microphone is back/.test(line))).toHaveLength(1);
  });

  it('takes no other device for its own when that is unplugged, and has it back when it is plugged in again', async () => {
    const plug = () => rig.pactl('load-module', 'module-null-sink', 'sink_name=usb', 'rate=44100', 'channels=2');
    const first = await plug();
    // A part of the name is enough, and a monitor is named wholly.
    const { microphone } = await listen({ device: 'usb.monitor' });
    expect((await speak(microphone, 'usb')).likeness).toBeGreaterThan(0.9);
    await rig.pactl('unload-module', first);
    await eventually(() => microphone.state === 'lost');
    const from = microphone.now;
    await playInto('vmic', speech, 16_000);
    expect((await heard(microphone, from)).every((sample) => sample === 0)).toBe(true);
    const second = await plug();
    // A null sink that nobody listens to takes two seconds to its first sound, as no real device does.
    const warm = listenTo('usb');
    const back = performance.now();
    await eventually(() => microphone.state === 'recording');
    console.info(`recovered ${(performance.now() - back).toFixed(0)} ms after the device's return`);
    expect(performance.now() - back).toBeLessThan(3_000);
    expect((await speak(microphone, 'usb')).likeness).toBeGreaterThan(0.9);
    await (await warm).stop();
    await rig.pactl('unload-module', second);
  });

  it('lets nothing record while it is muted', async () => {
    const { microphone } = await listen();
    const { pid } = microphone;
    expect(await rig.pactl('list', 'short', 'source-outputs')).toMatch(/protocol-native/);
    microphone.mute(true);
    await eventually(() => microphone.state === 'muted');
    expect(() => process.kill(pid!, 0)).toThrow();
    const from = microphone.now;
    await playInto('vmic', speech, 16_000);
    microphone.mute(false);
    await eventually(() => microphone.state === 'recording');
    expect((await heard(microphone, from)).every((sample) => sample === 0)).toBe(true);
    expect((await speak(microphone)).likeness).toBeGreaterThan(0.999);
  });

  it('starts a recorder again that hangs', async () => {
    const { microphone, lines } = await listen();
    const { pid } = microphone;
    process.kill(pid!, 'SIGSTOP');
    await eventually(() => microphone.state === 'lost');
    await eventually(() => microphone.state === 'recording');
    expect(microphone.pid).not.toBe(pid);
    expect(lines.join('')).toMatch(/no sound comes any more/);
  });

  it.each(['arecord', 'sox'] as const)('records with %s as well', async (recorder) => {
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(rig.folder, '.asoundrc'), 'pcm.!default { type pulse }\nctl.!default { type pulse }\n');
    const { microphone } = await listen({ recorder });
    const { likeness, late } = await speak(microphone);
    console.info(`${recorder}: likeness ${likeness.toFixed(4)}, ${late.toFixed(0)} ms`);
    expect(likeness).toBeGreaterThan(0.98);
  });
});
