import type { Milliseconds } from '../../units.js';
import type { PipelineRun } from './pipeline-run.js';
import type { SaidCommand } from './said-commands.js';

/** When the parts of a turn through Home Assistant came, from the last sound of the command. */
export interface CoreTurn {
  readonly heard: string;
  readonly reply: string;
  readonly outcome: string;
  readonly transcript: Milliseconds;
  readonly answer: Milliseconds;
  readonly firstSound: Milliseconds;
  /** Home Assistant still had the sound of these words. */
  readonly known: boolean;
}

/** Undefined where the run came to no spoken reply. */
export const coreTurn = (run: PipelineRun, said: SaidCommand, known: boolean): CoreTurn | undefined => {
  const from = run.timeOf(said.lastSound);
  const at = (type: string): Milliseconds | undefined => run.events.find((event) => event.type === type)?.at;
  const [transcript, answer] = [at('stt-end'), at('intent-end')];
  const { heard, outcome = '', reply, spoken } = run;
  if (transcript === undefined || answer === undefined || !spoken || heard === undefined || reply === undefined) {
    return undefined;
  }
  if (!Number.isFinite(spoken.firstSound)) return undefined;
  return {
    heard,
    reply,
    outcome,
    transcript: transcript - from,
    answer: answer - from,
    firstSound: spoken.firstSound - from,
    known,
  };
};
