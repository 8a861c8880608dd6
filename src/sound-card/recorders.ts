import { Fault } from '../faults.js';
import { CAPTURE_RATE, type Hertz } from '../units.js';
import { onPath } from './on-path.js';
import type { RecorderCommand } from './recording.js';
import { findPulseDevice, pulseAnswers } from './sound-cards.js';
import { outputOf, plainLocale } from './tools.js';

export type RecorderName = 'parec' | 'arecord' | 'sox' | 'rec';

export interface RecorderSettings {
  readonly recorder: RecorderName;
  /** As the recorder names it; default: the system's own choice. */
  readonly device?: string;
  /** From 1: only this one; default: all of them mixed. */
  readonly channel?: number;
}

/** What comes out of a recorder: 16-bit little-endian PCM. */
export interface RecorderFormat {
  readonly rate: Hertz;
  readonly channels: number;
}

const PACKAGES: Readonly<Record<RecorderName, string>> = {
  parec: 'pulseaudio-utils',
  arecord: 'alsa-utils',
  sox: 'sox',
  rec: 'sox',
};

/** PulseAudio's own converter is good enough and costs nothing here; ALSA's aliases, so ours does it for the others. */
const ALSA_RATE: Hertz = 48_000;

/** @throws Fault `usage` where the program that is wanted, or any that could do it, is not installed. */
export const chooseRecorder = async (wanted: 'auto' | RecorderName): Promise<RecorderName> => {
  if (wanted !== 'auto') {
    if (await onPath(wanted)) return wanted;
    throw new Fault('usage', `microphone.recorder: ${wanted} is not installed.`, {
      hint: `Install it (Debian: apt install ${PACKAGES[wanted]}), or choose another recorder.`,
    });
  }
  const [parec, arecord, rec] = await Promise.all([onPath('parec'), onPath('arecord'), onPath('rec')]);
  if (parec && (await pulseAnswers())) return 'parec';
  if (arecord && /^card \d/m.test((await outputOf('arecord', ['-l'])) ?? '')) return 'arecord';
  // Its server, or its card, may come later.
  if (parec) return 'parec';
  if (arecord) return 'arecord';
  if (rec) return 'rec';
  throw new Fault('usage', 'There is no program here that records sound: neither parec nor arecord nor rec.', {
    hint: 'Install one: apt install pulseaudio-utils (PulseAudio, PipeWire), apt install alsa-utils, or brew install sox.',
  });
};

export const recorderFormat = ({ recorder, channel = 1 }: RecorderSettings): RecorderFormat => ({
  rate: recorder === 'parec' ? CAPTURE_RATE : ALSA_RATE,
  // Channels up to the one that is wanted: how many the device has besides does not matter.
  channels: channel,
});

/** The command that records now; undefined while the device is not there. */
export const recorderCommand = async (
  settings: RecorderSettings,
  signal?: AbortSignal,
): Promise<RecorderCommand | undefined> => {
  const { recorder, device } = settings;
  const env = plainLocale();
  if (recorder === 'parec') {
    const source = device === undefined ? undefined : await findPulseDevice('sources', device, signal);
    if (device !== undefined && source === undefined) return undefined;
    return { cmd: 'parec', args: parecArguments(settings, source), env };
  }
  const { rate, channels } = recorderFormat(settings);
  if (recorder === 'arecord') {
    const place = device === undefined ? [] : ['-D', device];
    const format = ['-t', 'raw', '-f', 'S16_LE', '-r', String(rate), '-c', String(channels)];
    return { cmd: 'arecord', args: [...place, '-q', ...format, ...ALSA_PERIOD, '-'], env };
  }
  const format = [
    '-r',
    String(rate),
    '-c',
    String(channels),
    '-e',
    'signed-integer',
    '-b',
    '16',
    '-L',
    '-t',
    'raw',
    '-',
  ];
  return {
    cmd: recorder,
    args: ['-q', ...SOX_BUFFER, ...(recorder === 'sox' ? ['-d'] : []), ...format],
    env: device === undefined ? env : { ...env, AUDIODEV: device },
  };
};

/** Microseconds: pieces of 20 ms, and 200 for a program that is held up. */
const ALSA_PERIOD = ['--period-time=20000', '--buffer-time=200000'];
/** Bytes, 43 ms: with less it loses sound, and its own choice holds it back for up to two seconds. */
const SOX_BUFFER = ['--buffer', '4096'];

const parecArguments = (settings: RecorderSettings, source: string | undefined): string[] => {
  const { rate, channels } = recorderFormat(settings);
  return [
    // Tells when the server moves the stream to another device, which is of no interest where any will do.
    ...(source === undefined ? [] : ['--verbose']),
    '--raw',
    '--format=s16le',
    `--rate=${rate}`,
    `--channels=${channels}`,
    '--latency-msec=20',
    // By number and unmixed; else one channel gets them all.
    ...(settings.channel === undefined ? [] : ['--no-remix', '--no-remap']),
    '--client-name=Evil Assistant',
    '--stream-name=microphone',
    ...(source === undefined ? [] : [`--device=${source}`]),
  ];
};
