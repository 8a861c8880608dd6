import type { Profile } from '../effects/profile.js';
import { parseProfile } from '../effects/profile.js';
import { isAbort, messageOf } from '../faults.js';
import type { Assistant } from '../main.js';
import { measureAcknowledgement } from './acknowledgements.js';
import { measureDraft, ofThreeSeconds } from './drafts.js';
import { effectsDelay, measureEffectsCost } from './effects-cost.js';
import type { Measurements, Section } from './measurements.js';
import { type EarsRequest, type EngineName, openEarsWith } from './recognisers.js';
import { readSound } from './sound.js';
import { pick, type Utterance } from './spoken-set.js';
import { measureLoading, measureStart } from './starts.js';
import { measureSynthesis, sentenceOfTwelve } from './synthesis.js';
import { measureTurns, type TurnFigures } from './turns.js';
import { measureWakeCost } from './wake-cost.js';

/** How often each thing is measured. */
export interface Plan {
  readonly commands: number;
  readonly acknowledgements: number;
  readonly drafts: number;
  readonly sentences: number;
  readonly starts: number;
}

export interface MeasureRequest extends Omit<EarsRequest, 'expect'> {
  readonly signal: AbortSignal;
  readonly plan: Plan;
  /** The whole bench set. */
  readonly utterances: readonly Utterance[];
  readonly recordings: readonly Utterance[];
  /** Filled while the bench runs, so that what there is can be shown at any time. */
  readonly into: Measurements;
  readonly show: (text: string) => void;
}

/** Utterances whose sound is used where only CPU time counts: about a minute and a half. */
const SOUNDS = 30;
/** Recognisers of which the time to a draft is a figure of its own. */
const DRAFTING: readonly EngineName[] = ['vosk', 'moonshine'];

/** What needs no assistant in this process: starts of another one, which should find the machine quiet. */
export const measureStarts = async (request: MeasureRequest): Promise<void> => {
  const { plan, options, into, signal, show } = request;
  await section('starts', request, async () => {
    for (let i = 0; i < plan.starts; i++) {
      show(`starting the assistant, ${i + 1} of ${plan.starts}`);
      into.starts.push(await measureStart(options, signal));
      for (const [part, took] of await measureLoading(options, signal)) {
        into.loading.set(part, [...(into.loading.get(part) ?? []), took]);
      }
    }
  });
};

/** Everything that an assistant is needed for, one thing after the other. */
export const measureAssistant = async (assistant: Assistant, request: MeasureRequest): Promise<void> => {
  const { plan, utterances, into, signal, show } = request;
  const { voice, persona } = assistant.speaking;
  const profile: Profile = parseProfile(persona.effects, persona.id);

  await section('synthesis', request, async () => {
    for (let i = 0; i < plan.sentences; i++) {
      show(`voice: sentence ${i + 1} of ${plan.sentences}`);
      const spoken = await measureSynthesis(voice, sentenceOfTwelve(i), signal);
      if (spoken) into.fresh.push(spoken.fresh);
      if (spoken?.cached !== undefined) into.cached.push(spoken.cached);
    }
    if (into.fresh.length === 0) into.missing.set('synthesis', 'every sentence was in the cache already');
    else if (into.cached.length === 0) into.missing.set('synthesis', 'no sentence was kept');
  });

  const sounds: Float32Array[] = [];
  for (const { file } of pick(utterances, SOUNDS)) sounds.push(await readSound(file, signal));

  await section('wake cost', request, async () => {
    show('wake word: CPU');
    into.wakeCost.push(...(await measureWakeCost(assistant.ears.wake.detect, sounds, signal)));
  });

  await section('effects', request, async () => {
    show('effects: CPU');
    into.effects = effectsDelay(profile, voice.rate);
    into.effectsCost.push(...(await measureEffectsCost(profile, voice.rate, sounds, signal)));
  });

  await section('acknowledgements', request, async () => {
    const called = pick(utterances, plan.acknowledgements).filter(({ kind }) => kind === 'command');
    for (const [i, utterance] of called.entries()) {
      show(`wake word alone, ${i + 1} of ${called.length}`);
      into.acknowledgements.push(await measureAcknowledgement(assistant, utterance, signal));
    }
  });

  await section('turns', request, async () => {
    const chosen = pick(utterances, plan.commands);
    const told = (turns: TurnFigures[], of: number) => (turn: TurnFigures) => {
      turns.push(turn);
      const count = (verdict: TurnFigures['verdict']): number => turns.filter((one) => one.verdict === verdict).length;
      show(
        `turn ${turns.length} of ${of}: ${count('right')} right, ${count('wrong')} wrong, ${count('nothing')} nothing`,
      );
    };
    const { recordings } = request;
    const common = { assistant, signal, loop: into.loop };
    await measureTurns({ ...common, utterances: recordings, onTurn: told(into.recordings, recordings.length) });
    await measureTurns({ ...common, utterances: chosen, onTurn: told(into.turns, chosen.length) });
  });

  await section('drafts', request, async () => {
    const spoken = ofThreeSeconds(utterances.filter(({ kind }) => kind === 'command'));
    const chosen = pick(spoken, plan.drafts);
    for (const engine of DRAFTING) {
      const ears = await openEarsWith(engine, { ...request, expect: assistant.home.phrases() });
      try {
        const times: number[] = [];
        into.drafts.set(engine, times);
        for (const [i, utterance] of chosen.entries()) {
          show(`${engine}: draft ${i + 1} of ${chosen.length}`);
          const took = await measureDraft(utterance, ears, signal);
          if (took !== undefined) times.push(took);
        }
      } finally {
        await ears.close();
      }
    }
  });
};

/** Does a part of the bench. Its trouble is noted and leaves the other parts alone. */
const section = async (name: Section, { into, signal }: MeasureRequest, work: () => Promise<void>): Promise<void> => {
  if (signal.aborted) {
    into.missing.set(name, 'ended before');
    return;
  }
  try {
    await work();
  } catch (error) {
    if (!signal.aborted && isAbort(error)) throw error;
    into.missing.set(name, signal.aborted ? 'ended before' : messageOf(error));
  }
};
