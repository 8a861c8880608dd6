import { randomInt } from 'node:crypto';
import { holdSession } from './assistant/session.js';
import type { OnFault, TurnResult, TurnStages } from './assistant/turn.js';
import type { Ring } from './audio/ring.js';
import { type Clock, systemClock } from './clock.js';
import { type Company, openCompany, type Speaking } from './company.js';
import { type Conversation, createResponder } from './conversation/responder.js';
import { type Dwelling, isReal, openDwelling } from './dwelling.js';
import { type Ears, openEars } from './ears.js';
import { answersElsewhere } from './elsewhere/agent.js';
import type { Services } from './elsewhere/services.js';
import { messageOf } from './faults.js';
import { type CallerHome, openCallerHome } from './home/caller/caller-home.js';
import { validateCall } from './llm/tool-guard.js';
import type { Log } from './log.js';
import { type OpenedMind, openMind } from './mind.js';
import type { Model } from './models/store.js';
import type { Options } from './options/schema.js';
import { fixedLines, linePickers } from './persona/lines.js';
import { stripWakeWord } from './phonetics/wake-word.js';
import { seededRandom } from './random.js';
import { openServicesElsewhere } from './services-elsewhere.js';
import type { Detection, Home, Say, Speaker, Transcript, TurnContext } from './stages.js';
import { type HouseTold, tellHouse } from './tell-house.js';
import { saysOf } from './text/says.js';
import { createTimeline } from './timeline/timeline.js';
import { together } from './together.js';
import type { Milliseconds, SampleIndex } from './units.js';
import { findWordEnd, wordEndFrom } from './wake/word-end.js';

/**
 * The composition root: the one place that knows which stage is made of what. Opens the stages that the options ask
 * for and wires them into turns.
 */

/** Sound to be listened to, and when it was in the room. */
export interface Room {
  readonly ring: Ring;
  readonly timeOf: (position: SampleIndex) => Milliseconds;
}

export interface SessionEvents {
  readonly onWake?: (detection: Detection) => void;
  readonly onTranscript?: (transcript: Transcript) => void;
  readonly onTurn: (result: TurnResult, detection: Detection) => void;
  readonly onQuiet?: (detection: Detection) => void;
}

