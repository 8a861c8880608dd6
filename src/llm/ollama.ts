import { availableParallelism } from 'node:os';
import type { ChatRequest, ToolCall as OllamaCall } from 'ollama';
import type { Log } from '../log.js';
import type { LanguageModel, Prompt, Thinking, Tool } from '../stages.js';
import type { Milliseconds } from '../units.js';
import { speakable } from './filters.js';
import { readGrammar, withGrammar } from './grammar-calls.js';
import { isInHouse, isThisMachine, mayLeave } from './leaving.js';
import {
  dial,
  HINT_DOWN,
  inquire,
  isRemoteName,
  nameOf,
  type OllamaAddress,
  ollamaUrl,
  troubleOf,
} from './ollama-server.js';
import { ollamaMessages, ollamaTools } from './ollama-wire.js';
import { ModelFault } from './trouble.js';
import { type Watchdog, watch } from './watchdog.js';

export interface OllamaSettings extends OllamaAddress {
  /** `llama3.2:1b`. */
  readonly model: string;
  /** Tokens of prompt and answer together; default 1024. */
  readonly numCtx?: number;
  /** Tokens of an answer at most; default 100. */
  readonly numPredict?: number;
  /** Default 0.7. */
  readonly temperature?: number;
  /**
   * Default: one fewer than the cores of this machine (with all of them, a busy voice pipeline slows the model down
   * twelvefold), and the server's own choice where it runs elsewhere.
   */
  readonly numThread?: number;
  /** How long the model stays in memory after a question, `10m` or seconds; default −1, for good. */
  readonly keepAlive?: string | number;
  /** Whether the model may act in the house; default: if it has as many parameters as that takes. */
  readonly hands?: boolean;
  /** To the first word; default 20 s. */
  readonly firstWord?: Milliseconds;
  /** Between two words; default 10 s. */
  readonly silence?: Milliseconds;
  readonly log?: Log;
}

/**
 * Models of 0.1 and 1.1 billion parameters chose the right action in half the cases. Larger ones could not be measured:
 * this is a guess on the safe side, for the option `hands` to overrule.
 */
const HANDS_FROM = 3e9;
/** Reading a model of some gigabytes from an SD card. */
const LOADING: Milliseconds = 180_000;

/** Newer servers than the package knows give calls an id. */
type WithId = OllamaCall & { readonly id?: string };

/** What was learnt of a model and its server. */
interface Lore {
  parameters?: number;
  /** How it acts: by its own tool calls, or bound to a grammar. */
  calls: 'own' | 'grammar';
  /** Whether its template goes on from an answer that was begun. Else that would be a turn of its own, with another after it. */
  continues: boolean;
  /** The server takes the order not to think aloud. */
  takesThink: boolean;
  warnedOfLength: boolean;
}

/**
 * A model on an Ollama server. An abort comes back at once and ends the work at the server, but for one thing: the server
 * notices it with a word, so that it first reads the prompt to its end (github.com/ollama/ollama/issues/11889). What it has
 * read stays read, and the next prompt as a rule begins with the same: only the sentence that was given up is read in vain.
 * Nothing is sent before the first `warm` or `ask`. Throws a `Fault` 'usage' for a bad `url`. */
