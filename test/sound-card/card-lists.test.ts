import { describe, expect, it } from 'vitest';
import { alsaCards, fromPulse, fromShortList } from '../../src/sound-card/card-lists.js';
import { pick } from '../../src/sound-card/sound-cards.js';

const source = (name: string, more: object = {}) => ({
  name,
  description: `The ${name}`,
  sample_specification: 's16le 2ch 48000Hz',
  monitor_source: '',
  properties: {},
  ...more,
});

describe('the lists of sound devices', () => {
  it('are read as PulseAudio writes them, microphones told from monitors', () => {
    const json = JSON.stringify([
      source('alsa_input.usb-Seeed-00'),
      source('vspk.monitor', { monitor_source: 'vspk', properties: { 'device.class': 'monitor' } }),
    ]);
    expect(fromPulse(json)).toEqual([
      {
        id: 'alsa_input.usb-Seeed-00',
        name: 'The alsa_input.usb-Seeed-00',
        default: false,
        monitor: false,
        rate: 48_000,
        channels: 2,
      },
      { id: 'vspk.monitor', name: 'The vspk.monitor', default: false, monitor: true, rate: 48_000, channels: 2 },
    ]);
  });

  it('take no loudspeaker for a monitor, although each has one', () => {
    const [sink] = fromPulse(JSON.stringify([source('vspk', { monitor_source: 'vspk.monitor' })]));
    expect(sink?.monitor).toBe(false);
  });

  it.each(['', 'nonsense', '{}', '[1,null,{"name":3}]'])('are empty where %j comes', (json) => {
    expect(fromPulse(json)).toEqual([]);
  });

  it('are read from an older pactl too', () => {
    const text =
      '1\talsa_input.usb\tmodule-alsa-card.c\ts16le 1ch 16000Hz\tIDLE\n2\tx.monitor\tm\ts16le 2ch 44100Hz\tIDLE\n';
    expect(fromShortList(text)).toEqual([
      { id: 'alsa_input.usb', name: 'alsa_input.usb', default: false, monitor: false, rate: 16_000, channels: 1 },
      { id: 'x.monitor', name: 'x.monitor', default: false, monitor: true, rate: 44_100, channels: 2 },
    ]);
  });

  it('are read as ALSA writes them, by names that take any rate', () => {
    const text = `**** List of CAPTURE Hardware Devices ****
card 1: Device [USB PnP Sound Device], device 0: USB Audio [USB Audio]
  Subdevices: 1/1
  Subdevice #0: subdevice #0
card 2: seeed4micvoicec [seeed-4mic-voicecard], device 0: fe203000.i2s-ac10x-codec0 [fe203000.i2s]
`;
    expect(alsaCards(text)).toEqual([
      { id: 'plughw:CARD=Device,DEV=0', name: 'USB PnP Sound Device, USB Audio', default: true, monitor: false },
      {
        id: 'plughw:CARD=seeed4micvoicec,DEV=0',
        name: 'seeed-4mic-voicecard, fe203000.i2s',
        default: false,
        monitor: false,
      },
    ]);
  });
});

describe('a device that is meant', () => {
  const devices = fromPulse(
    JSON.stringify([
      source('alsa_input.usb-Jabra_410-00.mono', { description: 'Jabra Speak 410' }),
      source('alsa_input.usb-Jabra_510-00.mono', { description: 'Jabra Speak 510' }),
      source('alsa_output.pci.monitor', { description: 'Monitor of Built-in' }),
    ]),
  );

  it('may be named by any part that fits no other', () => {
    expect(pick(devices, 'alsa_input.usb-Jabra_410-00.mono')).toBe('alsa_input.usb-Jabra_410-00.mono');
    expect(pick(devices, 'speak 510')).toBe('alsa_input.usb-Jabra_510-00.mono');
    expect(pick(devices, 'jabra')).toBeUndefined();
    expect(pick(devices, 'ReSpeaker')).toBeUndefined();
  });

  it('is a monitor only where that is named wholly', () => {
    expect(pick(devices, 'built-in')).toBeUndefined();
    expect(pick(devices, 'alsa_output.pci.monitor')).toBe('alsa_output.pci.monitor');
  });
});
