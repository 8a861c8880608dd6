import { nullSpeaker, wavSpeaker } from '../audio/play.js';
import { systemClock } from '../clock.js';
import { openCompany } from '../company.js';
import { Fault } from '../faults.js';
import { VOICE_MODEL } from '../model-needs.js';
import type { Run, Say } from '../stages.js';
import { outPath } from './out-path.js';
import type { Setting } from './setting.js';

export interface SayFlags {
  readonly persona?: string;
  readonly out?: string;
  readonly dry?: boolean;
  readonly json?: boolean;
}

/** Speaks a text in a persona's voice, into a WAV. */
export const say = async (setting: Setting, text: string, flags: SayFlags): Promise<number> => {
  const { options, log, signal } = setting;
  if (text.trim() === '') throw nothingToSpeak();
  const out = outPath(flags.out ?? 'said.wav');
  const models = await setting.fetch([VOICE_MODEL]);
  const name = flags.persona ?? options.persona;
  const company = await openCompany({ options, models, log }, [name]);
  const { persona, voice } = company.speakings.get(name)!;
  try {
    const begin = performance.now();
    let firstAudio: number | undefined;
    const run: Run = {
      signal,
      committed: Promise.resolve(),
      mark: (name) => {
        if (name === 'firstAudio') firstAudio ??= performance.now() - begin;
      },
    };
    const speaker = flags.out === undefined && flags.json === true ? nullSpeaker : undefined;
    const pace = { paced: false, clock: systemClock };
    const play = speaker ? speaker(pace) : wavSpeaker(out, pace);
    const { heard } = await play(voice.synthesize(only({ text, kind: 'talk', plain: flags.dry === true }), run), run);
    if (signal.aborted) return 0;
    if (heard === 0) throw nothingToSpeak();
    const took = performance.now() - begin;
    const wav = speaker ? undefined : out;
    if (flags.json === true) {
      console.log(
        JSON.stringify({
          persona: persona.id,
          rate: voice.rate,
          duration_ms: Math.round(heard),
          first_audio_ms: firstAudio,
          took_ms: took,
          file: wav,
        }),
      );
    } else {
      console.log(
        `${persona.name} speaks for ${(heard / 1000).toFixed(1)} s: ${wav}\n` +
          `first sound after ${firstAudio?.toFixed(0)} ms, all of it after ${took.toFixed(0)} ms`,
      );
    }
    return 0;
  } finally {
    await company.close();
  }
};

const nothingToSpeak = (): Fault => new Fault('usage', 'There is nothing to speak in this text.');

async function* only(say: Say): AsyncGenerator<Say> {
  yield say;
}
