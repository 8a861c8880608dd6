import { hearCommand } from './assistant/listen.js';
import { converse } from './conversation/exchange.js';
import { messageOf } from './faults.js';
import type { Log } from './log.js';
import { type Assistant, turnSettings } from './main.js';
import { VOICE_MODEL, wakeModel } from './model-needs.js';
import type { Catalogue } from './models/catalogue.js';
import { offeredVoices, voiceFor } from './offered-voices.js';
import type { Options } from './options/schema.js';
import { packageFile } from './package.js';
import { asrService, type Eagerness, type HearRequest } from './services/asr.js';
import { type Answered, conversationService } from './services/conversation.js';
import type { Service } from './services/service.js';
import { ttsService } from './services/tts.js';
import { wakeService } from './services/wake.js';
import type { Audio, Run, Transcript, TurnContext, Understanding } from './stages.js';
import { saysOf } from './text/says.js';
import type { Milliseconds } from './units.js';
import type { Attribution } from './wyoming/messages/info.js';

export interface ServicesRequest {
  readonly options: Options;
  readonly catalogue: Catalogue;
  readonly log: Log;
  /** Undefined until everything is loaded: the services are described before they can serve. */
  readonly assistant: () => Assistant | undefined;
}

/** Of the speech that is understood and spoken. Only what really works is offered. */
const LANGUAGES = ['en'];
/** An answer that takes longer is given up: a voice that answers later answers nobody. */
const ANSWER_WITHIN: Milliseconds = 20_000;

const OURS: Attribution = { name: 'Evil Assistant', url: '' };

const program = (description: string) => ({ name: 'Evil Assistant', description, version: packageFile.version });

/** The program's stages as Wyoming services, in the order in which Home Assistant names them. */
export const wyomingServices = (request: ServicesRequest): readonly Service[] => {
  const { assistant, log, options } = request;
  const credit = credits(request);
  return [
    asrService({
      program: program('Recognises spoken commands, and notices by itself when they end'),
      attribution: OURS,
      models: () =>
        recognisers(options).map(({ name, description, model }) => ({
          name,
          description,
          languages: LANGUAGES,
          installed: assistant() !== undefined,
          ...credit(model),
        })),
      hear: () => {
        const now = assistant();
        return now && ((sound, how) => hear(now, sound, how));
      },
      language: options.language,
    }),
    ttsService({
      program: program('Speaks with demonic effects, made as the sound flows'),
      attribution: OURS,
      voices: () => {
        const now = assistant();
        const personas = now
          ? [...now.company.speakings.values()].map(({ persona }) => ({ id: persona.id, name: persona.name }))
          : [{ id: options.persona, name: options.persona }];
        const notice = { ...credit(VOICE_MODEL), installed: now !== undefined, languages: LANGUAGES };
        return offeredVoices(personas, now?.company.voices.speakers ?? 0, notice);
      },
      voice: (wanted) => {
        const now = assistant();
        return now && voiceFor(wanted, LANGUAGES, { ...now, persona: options.persona, speed: options.voice.speed });
      },
      sentences: (text, signal) => saysOf(text, { signal }),
    }),
    wakeService({
      program: program('Listens for its wake words'),
      attribution: OURS,
      words: () =>
        options.wake.words.map(({ word }) => ({
          name: word,
          phrase: word.replaceAll('_', ' '),
          language: LANGUAGES[0]!,
          installed: assistant() !== undefined,
          ...credit(wakeModel(word)),
        })),
      detect: () => assistant()?.ears.detect,
    }),
    conversationService({
      program: program('Answers in character, and does what it is told'),
      attribution: OURS,
      models: () => [
        {
          name: options.persona,
          description: assistant()?.speaking.persona.name ?? options.persona,
          languages: LANGUAGES,
          installed: true,
          attribution: OURS,
          version: packageFile.version,
        },
      ],
      converse: async (text, context, signal) => {
        const now = assistant();
        if (!now) return { kind: 'not-handled', text: 'I am still waking up. Ask again in a minute.' };
        return answer(now, text, context, signal);
      },
      language: options.language,
      excuse: () => assistant()?.conversation.excuse().text ?? 'Something failed here.',
      onFailure: (error) => log.error({ error: messageOf(error) }, 'the conversation failed'),
    }),
  ];
};