export interface Assistant {
  readonly options: Options;
  readonly ears: Ears;
  readonly home: Home;
  /** Where the house is the one that stands in for a real one. */
  readonly demo?: Dwelling['demo'];
  readonly real?: Dwelling['real'];
  /** Where it is a real one that wants to know: what is told to its automations. */
  readonly told?: HouseTold;
  /** What thinks where no written line fits. */
  readonly mind?: OpenedMind;
  readonly company: Company;
  /** The persona that speaks where no other is called. */
  readonly speaking: Speaking;
  /** Its side of a conversation, for whoever asks without speaking. */
  readonly conversation: Conversation & Pick<TurnStages, 'excuse'>;
  /** What of an outcome of that conversation whoever asks has to do itself. */
  readonly intentsOf: CallerHome['intentsOf'];
  /** Waits for wake words in a room and answers through a loudspeaker, until the sound ends or the signal is aborted. */
  converse(room: Room, speaker: Speaker, signal: AbortSignal, events: SessionEvents): Promise<void>;
  /** Renders the persona's lines in idle time. */
  prefill(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface OpenRequest {
  readonly options: Options;
  readonly models: ReadonlyMap<string, Model>;
  readonly log: Log;
  readonly clock?: Clock;
  /** For choices that should come out the same: a bench, a test. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** Services elsewhere, where a part that is opened by itself may use them. */
  readonly elsewhere?: Services;
  /** Every persona there is has a voice, also where no wake word calls it. */
  readonly everybody?: boolean;
}

/** Opens everything. What was opened is closed again where something else fails. */
export const openAssistant = async (asked: OpenRequest): Promise<Assistant> => {
  const elsewhere = openServicesElsewhere(asked.options, { log: asked.log, clock: asked.clock ?? systemClock });
  const request: OpenRequest = { ...asked, elsewhere };
  const { options, log, clock = systemClock, seed = randomInt(2 ** 31), everybody = false } = request;
  // Who answers elsewhere thinks for himself.
  const mind = options.conversation.service === '' ? openMind({ options, log, clock }) : undefined;
  const dwelling = openDwelling({ options, log, clock });
  const { home, demo, real } = dwelling;
  const names = [...new Set([options.persona, ...options.wake.words.map((word) => word.persona ?? options.persona)])];
  const [ears, company] = await together([
    listeningTo(dwelling, request),
    openCompany(request, names, everybody),
  ]).catch(async (error: unknown) => {
    await Promise.all([dwelling.close(), elsewhere.close(), mind?.close()]);
    throw error;
  });
  const { speakings } = company;
  const personaOf = (word: string): string =>
    options.wake.words.find((candidate) => candidate.word === word)?.persona ?? options.persona;
  const random = seededRandom(seed);
  const stagesOf = new Map(
    names.map((name) => [
      name,
      talkingAs(speakings.get(name)!, { ears, dwelling, mind, elsewhere, options, log, clock, random }),
    ]),
  );
  const context: TurnContext = {
    language: options.language,
    ...(options.home.area !== undefined && { area: options.home.area }),
  };
  // One: each persona begins its prompts with other words, and a model remembers one beginning.
  const warm = (): void => void stagesOf.get(options.persona)!.warm(context);
  mind?.onFound(warm);
  const forgetPhrases = dwelling.onPhrases(() => {
    warm();
    ears.expect(home.phrases()).catch((error: unknown) => {
      log.warn({ error: messageOf(error) }, 'the recogniser could not learn the new names of the house');
    });
  });
  const told = real?.publisher && tellHouse(real.publisher);
  const caller = isAskedToTell(options) ? openCallerHome({ language: options.language }) : undefined;
  const forCaller =
    caller &&
    talkingAs(speakings.get(options.persona)!, {
      ears,
      dwelling: { home: caller, unfinished: caller.unfinished },
      mind,
      elsewhere,
      options,
      log,
      clock,
      random,
    });
  const onFault: OnFault = (stage, error) => log.error({ stage, error }, 'a stage of the turn failed');

  return {
    options,
    ears,
    home,
    ...(demo && { demo }),
    ...(real && { real }),
    company,
    speaking: speakings.get(options.persona)!,
    conversation: forCaller ?? stagesOf.get(options.persona)!,
    intentsOf: caller?.intentsOf ?? (() => []),
    ...(told && { told }),
    ...(mind && { mind }),
    converse: ({ ring, timeOf }, loudspeaker, signal, onEvents) => {
      const { events, speaker } = told?.turns(context, onEvents, loudspeaker) ?? {
        events: onEvents,
        speaker: loudspeaker,
      };
      return holdSession({
        listening: {
          read: (from, until) => ring.read({ from, signal: until }),
          get now() {
            return ring.end;
          },
        },
        detect: ears.detect,
        stagesOf: (word) => ({
          ...stagesOf.get(personaOf(word))!,
          speak: speaker,
          withoutWakeWord: (text) => stripWakeWord(text, word),
        }),
        context,
        settings: turnSettings(options),
        followUp: options.conversation.follow_up,
        wordEnd: (detection, { read }, until) => findWordEnd(read(wordEndFrom(detection), until), detection),
        signal,
        timeline: () => createTimeline({ clock, timeOf }),
        onFault,
        ...events,
      });
    },
    prefill: async (signal) => {
      // Those that a wake word calls; the others' lines are rendered when they are asked for.
      for (const name of names) {
        const { persona, voice } = speakings.get(name)!;
        await voice.prefill(fixedLines(persona, { language: options.language, tone: options.tone }), signal);
      }
    },
    close: async () => {
      forgetPhrases();
      for (const stages of [...stagesOf.values(), ...(forCaller ? [forCaller] : [])]) stages.close();
      await mind?.close();
      await Promise.all([dwelling.close(), ears.close(), company.close()]);
      await elsewhere.close();
    },
  };
};

/** Whether what is asked over Wyoming is for the one who asks to carry out: where our own house is only a stand-in. */
const isAskedToTell = (options: Options): boolean =>
  options.conversation.commands === 'caller' || (options.conversation.commands === 'auto' && !isReal(options));

const never = new AbortController().signal;

/** A recogniser expects the sentences of a house that is known by then. */
const listeningTo = async ({ home, known }: Dwelling, request: OpenRequest): Promise<Ears> => {
  await known(request.signal ?? never);
  return openEars(request, home.phrases());
};

interface Wiring {
  readonly ears: Ears;
  readonly dwelling: Pick<Dwelling, 'home' | 'unfinished'> & Partial<Pick<Dwelling, 'hands'>>;
  readonly mind: OpenedMind | undefined;
  readonly elsewhere: Services;
  readonly options: Options;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
}

type PersonaStages = Omit<TurnStages, 'speak' | 'withoutWakeWord'> & Conversation;

/** The stages of a turn in which one persona speaks. */
const talkingAs = (
  { persona, voice }: Speaking,
  { ears, dwelling, mind, elsewhere, options, log, clock, random }: Wiring,
): PersonaStages => {
  const pickers = linePickers(persona, { random, tone: options.tone });
  const lines = pickers(options.language);
  const say = (situation: 'acknowledgement' | 'error'): Say => {
    const picked = lines.pick(situation);
    picked?.use();
    return { text: picked?.text ?? '', kind: 'talk' };
  };
  const own = createResponder({
    home: dwelling.home,
    persona,
    lines: pickers,
    unfinished: dwelling.unfinished,
    rememberFor: options.conversation.forget * 1000,
    log,
    clock,
    ...(mind && {
      mind: {
        model: mind.model,
        available: mind.available,
        speaker: persona,
        ...(dwelling.hands && { hands: dwelling.hands }),
        check: validateCall,
        contextTokens: () => mind.contextTokens,
        answerTokens: options.mind.num_predict,
        tauntAfter: options.mind.taunt_after,
        prepare: voice.prepare,
        log,
      },
    }),
  });
  const agent = options.conversation.service;
  const conversation =
    agent === ''
      ? own
      : answersElsewhere(own, {
          service: elsewhere.open('conversation.service', agent),
          sentences: (text, signal) => saysOf(text, { signal }),
          refuse: () => say('error'),
          forgetAfter: options.conversation.forget * 1000,
          log,
          clock,
        });
  return {
    endpoint: ears.endpoint,
    transcribe: ears.transcribe,
    ...conversation,
    synthesize: voice.synthesize,
    prepare: voice.prepare,
    acknowledgement: () => say('acknowledgement'),
    excuse: () => say('error'),
  };
};

/** What the options say about the times of a turn. */
export const turnSettings = ({ endpoint }: Options) => ({
  waits: {
    whole: endpoint.wait,
    agreed: endpoint.wait_agreed,
    extendable: endpoint.wait_extendable,
    talk: endpoint.wait_talk,
    unfinished: endpoint.wait_unfinished,
  },
  reopen: endpoint.reopen,
  acknowledgeAfter: endpoint.acknowledge_after,
  listenTimeout: endpoint.listen_timeout * 1000,
});
