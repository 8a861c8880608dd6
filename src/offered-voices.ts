import type { Company } from './company.js';
import { Fault } from './faults.js';
import type { Mouth } from './services/tts.js';
import type { Attribution, TtsVoice } from './wyoming/messages/info.js';
import type { SynthesizeVoice } from './wyoming/messages/synthesis.js';

/** What of the voices is told in `info`. */
export interface VoiceNotice {
  readonly attribution: Attribution;
  readonly installed: boolean;
  readonly version: string;
  /** Languages that the synthesizer really speaks. */
  readonly languages: readonly string[];
}

/** The model behind all voices, by the name of the people who made it. */
const DRY = 'libritts_r';
const SUFFIX = '-dry';

/**
 * Voices to choose from: each persona, each persona without its effects (`demon-dry`), and the model's own speakers.
 * A speaker's number may be asked of any of them: the demon with another throat.
 */
export const offeredVoices = (
  personas: readonly { readonly id: string; readonly name: string }[],
  speakers: number,
  { attribution, installed, languages, version }: VoiceNotice,
): readonly TtsVoice[] => {
  const common = { attribution, installed, languages, version };
  return [
    ...personas.map(({ id, name }) => ({ ...common, name: id, description: name })),
    ...personas.map(({ id, name }) => ({ ...common, name: `${id}${SUFFIX}`, description: `${name}, without effects` })),
    {
      ...common,
      name: DRY,
      description: 'LibriTTS-R, without effects',
      speakers: Array.from({ length: speakers }, (_, number) => ({ name: String(number) })),
    },
  ];
};

interface VoiceRequest {
  readonly company: Pick<Company, 'speakings' | 'voices'>;
  /** Who speaks where nobody is named. */
  readonly persona: string;
  readonly speed: number;
}

/**
 * The voice that is wanted.
 * @throws Fault `usage` for a voice, a language or a speaker that there is not.
 */
export const voiceFor = (
  { language, name, speaker }: SynthesizeVoice,
  languages: readonly string[],
  { company, persona, speed }: VoiceRequest,
): Mouth => {
  const { speakings, voices } = company;
  const known = [...speakings.keys()];
  if (language && !languages.some((one) => sameLanguage(one, language)) && !name) {
    throw new Fault('usage', `No voice here speaks ${language}.`, { hint: `They speak ${languages.join(', ')}.` });
  }
  const wanted = name || persona;
  const number = speaker ? speakerNumber(speaker, voices.speakers) : undefined;
  if (wanted === DRY) return voices.voice({ speaker: number ?? 0, speed, effects: [] });
  const dry = wanted.endsWith(SUFFIX) && !speakings.has(wanted);
  const speaking = speakings.get(dry ? wanted.slice(0, -SUFFIX.length) : wanted);
  if (!speaking) {
    const names = [...known, ...known.map((one) => `${one}${SUFFIX}`), DRY];
    throw new Fault('usage', `No voice is called "${wanted.slice(0, 100)}". There are: ${names.join(', ')}.`);
  }
  if (!dry && number === undefined) return speaking.voice;
  return voices.voice({
    speaker: number ?? speaking.persona.voice.speaker,
    speed: speed * speaking.persona.voice.speed,
    effects: dry ? [] : speaking.effects,
  });
};

const sameLanguage = (one: string, other: string): boolean =>
  one.split('-')[0]!.toLowerCase() === other.split(/[-_]/)[0]!.toLowerCase();

const speakerNumber = (speaker: string, speakers: number): number => {
  const number = /^\d{1,6}$/.test(speaker) ? Number(speaker) : Number.NaN;
  if (number < speakers) return number;
  throw new Fault(
    'usage',
    `There is no speaker "${speaker.slice(0, 100)}". They are numbered from 0 to ${speakers - 1}.`,
  );
};
