import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import { messageOf } from './faults.js';
import { chooseModel, modelToPull } from './llm/choose-model.js';
import { chooseModel as chooseEmbedded, SLOWEST } from './llm/embedded/choose.js';
import { type EmbeddedModel, openEmbedded } from './llm/embedded/embedded.js';
import { installLlama } from './llm/embedded/install.js';
import { findOllama } from './llm/find-ollama.js';
import { isThisMachine } from './llm/leaving.js';
import { openOllama } from './llm/ollama.js';
import { listModels, type OllamaAddress, pullModel } from './llm/ollama-server.js';
import { ModelFault } from './llm/trouble.js';
import type { Log } from './log.js';
import type { MindRequest } from './mind.js';
import type { OnProgress } from './models/fetch-event.js';
import { progressView } from './models/progress-view.js';
import { shipped } from './package.js';
import type { LanguageModel } from './stages.js';

/** A model that was found, and why this one. */
export interface Found {
  readonly model: LanguageModel;
  readonly why: string;
  /** Tokens that it holds. */
  readonly contextTokens: number;
}

/** All that is asked where nothing may go over the network. */
const THIS_MACHINE = 'http://localhost:11434';
/** Small machines read a prompt at a hundred tokens a second. */
const CONTEXT = 1024;
/** The tools of a house of forty things take 2,000. */
const CONTEXT_TO_ACT = 4096;

/** A model on an Ollama, or why there is none, in words. @throws ModelFault; the signal's reason. */
export const findOllamaModel = async (request: MindRequest, signal: AbortSignal): Promise<Found | string> => {
  const { options, log, clock, environment = process.env, places } = request;
  const { mind } = options;
  const url = await findOllama(
    {
      clock,
      log,
      ...(mind.url !== '' && { url: mind.url }),
      ...(environment.OLLAMA_HOST && { host: environment.OLLAMA_HOST }),
      ...(options.offline && { places: [THIS_MACHINE] }),
      ...(places && { places }),
      ...(mind.key !== '' && { key: mind.key }),
    },
    signal,
  );
  if (url === undefined) {
    return mind.url === '' ? 'no Ollama at any of the usual places' : `no Ollama answers at ${mind.url}`;
  }
  const address: OllamaAddress = { url, clock, ...(mind.key !== '' && { key: mind.key }) };
  const name = await nameOfModel(request, address, signal);
  if (name === undefined) return `Ollama at ${url} has no model that would make sense here`;
  const hands = mind.hands === 'auto' ? undefined : mind.hands === 'on';
  const large = mind.num_ctx === 0 && hands !== false && (await mayAct(address, name, hands, signal));
  const contextTokens = mind.num_ctx > 0 ? mind.num_ctx : large ? CONTEXT_TO_ACT : CONTEXT;
  const model = openOllama({
    ...address,
    model: name,
    numCtx: contextTokens,
    numPredict: mind.num_predict,
    temperature: mind.temperature,
    keepAlive: /^-?\d+$/.test(mind.keep_alive) ? Number(mind.keep_alive) : mind.keep_alive,
    ...(mind.num_thread > 0 && { numThread: mind.num_thread }),
    ...(hands !== undefined && { hands }),
    log,
  });
  return { model, contextTokens, why: `${mind.model === '' ? 'the best of' : 'on'} Ollama at ${url}` };
};

const nameOfModel = async (
  { options, log, onProgress }: MindRequest,
  address: OllamaAddress,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const { fetch, model } = options.mind;
  const models = await listModels(address, signal);
  const machine = { memory: freemem(), cores: availableParallelism() };
  const here = isThisMachine(address.url) ? machine : undefined;
  if (model !== '') {
    const names = [model, `${model}:latest`];
    if (models.some(({ name }) => names.includes(name))) return model;
  } else {
    const best = chooseModel(models, here);
    if (best !== undefined) return best;
  }
  const wanted = model === '' ? modelToPull(machine) : model;
  if (wanted === undefined) return undefined;
  if (!fetch || options.offline) {
    if (model === '') return undefined;
    throw new ModelFault('missing', `Ollama at ${address.url} does not have the model ${model}.`, {
      hint: `Fetch it with "ollama pull ${model}", or let us do it: mind.fetch: true.`,
    });
  }
  log.info({ stage: 'llm' }, `Ollama at ${address.url} fetches ${wanted}`);
  const show = onProgress ?? barOf(log);
  show({ kind: 'started', key: wanted, label: wanted });
  try {
    await pullModel(
      address,
      wanted,
      ({ received, total }) => show({ kind: 'received', key: wanted, received, ...(total > 0 && { total }) }),
      signal,
    );
  } catch (error) {
    show({ kind: 'failed', key: wanted, reason: messageOf(error) });
    throw error;
  }
  show({ kind: 'done', key: wanted });
  return wanted;
};

