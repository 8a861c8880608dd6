import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPulseDevice, soundCards } from '../../../src/sound-card/sound-cards.js';
import { type PulseRig, startPulse } from '../pulse-rig.js';

let rig: PulseRig;
beforeAll(async () => {
  rig = await startPulse();
});
afterAll(() => rig?.stop());

describe('the sound devices of a host', () => {
  it('are those of its sound server, with what is used by default', async () => {
    const { pulse, microphone, loudspeaker } = await soundCards();
    expect(pulse?.server).toMatch(/^pulseaudio \d+/);
    const ids = (devices: readonly { readonly id: string }[] | undefined) => devices?.map(({ id }) => id).sort();
    expect(ids(pulse?.microphones)).toEqual(['mic', 'vmic.monitor', 'vspk.monitor']);
    expect(ids(pulse?.loudspeakers)).toEqual(['vmic', 'vspk']);
    expect(pulse?.microphones.filter((device) => device.default)).toEqual([
      { id: 'mic', name: 'Remapped Monitor of Null Output', default: true, monitor: false, rate: 16_000, channels: 1 },
    ]);
    expect(pulse?.loudspeakers.find((device) => device.default)?.id).toBe('vspk');
    expect({ microphone, loudspeaker }).toEqual({ microphone: true, loudspeaker: true });
  });

  it('are found by a part of what they are called', async () => {
    expect(await findPulseDevice('sources', 'remapped')).toBe('mic');
    expect(await findPulseDevice('sinks', 'vspk')).toBe('vspk');
    // Both sinks are called so.
    expect(await findPulseDevice('sinks', 'Null Output')).toBeUndefined();
  });

  it('are none of a server that is gone', async () => {
    await rig.kill();
    expect((await soundCards()).pulse).toBeUndefined();
    await rig.start();
  });
});