export const openOllama = (settings: OllamaSettings): LanguageModel => {
  const { model, clock, log, firstWord = 20_000, silence = 10_000 } = settings;
  const url = ollamaUrl(settings.url);
  const address = { ...settings, url };
  const local = isInHouse(url) && !isRemoteName(model);
  const who = nameOf(url);
  const lore: Lore = { calls: 'own', continues: true, takesThink: true, warnedOfLength: false };
  const running = new Set<Watchdog>();
  const numCtx = settings.numCtx ?? 1024;
  const numThread = settings.numThread ?? (isThisMachine(url) ? Math.max(1, availableParallelism() - 1) : undefined);
  const options = {
    num_ctx: numCtx,
    num_predict: settings.numPredict ?? 100,
    temperature: settings.temperature ?? 0.7,
    ...(numThread !== undefined && { num_thread: numThread }),
  };

  const requestOf = (asked: Prompt): ChatRequest & { stream: true } => {
    const prompt = lore.continues ? asked : { ...asked, begin: '' };
    const { tools = [] } = prompt;
    const common = { model, stream: true, options, keep_alive: settings.keepAlive ?? -1 } as const;
    const think = lore.takesThink && { think: false };
    if (tools.length === 0) return { ...common, ...think, messages: ollamaMessages(prompt) };
    if (lore.calls === 'own') {
      return { ...common, ...think, messages: ollamaMessages(prompt), tools: ollamaTools(tools) };
    }
    const bound = withGrammar({ ...prompt, tools });
    return { ...common, ...think, messages: ollamaMessages(bound.prompt), format: bound.format };
  };

  const watchdog = (signal: AbortSignal, first: Milliseconds): Watchdog =>
    watch(signal, {
      clock,
      limits: { first, silence },
      slow: () =>
        new ModelFault('slow', `${who} has not said a word of ${model} in ${first / 1000} s.`, {
          hint: 'Choose a smaller model, or give it more time (first_word).',
        }),
      stalled: () => new ModelFault('stalled', `${who} fell silent in the middle of its answer.`, { hint: HINT_DOWN }),
    });

  /** One request. `began` is called with the first word or call. */
  const once = async function* (prompt: Prompt, dog: Watchdog, secrets: readonly string[]): AsyncGenerator<Thinking> {
    const request = requestOf(prompt);
    const grammar = request.format === undefined ? undefined : readGrammar();
    const filter = speakable(prompt.begin);
    let empty = true;
    const words = function* (text: string): Generator<Thinking> {
      if (text === '') return;
      empty = false;
      dog.begun();
      yield { kind: 'text', text };
    };
    for await (const { message, done, prompt_eval_count: read } of await dial({ ...address, dog, secrets }).chat(
      request,
    )) {
      const content = message?.content ?? '';
      yield* words(filter.take(grammar ? grammar.take(content) : content));
      for (const { function: call, id } of (message?.tool_calls ?? []) as WithId[]) {
        empty = false;
        dog.begun();
        yield { kind: 'call', call: { ...(id && { id }), name: call.name, arguments: call.arguments } };
      }
      if (done && read >= numCtx - 1) warnOfLength();
    }
    dog.finish();
    yield* words(filter.end());
    const call = grammar?.end();
    if (call) yield call;
    else if (empty && !prompt.begin) {
      throw new ModelFault('empty', `${model} answered with nothing.`, { hint: 'A larger num_predict may help.' });
    }
  };

  const warnOfLength = () => {
    if (lore.warnedOfLength) return;
    lore.warnedOfLength = true;
    log?.warn({ stage: 'llm', num_ctx: numCtx }, `${model} forgets the beginning of its prompt: make num_ctx larger`);
  };

  /** Whether the server can be asked again in another way, because it has just said what it cannot do. */
  const learn = (trouble: unknown, tools: readonly Tool[] | undefined): boolean => {
    if (!(trouble instanceof ModelFault)) return false;
    if (trouble.trouble === 'no-tools' && lore.calls === 'own' && tools?.length) {
      lore.calls = 'grammar';
      return true;
    }
    if (trouble.trouble === 'options' && lore.takesThink && /think/i.test(trouble.message)) {
      lore.takesThink = false;
      return true;
    }
    return false;
  };

  /** A server that is slow because it still loads says so in the list of what it has loaded. */
  const explain = async (trouble: unknown, signal: AbortSignal): Promise<unknown> => {
    if (!(trouble instanceof ModelFault) || trouble.trouble !== 'slow' || signal.aborted) return trouble;
    try {
      const { models } = await inquire(address, (client) => client.ps(), signal, { within: 500 });
      if (models.some(({ name }) => name === model || name === `${model}:latest`)) return trouble;
    } catch {
      return trouble;
    }
    return new ModelFault('loading', `${who} is still loading ${model}.`, {
      hint: 'It will answer when that is done.',
      cause: trouble,
    });
  };

  const ask = async function* (
    prompt: Prompt,
    signal: AbortSignal,
    committed?: Promise<void>,
  ): AsyncGenerator<Thinking> {
    signal.throwIfAborted();
    if (!local) {
      await mayLeave(committed, signal);
      log?.info({ stage: 'llm', host: new URL(url).host }, `Speech left the house: asked ${model}`);
    }
    const secrets = prompt.messages.map(({ text }) => text);
    for (let began = false; ; ) {
      const dog = watchdog(signal, firstWord);
      running.add(dog);
      try {
        for await (const thinking of once(prompt, dog, secrets)) {
          began = true;
          dog.pause();
          yield thinking;
          dog.resume();
          // Words may have come already that are not wanted any more.
          dog.signal.throwIfAborted();
        }
        return;
      } catch (error) {
        const trouble = troubleOf(error, url, dog);
        if (began || !learn(trouble, prompt.tools)) throw await explain(trouble, signal);
      } finally {
        dog.end();
        running.delete(dog);
      }
    }
  };

  const study = async (signal: AbortSignal): Promise<void> => {
    const shown = await inquire(address, (client) => client.show({ model }), signal, { model });
    // Declared a Map by the package, and an object on the wire.
    const info = (shown.model_info ?? {}) as unknown as Readonly<Record<string, unknown>>;
    const parameters = info['general.parameter_count'];
    if (typeof parameters === 'number') lore.parameters = parameters;
    lore.continues = goesOn(shown.template ?? '');
    if (shown.capabilities && !shown.capabilities.includes('tools')) lore.calls = 'grammar';
  };

  return {
    name: `ollama ${model}`,
    local,
    get hands() {
      return settings.hands ?? (lore.parameters ?? 0) >= HANDS_FROM;
    },
    ask,
    async warm(prompt, signal) {
      await study(signal);
      // Elsewhere it would be paid for, and the prompt tells of the house.
      if (!local) return;
      for (;;) {
        const dog = watchdog(signal, LOADING);
        running.add(dog);
        try {
          const request = requestOf(prompt);
          const client = dial({ ...address, dog });
          for await (const _ of await client.chat({ ...request, options: { ...options, num_predict: 1 } })) dog.begun();
          dog.finish();
          return;
        } catch (error) {
          const trouble = troubleOf(error, url, dog);
          if (!learn(trouble, prompt.tools)) throw trouble;
        } finally {
          dog.end();
          running.delete(dog);
        }
      }
    },
    async close() {
      for (const dog of running) dog.end();
    },
  };
};

/** A template that lists messages closes each of them, unless it knows the last one. One that does not list them is left open by the server. */
const goesOn = (template: string): boolean => !template.includes('.Messages') || /\$last\b/i.test(template);
