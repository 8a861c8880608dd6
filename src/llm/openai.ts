import type { Clock } from '../clock.js';
import { Fault } from '../faults.js';
import type { Log } from '../log.js';
import type { LanguageModel, Prompt, Thinking } from '../stages.js';
import type { Milliseconds } from '../units.js';
import type { Budget } from './budget.js';
import { speakable } from './filters.js';
import { mayLeave } from './leaving.js';
import { openaiRefusal } from './openai-faults.js';
import { type ChunkReader, chunkReader, openaiMessages, openaiTools } from './openai-wire.js';
import { beginningOf } from './response-text.js';
import { eventParser } from './sse.js';
import { connectionTrouble, ModelFault } from './trouble.js';
import { type Watchdog, watch } from './watchdog.js';

export interface OpenaiSettings {
  /** Up to and with the version, `https://api.openai.com/v1`. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
  /** Tokens of an answer at most; default 100. */
  readonly maxTokens?: number;
  /** Default 0.7. */
  readonly temperature?: number;
  /** Whether the model may act in the house; default true. */
  readonly hands?: boolean;
  /** To the first word; default 10 s. */
  readonly firstWord?: Milliseconds;
  /** Between two signs of life; default 5 s. */
  readonly silence?: Milliseconds;
  readonly budget?: Budget;
  readonly clock: Clock;
  readonly log?: Log;
  /** Default Node's own. */
  readonly fetch?: typeof fetch;
}

const HINT = 'Check the address of the cloud model and the connection to the internet.';
/** A token of English, where a server does not count. */
const CHARACTERS_PER_TOKEN = 4;

