import type { Clock } from '../../clock.js';
import type { Hands, LanguageModel, Say, TurnContext } from '../../stages.js';
import type { Milliseconds } from '../../units.js';
import type { Exchange } from '../history.js';
import type { CheckCall } from './calls.js';
import { namesIn } from './facts.js';
import { type Gaps, rememberGaps } from './gap.js';
import { type Beginning, beginningOf, historyOf, type Speaker } from './prompt.js';
import { keepWarm, type Warmth } from './warmth.js';

interface MindLog {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** A language model, and what it is given to think about. */
export interface MindOptions {
  readonly model: LanguageModel;
  /** Whether the model can be asked. Where not, it is as if there were none. Default always. */
  readonly available?: () => boolean;
  readonly speaker: Speaker;
  /** The house. Without it the model only talks. */
  readonly hands?: Hands;
  /** Where there are hands. */
  readonly check?: CheckCall;
  /** Tokens that the model can hold, prompt and answer together. Default 1024. */
  readonly contextTokens?: () => number;
  /** Tokens of an answer. Default 100. */
  readonly answerTokens?: number;
  /** A wait for the first sentence that is longer than this is filled. Default 300 ms. */
  readonly tauntAfter?: Milliseconds;
  /** Renders a sentence that will probably be spoken. */
  readonly prepare?: (say: Say, signal: AbortSignal) => Promise<void>;
  readonly log: MindLog;
}

/** An open mind: the options with what is remembered from turn to turn. */
export interface Mind extends MindOptions {
  readonly clock: Clock;
  readonly tauntAfter: Milliseconds;
  /** Tokens of a prompt. */
  readonly budget: number;
  readonly gaps: Gaps;
  readonly warmth: Warmth;
  /** The part of a prompt that is always the same; the same object as long as it is. */
  beginning(context: TurnContext): Beginning;
  /** What things and rooms are called. */
  names(context: TurnContext): readonly string[];
  /** Has the talk so far read ahead, for whoever goes on with it. */
  warm(context: TurnContext, exchanges: readonly Exchange[]): Promise<void>;
}

const CONTEXT_TOKENS = 1024;
const ANSWER_TOKENS = 100;
const TAUNT_AFTER: Milliseconds = 300;
/** Tokens are guessed. */
const MARGIN = 0.95;
/** Less has no room for a persona. */
const LEAST = 200;

export function createMind(options: MindOptions, clock: Clock): Mind {
  const { model, hands, log, speaker, answerTokens = ANSWER_TOKENS } = options;
  const { tauntAfter = TAUNT_AFTER } = options;
  const contextTokens = (): number => options.contextTokens?.() ?? CONTEXT_TOKENS;
  const budget = (): number => Math.max(LEAST, (contextTokens() - answerTokens) * MARGIN);
  const warmth = keepWarm(model, log);
  /** One: houses change seldom, and their people speak one language as a rule. */
  let last: { readonly key: string; readonly beginning: Beginning; readonly names: readonly string[] } | undefined;
  let told = false;

  const known = (context: TurnContext): NonNullable<typeof last> => {
    const things = hands?.describe(context).things ?? '';
    const tools = hands && model.hands ? hands.tools(context) : [];
    const key = JSON.stringify([context.language, things, tools, budget()]);
    if (last?.key === key) return last;
    const beginning = beginningOf({ speaker, language: context.language, things, tools, budget: budget() });
    last = { key, beginning, names: namesIn(things) };
    if (beginning.toolsDropped && !told) {
      told = true;
      log.warn(
        { stage: 'llm', num_ctx: contextTokens() },
        `${model.name} cannot act: the tools of this house do not fit beside the prompt. Make mind.num_ctx larger, 4096 or more`,
      );
    }
    return last;
  };

  const mind: Mind = {
    ...options,
    clock,
    tauntAfter,
    get budget() {
      return budget();
    },
    gaps: rememberGaps(tauntAfter),
    warmth,
    beginning: (context) => known(context).beginning,
    names: (context) => known(context).names,
    warm: (context, exchanges) =>
      warmth.warm(() => {
        const { messages, system, tools, tokens } = known(context).beginning;
        const talk = historyOf(exchanges, budget() - tokens);
        return { system, messages: [...messages, ...talk], ...(tools.length > 0 && { tools }) };
      }),
  };
  return mind;
}
