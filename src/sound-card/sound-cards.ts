import type { Hertz } from '../units.js';
import { alsaCards, fromPulse, fromShortList } from './card-lists.js';
import { outputOf } from './tools.js';

/** Something that sound comes from or goes to. */
export interface SoundDevice {
  /** What the options `microphone.device` and `loudspeaker.device` take. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** Used where no device is named. */
  readonly default: boolean;
  /** Not a microphone, but what some loudspeaker plays. */
  readonly monitor: boolean;
  readonly rate?: Hertz;
  readonly channels?: number;
}

export interface Devices {
  readonly microphones: readonly SoundDevice[];
  readonly loudspeakers: readonly SoundDevice[];
}

export interface SoundCards {
  /** As PulseAudio or PipeWire has them; undefined where there is no such server, or it does not answer. */
  readonly pulse: (Devices & { readonly server: string }) | undefined;
  /** As the kernel has them. */
  readonly alsa: Devices;
  /** Whether there is anything to record from: monitors do not count. */
  readonly microphone: boolean;
  readonly loudspeaker: boolean;
}

/** Whatever sound devices this host has now. Never throws: what cannot be asked has none. */
export const soundCards = async (signal?: AbortSignal): Promise<SoundCards> => {
  const [pulse, captures, playbacks] = await Promise.all([
    pulseDevices(signal),
    outputOf('arecord', ['-l'], signal),
    outputOf('aplay', ['-l'], signal),
  ]);
  const alsa = { microphones: alsaCards(captures ?? ''), loudspeakers: alsaCards(playbacks ?? '') };
  return {
    pulse,
    alsa,
    microphone: alsa.microphones.length > 0 || (pulse?.microphones.some(({ monitor }) => !monitor) ?? false),
    loudspeaker: alsa.loudspeakers.length > 0 || (pulse?.loudspeakers.length ?? 0) > 0,
  };
};

/** Whether PulseAudio, or PipeWire in its place, answers. */
export const pulseAnswers = async (signal?: AbortSignal): Promise<boolean> =>
  (await outputOf('pactl', ['info'], signal)) !== undefined;

const pulseDevices = async (signal?: AbortSignal): Promise<SoundCards['pulse']> => {
  const [info, sources, sinks] = await Promise.all([
    outputOf('pactl', ['info'], signal),
    pulseList('sources', signal),
    pulseList('sinks', signal),
  ]);
  if (info === undefined) return undefined;
  const told = (field: string): string => new RegExp(`^${field}: (.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
  return {
    server: `${told('Server Name')} ${told('Server Version')}`.trim(),
    microphones: marked(sources, told('Default Source')),
    loudspeakers: marked(sinks, told('Default Sink')),
  };
};

const pulseList = async (kind: 'sources' | 'sinks', signal?: AbortSignal): Promise<SoundDevice[]> => {
  const json = await outputOf('pactl', ['-f', 'json', 'list', kind], signal);
  if (json !== undefined) return fromPulse(json);
  // pactl learned JSON with PulseAudio 16.
  return fromShortList((await outputOf('pactl', ['list', 'short', kind], signal)) ?? '');
};

const marked = (devices: readonly SoundDevice[], id: string): SoundDevice[] =>
  devices.map((device) => ({ ...device, default: device.id === id }));

/**
 * The device of PulseAudio that is meant: by its exact name, or by a part of its name or description that fits no
 * other. A USB device gets another name where it is plugged in elsewhere.
 */
export const findPulseDevice = async (
  kind: 'sources' | 'sinks',
  wanted: string,
  signal?: AbortSignal,
): Promise<string | undefined> => pick(await pulseList(kind, signal), wanted);

/** Monitors are meant only by their exact name. */
export const pick = (devices: readonly SoundDevice[], wanted: string): string | undefined => {
  if (devices.some(({ id }) => id === wanted)) return wanted;
  const part = wanted.toLowerCase();
  const fitting = devices.filter(
    ({ id, name, monitor }) => !monitor && (id.toLowerCase().includes(part) || name.toLowerCase().includes(part)),
  );
  return fitting.length === 1 ? fitting[0]!.id : undefined;
};
