import type { Clock } from '../clock.js';
import { Fault } from '../faults.js';
import type { Hertz, Milliseconds } from '../units.js';
import { pacatMeter, timeMeter } from './meters.js';
import { onPath } from './on-path.js';
import { OWN_APPLICATION } from './own.js';
import { type OpenPlayer, startPlayer } from './player.js';
import { findPulseDevice, pulseAnswers } from './sound-cards.js';
import { openSpeakerLibrary, speakerIsInstalled } from './speaker-library.js';
import { outputOf, plainLocale } from './tools.js';

export type PlayerName = 'pacat' | 'aplay' | 'speaker';

/** What server and device hold together. Enough for a busy machine; how soon a sound begins or ends does not depend on it. */
const LATENCY: Milliseconds = 150;
/** A bare device holds less, so that what was heard is known, and begins with so much. */
const ALSA_BUFFER: Milliseconds = 120;
const ALSA_BEGIN: Milliseconds = 40;

/** @throws Fault `usage` where the player that is wanted, or any, is not installed. */
export const choosePlayer = async (wanted: 'auto' | PlayerName): Promise<PlayerName> => {
  if (wanted === 'speaker') {
    if (speakerIsInstalled()) return wanted;
    throw new Fault('usage', 'loudspeaker.player: the package speaker is not installed.', {
      hint: 'Install it beside the program (npm install speaker; Debian first: apt install libasound2-dev build-essential), or choose another player.',
    });
  }
  if (wanted !== 'auto') {
    if (await onPath(wanted)) return wanted;
    const where = wanted === 'pacat' ? 'pulseaudio-utils' : 'alsa-utils';
    throw new Fault('usage', `loudspeaker.player: ${wanted} is not installed.`, {
      hint: `Install it (Debian: apt install ${where}), or choose another player.`,
    });
  }
  const [pacat, aplay] = await Promise.all([onPath('pacat'), onPath('aplay')]);
  if (pacat && (await pulseAnswers())) return 'pacat';
  if (aplay && /^card \d/m.test((await outputOf('aplay', ['-l'])) ?? '')) return 'aplay';
  // Its server, or its card, may come later.
  if (pacat) return 'pacat';
  if (aplay) return 'aplay';
  if (speakerIsInstalled()) return 'speaker';
  throw new Fault(
    'usage',
    'There is no program here that plays sound: neither pacat nor aplay, nor the package speaker.',
    {
      hint: 'Install one: apt install pulseaudio-utils (PulseAudio, PipeWire), apt install alsa-utils, or npm install speaker.',
    },
  );
};

/** What opens players. A device that is not there is looked for again each time. */
export const playerOpener = (player: PlayerName, device: string | undefined, clock: Clock): OpenPlayer => {
  if (player === 'speaker') return (rate) => openSpeakerLibrary(rate, device, clock);
  if (player === 'aplay') return async (rate) => startPlayer(aplayCommand(rate, device), rate, clock);
  /** To look the device up takes a while that the first sound does not have. */
  let known: string | undefined;
  return async (rate) => {
    if (device !== undefined) known ??= await findPulseDevice('sinks', device);
    // Under a name that nobody has pacat fails, which is what is to be told.
    const started = startPlayer(pacatCommand(rate, device === undefined ? undefined : (known ?? device)), rate, clock);
    started.gone.addEventListener('abort', () => {
      if (/No such entity/.test(String(started.gone.reason))) known = undefined;
    });
    return started;
  };
};

const pacatCommand = (rate: Hertz, sink: string | undefined) => ({
  cmd: 'pacat',
  args: [
    '--verbose',
    '--playback',
    '--raw',
    '--format=s16le',
    `--rate=${rate}`,
    '--channels=1',
    `--latency-msec=${LATENCY}`,
    '--client-name=Evil Assistant',
    '--stream-name=voice',
    `--property=application.id=${OWN_APPLICATION}`,
    ...(sink === undefined ? [] : [`--device=${sink}`]),
  ],
  env: plainLocale(),
  meter: pacatMeter(rate),
});

const aplayCommand = (rate: Hertz, device: string | undefined) => ({
  cmd: 'aplay',
  args: [
    ...(device === undefined ? [] : ['-D', device]),
    '-q',
    ...['-t', 'raw', '-f', 'S16_LE', '-r', String(rate), '-c', '1'],
    `--buffer-time=${ALSA_BUFFER * 1_000}`,
    `--start-delay=${ALSA_BEGIN * 1_000}`,
    '-',
  ],
  env: plainLocale(),
  meter: timeMeter(rate, ALSA_BEGIN),
});
