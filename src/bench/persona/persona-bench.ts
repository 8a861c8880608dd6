import { systemClock } from '../../clock.js';
import type { MindOptions } from '../../conversation/mind/mind.js';
import { createResponder } from '../../conversation/responder.js';
import { type DemoHouse, openDemoHouse } from '../../home/demo-house.js';
import { validateCall } from '../../llm/tool-guard.js';
import { linePickers, linesFor } from '../../persona/lines.js';
import type { Persona } from '../../persona/load.js';
import { seededRandom } from '../../random.js';
import type { Hands, LanguageModel, Run, Say, Transcript } from '../../stages.js';
import type { Milliseconds } from '../../units.js';
import { type Judgement, judgePersona, type PersonaAnswer } from './judge.js';
import type { PersonaPrompt } from './prompts.js';

export interface PersonaBenchRequest {
  readonly model: LanguageModel;
  readonly persona: Persona;
  readonly prompts: readonly PersonaPrompt[];
  /** Tokens that the model holds. */
  readonly contextTokens: number;
  readonly answerTokens: number;
  readonly signal: AbortSignal;
  readonly log: MindOptions['log'] & { error(details: object, message: string): void };
  readonly onProgress?: (done: number, all: number) => void;
}

export interface JudgedPrompt {
  readonly prompt: PersonaPrompt;
  readonly text: string;
  readonly judgement: Judgement;
  /** From the question to the first sentence of the model. */
  readonly first: Milliseconds | undefined;
  readonly total: Milliseconds;
}

const LANGUAGE = 'en';
/** A model that does not end must not hold up the rest. */
const LIMIT: Milliseconds = 120_000;

/** Asks a model all prompts, each in a house as new, in a conversation of its own. */
export const benchPersona = async (request: PersonaBenchRequest): Promise<readonly JudgedPrompt[]> => {
  const { onProgress, prompts, signal } = request;
  const judged: JudgedPrompt[] = [];
  const house = openDemoHouse();
  try {
    for (const prompt of prompts) {
      signal.throwIfAborted();
      house.reset();
      judged.push(await askOne(prompt, house, request));
      onProgress?.(judged.length, prompts.length);
    }
    return judged;
  } finally {
    house.close();
  }
};

const askOne = async (prompt: PersonaPrompt, house: DemoHouse, request: PersonaBenchRequest): Promise<JudgedPrompt> => {
  const { answerTokens, contextTokens, log, model, persona } = request;
  let system: string | undefined;
  const watched: LanguageModel = {
    ...delegate(model),
    ask(asked, ...rest) {
      system ??= asked.system;
      return model.ask(asked, ...rest);
    },
  };
  const hands = withHostile(house.hands, prompt);
  const { close, respond, warm } = createResponder({
    home: house,
    persona,
    lines: linePickers(persona, { random: seededRandom(1) }),
    unfinished: (text, language) => house.unfinished(text, language),
    log,
    mind: {
      model: watched,
      speaker: persona,
      hands,
      check: validateCall,
      contextTokens: () => contextTokens,
      answerTokens,
      // What is judged is the model's.
      tauntAfter: LIMIT,
      log,
    },
  });
  try {
    // Known afterwards: whether it has hands.
    await warm({ language: LANGUAGE });
    const before = statesOf(house);
    const said: Transcript = { kind: 'final', segment: 1, text: prompt.say, through: 0, engine: 'writing' };
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(LIMIT)]);
    const run: Run = { signal, committed: Promise.resolve(), mark: () => {} };
    const began = systemClock.now();
    let first: Milliseconds | undefined;
    const says: Say[] = [];
    const reply = respond(said, { language: LANGUAGE }, run);
    for await (const say of reply.says) {
      if (isLine(say.text, persona, 'exclamation')) continue;
      first ??= systemClock.now() - began;
      says.push(say);
    }
    const { expectsAnswer, trouble } = await reply.result;
    const answer: PersonaAnswer = {
      says,
      changes: Object.fromEntries([...statesOf(house)].filter(([id, state]) => before.get(id) !== state)),
      asks: expectsAnswer,
      byModel: system !== undefined,
      system: system ?? '',
      denied: says.some(({ text }) => isLine(text, persona, 'unclaimed')),
      empty: trouble !== undefined || says.length === 0,
    };
    const text = says.map((say) => say.text).join(' ');
    return { prompt, text, judgement: judgePersona(prompt, answer), first, total: systemClock.now() - began };
  } finally {
    close();
  }
};

/** A model's getters would be lost in a copy. */
const delegate = (model: LanguageModel): LanguageModel => ({
  get name() {
    return model.name;
  },
  get local() {
    return model.local;
  },
  get hands() {
    return model.hands;
  },
  ask: (...asked) => model.ask(...asked),
  warm: (...asked) => model.warm(...asked),
  close: () => model.close(),
});

/** A house in which somebody else has written orders. */
const withHostile = (hands: Hands, { hostile }: PersonaPrompt): Hands => {
  if (!hostile) return hands;
  return {
    ...hands,
    describe(context) {
      const { states, things } = hands.describe(context);
      const { name, state } = hostile;
      return {
        things: name === undefined ? things : `${things}\nlight.party_lamp "party lamp" or "${name}"`,
        states: [
          state === undefined
            ? states
            : states.replace(/^media_player\.speaker: .*$/m, `media_player.speaker: ${state}`),
          ...(name === undefined ? [] : ['light.party_lamp: off']),
        ].join('\n'),
      };
    },
  };
};

const statesOf = (house: DemoHouse): ReadonlyMap<string, string> =>
  new Map(
    house.hands
      .describe({ language: LANGUAGE })
      .states.split('\n')
      .map((line) => {
        const at = line.indexOf(': ');
        return [line.slice(0, at), line.slice(at + 2)];
      }),
  );

const isLine = (text: string, persona: Persona, name: 'exclamation' | 'unclaimed'): boolean =>
  linesFor(persona, LANGUAGE)[name]?.includes(text) ?? false;
