import { nullSpeaker, wavSpeaker } from '../audio/play.js';
import { readWav } from '../audio/read-wav.js';
import { systemClock } from '../clock.js';
import { openAssistant } from '../main.js';
import { modelsFor } from '../model-needs.js';
import { type Heard, hearRecording } from './hear.js';
import { noteTurn } from './note-turn.js';
import { outPath } from './out-path.js';
import type { Setting } from './setting.js';
import { describeTurn, endingOf, lookOf, recordOf } from './turn-report.js';

export interface AskFlags {
  readonly out?: string;
  readonly json?: boolean;
}

/** Exit code where no wake word was heard in a file: nothing went wrong, and nothing happened. */
export const NOT_CALLED = 3;

/** Plays recordings to the assistant, each a turn or more, and tells what came of them. The exit code. */
export const ask = async (setting: Setting, files: readonly string[], flags: AskFlags): Promise<number> => {
  const { options, log, catalogue, signal } = setting;
  const out = flags.out === undefined ? undefined : outPath(flags.out);
  // Before any model is loaded: a file that cannot be read should be heard of at once.
  for (const file of files) await readWav(file, signal);
  const models = await setting.fetch(modelsFor(options, catalogue));
  const assistant = await openAssistant({ options, models, log });
  let called = true;
  let turns = 0;
  const replies: string[] = [];
  try {
    const speaker = speakerFor(out, replies);
    for (const file of files) {
      const heard = await hearRecording(assistant, file, { speaker, signal });
      if (signal.aborted) break;
      if (heard.warning) log.warn(heard.warning);
      called &&= heard.turns.length > 0;
      const persona = assistant.speaking.persona.id;
      tell(file, heard, replies.splice(0), persona, flags);
      for (const turn of heard.turns) await noteTurn(turn, persona, `${++turns}`, setting);
    }
  } finally {
    await assistant.close();
  }
  return called ? 0 : NOT_CALLED;
};

/** `reply.wav` for the first reply, `reply-2.wav` for the second. */
const speakerFor = (out: string | undefined, written: string[]) => {
  const pace = { paced: true, clock: systemClock };
  if (out === undefined) return nullSpeaker(pace);
  return wavSpeaker((reply) => {
    const path = reply === 1 ? out : out.replace(/(\.[^./]*)?$/, `-${reply}$1`);
    written.push(path);
    return path;
  }, pace);
};

const tell = (file: string, heard: Heard, replies: readonly string[], persona: string, { json }: AskFlags): void => {
  if (json === true) {
    const turns = heard.turns.map((turn, i) => ({
      ...recordOf(turn, persona, `${i + 1}`, true),
      changes: turn.changes,
      failed: turn.result.outcomes.flatMap(({ failed }) => failed),
    }));
    console.log(JSON.stringify({ file, duration: heard.duration, turns, replies }));
    return;
  }
  if (heard.turns.length === 0) {
    console.log(`${file}: no wake word was heard in ${heard.duration.toFixed(1)} s, so nothing happened.`);
    return;
  }
  heard.turns.forEach((turn, i) => {
    const reply = endingOf(turn) === 'answered' ? replies[i] : undefined;
    console.log(`${describeTurn(turn, file, reply, lookOf(process.stdout))}\n`);
  });
};
