import type { SoundDevice } from './sound-cards.js';

/** The devices of `pactl -f json list sources` or `sinks`. Whatever is not as expected is left out. */
export const fromPulse = (json: string): SoundDevice[] => {
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { name, description, sample_specification, monitor_source, properties } = entry as Record<string, unknown>;
    if (typeof name !== 'string' || name === '') return [];
    const isSink = typeof monitor_source === 'string' && monitor_source.endsWith('.monitor');
    const monitor = !isSink && (deviceClass(properties) === 'monitor' || name.endsWith('.monitor'));
    return [
      {
        id: name,
        name: typeof description === 'string' && description !== '' ? description : name,
        default: false,
        monitor,
        ...specification(String(sample_specification ?? '')),
      },
    ];
  });
};

const deviceClass = (properties: unknown): unknown =>
  typeof properties === 'object' && properties !== null
    ? (properties as Record<string, unknown>)['device.class']
    : undefined;

/** The devices of `pactl list short …`: index, name, driver, specification, state. */
export const fromShortList = (text: string): SoundDevice[] =>
  text.split('\n').flatMap((line) => {
    const [, name, , specified] = line.split('\t');
    if (!name) return [];
    return [{ id: name, name, default: false, monitor: name.endsWith('.monitor'), ...specification(specified ?? '') }];
  });

/** `s16le 2ch 48000Hz`. */
const specification = (text: string): Pick<SoundDevice, 'rate' | 'channels'> => {
  const [, channels, rate] = /(\d+)ch (\d+)Hz/.exec(text) ?? [];
  return rate === undefined ? {} : { rate: Number(rate), channels: Number(channels) };
};

/** The cards of `arecord -l` or `aplay -l`: `card 1: Device [USB PnP Sound Device], device 0: USB Audio [USB Audio]`. */
export const alsaCards = (text: string): SoundDevice[] =>
  [...text.matchAll(/^card \d+: (\S+) \[(.*?)\], device (\d+): .*?\[(.*?)\]$/gm)].map(
    ([, card, name, device, part], index) => ({
      // `plughw` takes any rate and any number of channels; `hw` only what the device has itself.
      id: `plughw:CARD=${card},DEV=${device}`,
      name: part === '' || part === name ? name! : `${name}, ${part}`,
      default: index === 0,
      monitor: false,
    }),
  );
