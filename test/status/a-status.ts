import type { Status, TurnPart } from '../../src/status/status.js';

const part = (label: string, start: number, duration: number, limit?: number): TurnPart => ({
  label,
  start,
  duration,
  ...(limit !== undefined && { limit }),
  met: limit === undefined || duration < limit,
});

/** A status with something of everything in it. */
export const aStatus: Status = {
  version: '0.1.0',
  phase: 'fetching',
  since: 1_795_000_000_000,
  trouble: 'huggingface.co does not answer <b>at all</b>',
  services: [
    { name: 'Speech recognition', detail: 'Vosk, small', ready: true },
    { name: 'Voice', detail: 'Vathrax', ready: false },
  ],
  downloads: [
    { name: 'piper-libritts_r-medium', state: 'fetching', received: 31_000_000, total: 78_000_000 },
    { name: 'silero-vad', state: 'done', received: 2_000_000, total: 2_000_000 },
    { name: 'libvosk', state: 'failed', received: 0, reason: 'the host is not known here' },
  ],
  turns: [
    {
      at: 1_795_000_100_000,
      ending: 'answered',
      intents: ['HassTurnOn'],
      parts: [
        part('end of speech', 0, 58),
        part('recognition', 58, 26, 200),
        part('voice', 160, 720, 600),
        part('last sound to answer', 0, 880, 500),
      ],
    },
    { at: 1_795_000_050_000, ending: 'nothing heard', intents: [], parts: [] },
  ],
  levels: [{ name: 'Microphone', level: -32 }],
};