/** A model at any endpoint that speaks the dialect of OpenAI's chat completions. Throws a `Fault` 'usage' for a bad `url`. */
export const openOpenai = (settings: OpenaiSettings): LanguageModel => {
  const { key, model, clock, log, budget, firstWord = 10_000, silence = 5_000 } = settings;
  const url = endpointOf(settings.url);
  const { host } = url;
  const who = `The cloud at ${host}`;
  const running = new Set<Watchdog>();
  /** What a server has said that it does not take. Endpoints differ, and say so one thing at a time. */
  const refused = new Set<string>();
  /** The server wants to be left alone until then. */
  let resting: ModelFault | undefined;

  const bodyOf = (prompt: Prompt): Record<string, unknown> => {
    const limit = refused.has('max_tokens') ? 'max_completion_tokens' : 'max_tokens';
    const messages = openaiMessages(refused.has('begin') ? { ...prompt, begin: '' } : prompt);
    return {
      model,
      stream: true,
      ...(!refused.has('stream_options') && { stream_options: { include_usage: true } }),
      [limit]: settings.maxTokens ?? 100,
      ...(!refused.has('temperature') && { temperature: settings.temperature ?? 0.7 }),
      messages,
      ...(prompt.tools?.length && { tools: openaiTools(prompt.tools) }),
    };
  };

  const learn = (trouble: unknown, prompt: Prompt): boolean => {
    if (!(trouble instanceof ModelFault) || trouble.trouble !== 'options') return false;
    const found = ['max_tokens', 'stream_options', 'temperature'].find(
      (name) => trouble.message.includes(name) && !refused.has(name),
    );
    // Some want the last word to be the user's.
    const name = found ?? (prompt.begin && /assistant|last message|role/i.test(trouble.message) ? 'begin' : undefined);
    if (!name || refused.has(name)) return false;
    refused.add(name);
    return true;
  };

  const connect = async (
    body: string,
    dog: Watchdog,
    secrets: readonly string[],
  ): Promise<ReadableStream<Uint8Array>> => {
    const response = await (settings.fetch ?? fetch)(url, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', Accept: 'text/event-stream' },
      body,
      signal: dog.signal,
      redirect: 'manual',
    });
    if (!response.ok) {
      throw openaiRefusal({
        who,
        model,
        status: response.status,
        body: await beginningOf(response),
        retryAfter: response.headers.get('retry-after'),
        now: clock.now(),
        secrets,
      });
    }
    if (!response.body || !/^text\/event-stream/i.test(response.headers.get('content-type') ?? '')) {
      await response.body?.cancel();
      throw garbage('with something that is no stream of words');
    }
    return response.body;
  };

  const garbage = (how: string) =>
    new ModelFault('garbage', `${who} answers ${how}.`, {
      hint: 'Check that the url is that of an OpenAI-compatible endpoint, and ends as a rule with /v1.',
    });

  /** The text of one answer as it comes; the reader knows the rest of it afterwards. */
  const read = async function* (
    stream: ReadableStream<Uint8Array>,
    reader: ChunkReader,
    dog: Watchdog,
    secrets: readonly string[],
  ): AsyncGenerator<string> {
    const parser = eventParser();
    const decoder = new TextDecoder();
    // Not `for await`, which would break off the connection at the end that we see, before the one that HTTP does.
    const source = stream.getReader();
    for (;;) {
      const { value: bytes, done } = await source.read();
      if (done) break;
      dog.alive();
      for (const data of parser.push(decoder.decode(bytes, { stream: true }))) {
        if (data === '[DONE]') return;
        const { text, error } = reader.take(data);
        if (error) {
          const body = JSON.stringify({ error });
          throw openaiRefusal({ who, model, status: 200, body, retryAfter: null, now: clock.now(), secrets });
        }
        if (reader.calling) dog.begun();
        if (text !== '') yield text;
      }
    }
    if (!reader.finished) throw new ModelFault('cut', `${who} broke off in the middle of its answer.`, { hint: HINT });
  };

  const once = async function* (prompt: Prompt, dog: Watchdog): AsyncGenerator<Thinking> {
    const secrets = [key, ...prompt.messages.map(({ text }) => text)];
    const body = JSON.stringify(bodyOf(prompt));
    const reader = chunkReader();
    const filter = speakable(prompt.begin);
    let empty = true;
    let length = 0;
    let sent = false;
    const words = function* (text: string): Generator<Thinking> {
      if (text === '') return;
      empty = false;
      dog.begun();
      yield { kind: 'text', text };
    };
    try {
      const stream = await connect(body, dog, secrets);
      sent = true;
      for await (const text of read(stream, reader, dog, secrets)) {
        length += text.length;
        yield* words(filter.take(text));
      }
      yield* words(filter.end());
      yield* reader.calls();
      if (empty && reader.calls().length === 0 && !prompt.begin) {
        throw new ModelFault('empty', `${model} answered with nothing.`, { hint: 'A larger max_tokens may help.' });
      }
    } finally {
      // Broken off or complete, it is paid for, unless it was refused.
      if (sent || dog.signal.aborted)
        budget?.use(reader.tokens ?? Math.ceil((body.length + length) / CHARACTERS_PER_TOKEN));
    }
  };

  const troubleOf = (error: unknown, dog: Watchdog): unknown => {
    if (dog.signal.aborted) return dog.signal.reason;
    if (error instanceof SyntaxError || error instanceof RangeError)
      return garbage('with something that nobody can read');
    return connectionTrouble(error, who, HINT);
  };

  const ask = async function* (
    prompt: Prompt,
    signal: AbortSignal,
    committed?: Promise<void>,
  ): AsyncGenerator<Thinking> {
    await mayLeave(committed, signal);
    if (resting && clock.now() < (resting.until ?? 0)) throw resting;
    await budget?.admit();
    signal.throwIfAborted();
    log?.info({ stage: 'llm', host }, `Speech left the house: asked ${model} at ${host}`);
    for (let began = false; ; ) {
      const dog = watch(signal, {
        clock,
        limits: { first: firstWord, silence },
        slow: () => new ModelFault('slow', `${who} has not said a word in ${firstWord / 1000} s.`, { hint: HINT }),
        stalled: () => new ModelFault('stalled', `${who} fell silent in the middle of its answer.`, { hint: HINT }),
      });
      running.add(dog);
      try {
        for await (const thinking of once(prompt, dog)) {
          began = true;
          dog.pause();
          yield thinking;
          dog.resume();
          // Words may have come already that are not wanted any more.
          dog.signal.throwIfAborted();
        }
        dog.finish();
        return;
      } catch (error) {
        const trouble = troubleOf(error, dog);
        if (trouble instanceof ModelFault && trouble.until !== undefined) resting = trouble;
        if (began || !learn(trouble, prompt)) throw trouble;
      } finally {
        dog.end();
        running.delete(dog);
      }
    }
  };

  return {
    name: `${model} at ${host}`,
    local: false,
    hands: settings.hands ?? true,
    ask,
    // A throw-away request would be paid for, and tell of the house before anybody has spoken.
    async warm() {},
    async close() {
      for (const dog of running) dog.end();
    },
  };
};

const endpointOf = (text: string): URL => {
  try {
    const url = new URL(text.trim());
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError('neither http nor https');
    if (!/\/chat\/completions\/?$/.test(url.pathname))
      url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
    return url;
  } catch (error) {
    throw new Fault('usage', `"${text}" is no address of a cloud model.`, {
      hint: 'Write it as https://api.openai.com/v1.',
      cause: error,
    });
  }
};