const barOf = (log: Log): OnProgress =>
  progressView({ stream: process.stderr, line: (text) => log.info({ stage: 'llm' }, text) }).onProgress;

/** As `openOllama` will find out: the context has to be known before. */
const mayAct = async (
  address: OllamaAddress,
  name: string,
  hands: boolean | undefined,
  signal: AbortSignal,
): Promise<boolean> => {
  if (hands !== undefined) return hands;
  const models = await listModels(address, signal);
  const entry = models.find((one) => one.name === name || one.name === `${name}:latest`);
  return (entry?.parameters ?? 0) >= 3e9;
};

/** A model in a process of our own, where library and file are there, or why there is none. */
export const findEmbedded = async ({ options, log }: MindRequest, signal: AbortSignal): Promise<Found | string> => {
  const { mind, folders } = options;
  const asked = mind.engine === 'embedded';
  const measured = new Map<string, number>();
  for (;;) {
    const chosen = chooseFile(mind.model, folders.models, measured);
    if ('none' in chosen) return `no embedded model: ${chosen.none}`;
    if (!existsSync(chosen.file)) return `no embedded model: ${chosen.file} is not there`;
    const folder = join(folders.data, 'llama');
    const isThere = existsSync(join(folder, 'node_modules', 'node-llama-cpp'));
    if (!isThere && (!(asked || mind.fetch) || options.offline)) {
      return 'no embedded model: its library is not installed (mind.engine: embedded installs it)';
    }
    const contextTokens = mind.num_ctx > 0 ? mind.num_ctx : CONTEXT;
    const library = await installLlama({ folder, manifest: shipped('llama'), signal });
    const model = openEmbedded({
      model: chosen.file,
      id: chosen.id,
      library,
      states: join(folders.data, 'mind-states'),
      ...(mind.num_thread > 0 && { threads: mind.num_thread }),
      context: contextTokens,
      sampling: { temperature: mind.temperature, tokens: mind.num_predict },
      log,
    });
    // Whoever names a model wants that one.
    if (mind.model !== '') return { model, contextTokens, why: chosen.why };
    const speed = await speedOf(model, signal);
    if (speed >= SLOWEST) return { model, contextTokens, why: chosen.why };
    measured.set(chosen.id, speed);
    log.info({ stage: 'llm', tokens_per_second: speed }, `${model.name} is too slow for this machine`);
    await model.close();
  }
};

type ChosenFile = { readonly id: string; readonly file: string; readonly why: string } | { readonly none: string };

const chooseFile = (wanted: string, folder: string, measured: ReadonlyMap<string, number>): ChosenFile => {
  if (wanted.endsWith('.gguf')) return { id: wanted, file: wanted, why: 'the file of the options' };
  if (wanted !== '') return { id: wanted, file: fileOf(folder, wanted), why: 'the model of the options' };
  const choice = chooseEmbedded({ cores: availableParallelism(), freeMemory: freemem(), measured });
  return choice.kind === 'none'
    ? { none: choice.why }
    : { id: choice.id, file: fileOf(folder, choice.id), why: choice.why };
};

/** The GGUF file of a model's folder. */
const fileOf = (folder: string, id: string): string => {
  const own = join(folder, id);
  const file = existsSync(own) ? readdirSync(own).find((name) => name.endsWith('.gguf')) : undefined;
  return join(own, file ?? 'model.gguf');
};

const speedOf = async (model: EmbeddedModel, signal: AbortSignal): Promise<number> => {
  try {
    return (await model.measureSpeed(signal)).generating;
  } catch (error) {
    signal.throwIfAborted();
    await model.close();
    throw new ModelFault('failed', `${model.name} cannot be used: ${messageOf(error)}`, { cause: error });
  }
};
