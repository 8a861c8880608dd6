/** A language model in a process of this program, for houses without Ollama. */
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { Log } from '../../engines/carrier.js';
import { compiled } from '../../engines/compiled.js';
import { type Host, openHost } from '../../engines/host.js';
import { type Supervised, supervise } from '../../engines/supervised.js';
import { isAbort, messageOf } from '../../faults.js';
import type { LanguageModel, Prompt, Thinking } from '../../stages.js';
import type { Milliseconds } from '../../units.js';
import { decidesRight, type Judgement, type Sampling, samplingFor } from './known-models.js';
import type { About, AnswerItem, AnswerParams, Figures, LlamaInit, Question, Reading, Speed } from './wire.js';

export interface EmbeddedOptions {
  /** The GGUF file. */
  readonly model: string;
  /** As in the catalogue, for logs; default the file's name. */
  readonly id?: string;
  /** Folder of the package node-llama-cpp, or its entry file; default, the one installed beside this program. */
  readonly library?: string;
  /** Default: all cores but one. With all of them, whatever else runs makes llama.cpp's threads wait for each other. */
  readonly threads?: number;
  /** Tokens the model can hold. Default 1024. */
  readonly context?: number;
  /** Folder where what has been read is kept for the next start. Default: it is not kept. */
  readonly states?: string;
  /** Instead of what is known to suit the model's size. */
  readonly sampling?: Partial<Sampling>;
  /** How often this very model was shown to decide right. Without it, it decides nothing. */
  readonly judged?: Judgement;
  /** For the same answers again. Default: each is drawn anew. */
  readonly seed?: number;
  /** After which a model hangs, and is killed: that says nothing (default 60 s), that does not stop (default 3 s). */
  readonly patience?: { readonly silence: Milliseconds; readonly stopping: Milliseconds };
  /** Load now rather than on first use. Default true. */
  readonly preload?: boolean;
  readonly log?: Log;
}

export interface EmbeddedModel extends LanguageModel {
  readonly engine: Supervised;
  /** What the last answer cost; undefined before the first. */
  readonly lastAnswer: Figures | undefined;
  /** What the last prompt that was read ahead cost. */
  readonly lastWarming: Reading | undefined;
  /** How fast the model is on this machine, as busy as it is now. Takes about 100 tokens' time. */
  measureSpeed(signal: AbortSignal): Promise<Speed>;
}

/** The longest prompt on a slow machine takes half of this. */
const SILENCE: Milliseconds = 60_000;
/** An answer that was given up ends within a token or a piece of its prompt: 0.1 s. */
const STOPPING: Milliseconds = 3000;
/** Of models of several gigabytes from a slow disk. */
const LOADING: Milliseconds = 180_000;

export const openEmbedded = (options: EmbeddedOptions): EmbeddedModel => {
  const { context = 1024, judged, library, log, model, preload = true, states } = options;
  const { silence, stopping } = options.patience ?? { silence: SILENCE, stopping: STOPPING };
  const threads = options.threads ?? Math.max(1, availableParallelism() - 1);
  const id = options.id ?? basename(model, '.gguf');
  const name = `embedded ${id}`;
  const init: LlamaInit = { library, model, threads, context, states };
  let about: About | undefined;
  let lastTurn = 0;
  let lastAnswer: Figures | undefined;
  let lastWarming: Reading | undefined;
  /** Read again by a host that was loaded anew, from disk if it can be. */
  let beginning: Question | undefined;

  const hands = () => about !== undefined && decidesRight(about.parameters, judged);

  const open = async (): Promise<Host> => {
    const host = await openHost({
      name,
      carrier: 'process',
      module: compiled(new URL('./llama.host.js', import.meta.url)),
      init,
      startTimeout: LOADING,
      ...(log === undefined ? {} : { log }),
    });
    about = await host.call<About>('about', undefined, { timeout: LOADING });
    if (beginning) host.call<Reading>('warm', beginning, { timeout: SILENCE }).catch(() => {});
    return host;
  };
  const engine = supervise({ name, open, preload, ...(log === undefined ? {} : { log }) });

  const kill = (host: Host, why: string): void => {
    if (!host.alive || host.pid === undefined) return;
    log?.warn({ host: name }, `${name} ${why} and is killed`);
    try {
      process.kill(host.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };

  /** What is native cannot be interrupted: a host that does not stop is of no use to the next question. */
  const mustStop = (host: Host, turn: number): void => {
    if (!host.alive) return;
    host.call('stopped', turn, { timeout: stopping }).catch(() => kill(host, 'does not stop'));
  };

  async function* items(host: Host, params: AnswerParams, signal: AbortSignal): AsyncGenerator<AnswerItem> {
    const limit = () => setTimeout(() => kill(host, `has said nothing for ${silence / 1000} s`), silence);
    let timer = limit();
    let ended = false;
    try {
      for await (const item of host.stream<AnswerItem>('answer', params, signal)) {
        clearTimeout(timer);
        yield item;
        timer = limit();
      }
      ended = true;
    } finally {
      clearTimeout(timer);
      if (!ended) mustStop(host, params.turn);
    }
  }

  const questionOf = ({ messages, system, tools }: Pick<Prompt, 'system' | 'messages' | 'tools'>): Question => ({
    system,
    messages,
    // A model that decides nothing is told of nothing that could be decided.
    ...(hands() && tools !== undefined && tools.length > 0 ? { tools } : {}),
  });

  return {
    name,
    local: true,
    get hands() {
      return hands();
    },
    engine,
    get lastAnswer() {
      return lastAnswer;
    },
    get lastWarming() {
      return lastWarming;
    },
    async *ask(prompt, signal): AsyncGenerator<Thinking> {
      const lease = await engine.lease(signal);
      lastTurn += 1;
      const sampling = { ...samplingFor(about?.parameters ?? 0), ...options.sampling };
      const question = questionOf(prompt);
      const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
      const params: AnswerParams = { ...question, begin: prompt.begin, turn: lastTurn, sampling, seed };
      beginning = { ...question, messages: [] };
      try {
        for await (const item of items(lease.host, params, signal)) {
          if (item.kind === 'figures') {
            lastAnswer = item.figures;
            log?.debug({ host: name, ...item.figures }, 'the language model has answered');
          } else yield item;
        }
      } finally {
        lease.release();
      }
    },
    async warm(prompt, signal) {
      const lease = await engine.lease(signal);
      try {
        const question = questionOf(prompt);
        beginning = { ...question, messages: [] };
        lastWarming = await lease.host.call<Reading>('warm', question, { signal, timeout: SILENCE });
        log?.debug({ host: name, ...lastWarming }, 'the language model has read ahead');
      } finally {
        lease.release();
      }
    },
    async measureSpeed(signal) {
      const lease = await engine.lease(signal);
      try {
        return await lease.host.call<Speed>('measure', undefined, { signal, timeout: SILENCE });
      } finally {
        lease.release();
      }
    },
    close: async () => {
      try {
        await engine.close();
      } catch (error) {
        if (!isAbort(error)) log?.debug({ host: name }, messageOf(error));
      }
    },
  };
};