/** Whose work a model is. */
const credits =
  ({ catalogue }: ServicesRequest) =>
  (id: string): { attribution: Attribution; version: string } => {
    const entry = catalogue.entries.find((one) => one.id === id);
    const licences = entry?.licences ?? [];
    return {
      attribution: {
        name: licences.map(({ attribution, name }) => `${attribution} (${name})`).join('; ') || OURS.name,
        url: licences[0]?.url ?? OURS.url,
      },
      version: packageFile.version,
    };
  };

const recognisers = ({ stt }: Options) =>
  [
    { name: 'vosk', description: 'Vosk, small', model: 'vosk-small-en-us' },
    { name: 'moonshine', description: 'Moonshine, tiny', model: 'moonshine-tiny-en' },
  ].filter(({ name }) => stt.engine === 'both' || stt.engine === name);

/** How much longer, or shorter, the silence is that ends a command. */
const PATIENCE: Readonly<Record<Eagerness, number>> = { relaxed: 1.5, default: 1, aggressive: 0.75 };
/**
 * A turn of our own is reopened when speech goes on after it has acted; a transcript cannot be taken back, so it waits
 * longer wherever more might follow.
 */
const WITHOUT_RETURN = 1.5;

/** No lines are rendered ahead while somebody speaks, nor while the answer is on its way. */
const ANSWER_FOLLOWS: Milliseconds = 2_000;

const hear = async (
  { conversation, ears, options, speaking }: Assistant,
  sound: Audio,
  { eagerness, language, mayEndEarly, signal }: HearRequest,
): Promise<{ readonly text: string }> => {
  const settings = turnSettings(options);
  const patience = PATIENCE[eagerness];
  const { agreed, extendable, talk, unfinished, whole } = settings.waits;
  const waits = {
    whole: whole * WITHOUT_RETURN * patience,
    agreed: agreed * WITHOUT_RETURN * patience,
    extendable: extendable * WITHOUT_RETURN * patience,
    talk: talk * patience,
    unfinished: unfinished * patience,
  };
  const context: TurnContext = { language };
  const { endpoint, transcribe } = ears;
  const over = new AbortController();
  const understand = async (said: Transcript, until: AbortSignal): Promise<Understanding> => {
    // Never committed: it is for another agent to act, or for ours when it is asked.
    const run: Run = {
      signal: AbortSignal.any([until, over.signal]),
      committed: new Promise(() => {}),
      mark: () => {},
    };
    const understanding = await conversation.respond(said, context, run).understood;
    // Goes on beyond the command: it is asked for in a moment.
    for (const say of understanding.likely) speaking.voice.prepare(say, until).catch(() => {});
    return understanding;
  };
  const resume = speaking.voice.hold();
  try {
    return await hearCommand({ endpoint, transcribe, understand }, sound, {
      settings: { ...settings, waits },
      signal,
      mayEndEarly,
    });
  } finally {
    over.abort();
    setTimeout(resume, ANSWER_FOLLOWS).unref();
  }
};

const answer = async (
  { conversation, intentsOf, told }: Assistant,
  text: string,
  context: TurnContext,
  signal: AbortSignal,
): Promise<Answered> => {
  const answering = converse(conversation.respondAtOnce, {
    text,
    context,
    signal,
    timeout: ANSWER_WITHIN,
    excuse: conversation.excuse,
  });
  const answered = await (told?.answer(text, context, answering) ?? answering);
  const intents = answered.outcomes.flatMap(intentsOf);
  if (intents.length > 0) {
    // Spoken by Home Assistant when they are done, and only then.
    return {
      kind: 'intents',
      intents: intents.map((intent, i) => ({ ...intent, text: i === 0 ? answered.text : '' })),
    };
  }
  return { kind: answered.end === 'handled' ? 'handled' : 'not-handled', text: answered.text };
};
