import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from './clock.js';
import { Fault, messageOf } from './faults.js';
import { type BudgetStore, openBudget, type Spent } from './llm/budget.js';
import { withCircuit } from './llm/circuit.js';
import { openOpenai } from './llm/openai.js';
import { withFallback } from './llm/race.js';
import { standIn } from './llm/stand-in.js';
import type { Log } from './log.js';
import { type Found, findEmbedded, findOllamaModel } from './mind-search.js';
import type { OnProgress } from './models/fetch-event.js';
import type { Options } from './options/schema.js';
import type { LanguageModel } from './stages.js';
import type { Milliseconds } from './units.js';

/** The language model that the options lead to, and what it was given. */
export interface OpenedMind {
  /** Stands for whichever model was found; asked before, it says that there is none. */
  readonly model: LanguageModel;
  /** Whether there is a model. Where not, written lines answer. */
  available(): boolean;
  /** Tokens that it holds. */
  readonly contextTokens: number;
  /** Calls back whenever a model was found; at once, where there is one. Returns what ends that. */
  onFound(listener: () => void): () => void;
  /** The first search is over. Never rejects. */
  readonly searched: Promise<void>;
  /** For people: which model, why, and where its words go. */
  describe(): string;
  close(): Promise<void>;
}

export interface MindRequest {
  readonly options: Options;
  readonly log: Log;
  readonly clock: Clock;
  /** Shows how far a model is fetched; default a bar on stderr. */
  readonly onProgress?: OnProgress;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where an Ollama is looked for, instead of the usual places. For tests. */
  readonly places?: readonly string[];
}

/** Of a cloud's model: enough for any house, and no more than is worth paying for. */
const CLOUD_CONTEXT = 8192;
/** A server that is not there may come; looking for it costs a few packets. */
const LOOK_AGAIN: Milliseconds = 60_000;
/** In the end: most houses have none, and never will. */
const LOOK_SELDOM: Milliseconds = 15 * 60_000;

/**
 * Opens the language model that the options ask for: local ones first, with a cloud behind them where one is configured.
 * Returns at once and looks in the background, so that no start waits for a server that is away. Undefined where the
 * options want none.
 * @throws Fault `usage` for an address that is none.
 */
export const openMind = (request: MindRequest): OpenedMind | undefined => {
  const { options, log, clock } = request;
  const { mind } = options;
  const cloud = cloudOf(request);
  if (mind.engine === 'none' && !cloud) return undefined;
  const closing = new AbortController();
  const { signal } = closing;
  const listeners = new Set<() => void>();
  let found: Found | undefined;
  let reason = 'looked for';
  let warned = false;

  const model = standIn('language model', cloud);
  const use = (one: Found): void => {
    found = one;
    const local = withCircuit(one.model, { clock, log });
    model.become(cloud ? withFallback(local, cloud, { after: mind.fallback_after, clock, log }) : local);
    log.info({ stage: 'llm' }, `The mind is ${one.model.name}: ${one.why}`);
    for (const listener of listeners) listener();
  };

  const look = async (): Promise<boolean> => {
    const tries = [
      ...(mind.engine === 'auto' || mind.engine === 'ollama' ? [findOllamaModel] : []),
      ...(mind.engine === 'auto' || mind.engine === 'embedded' ? [findEmbedded] : []),
    ];
    const reasons: string[] = [];
    for (const find of tries) {
      try {
        const one = await find(request, signal);
        if (signal.aborted) {
          if (typeof one !== 'string') await one.model.close();
          return true;
        }
        if (typeof one !== 'string') {
          use(one);
          return true;
        }
        reasons.push(one);
      } catch (error) {
        if (signal.aborted) return true;
        reasons.push(messageOf(error));
        // What the options name is expected to be there; what is only looked for is not.
        const wanted = mind.engine !== 'auto' || mind.url !== '' || mind.model !== '';
        if (!warned && (wanted || !(error instanceof Fault))) {
          log.warn({ stage: 'llm', error }, 'The mind cannot be opened');
          warned = true;
        }
      }
    }
    reason = reasons.join('; ');
    return mind.engine === 'none';
  };

  const searched = look().then((done) => {
    if (done) return;
    log.info({ stage: 'llm' }, `No language model, so written lines answer: ${reason}`);
    void (async () => {
      for (let pause = LOOK_AGAIN; ; pause = Math.min(pause * 2, LOOK_SELDOM)) {
        await clock.sleep(pause, signal);
        if (await look()) return;
      }
    })().catch(() => {});
  });

  return {
    model,
    available: () => model.isSomebody,
    get contextTokens() {
      return found?.contextTokens ?? CLOUD_CONTEXT;
    },
    onFound(listener) {
      listeners.add(listener);
      if (model.isSomebody) listener();
      return () => listeners.delete(listener);
    },
    searched,
    describe() {
      const local = found
        ? `${found.model.name} (${found.why})`
        : mind.engine === 'none'
          ? undefined
          : `none (${reason})`;
      const parts = [...(local ? [local] : []), ...(cloud ? [`${cloud.name}, outside the house`] : [])];
      return parts.join(', helped out by ');
    },
    async close() {
      closing.abort();
      listeners.clear();
      await searched;
      await model.close();
    },
  };
};

const cloudOf = ({ options, log, clock }: MindRequest): LanguageModel | undefined => {
  const { cloud_key, cloud_model, cloud_requests, cloud_budget, cloud_url, hands, num_predict, temperature } =
    options.mind;
  if (cloud_url === '') return undefined;
  const store = budgetFile(join(options.folders.data, 'cloud-budget.json'));
  const model = openOpenai({
    url: cloud_url,
    key: cloud_key,
    model: cloud_model,
    maxTokens: num_predict,
    temperature,
    hands: hands !== 'off',
    budget: openBudget({ requests: cloud_requests, tokens: cloud_budget }, { clock, store, log }),
    clock,
    log,
  });
  return withCircuit(model, { clock, log });
};

/** What was used today, so that a restart does not begin the day anew. */
const budgetFile = (path: string): BudgetStore => ({
  async read() {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const { day, requests, tokens } = JSON.parse(text) as Partial<Spent>;
    if (typeof day !== 'string' || typeof requests !== 'number' || typeof tokens !== 'number') return undefined;
    return { day, requests, tokens };
  },
  async write(spent) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify(spent));
  },
});
