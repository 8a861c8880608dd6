import { existsSync } from 'node:fs';
import { join } from 'node:path';
import koffi from 'koffi';
import { Fault, messageOf } from '../faults.js';

/** What `vosk_model_new` and `vosk_recognizer_new` return. */
type Pointer = unknown;
type Library = ReturnType<typeof koffi.load>;

/** The part of libvosk's C interface (vosk_api.h, 0.3.39) that is used here. */
export interface VoskLibrary {
  loadModel(folder: string): Promise<Pointer>;
  /** @param expect makes a recogniser that hears only words of these phrases, in orders like theirs; `[unk]` is any other. */
  newRecogniser(model: Pointer, expect?: readonly string[]): Promise<Pointer>;
  /** @param samples at 16 kHz on the scale of 16-bit samples. Left alone until the promise settles. */
  accept(recogniser: Pointer, samples: Float32Array, count: number): Promise<void>;
  /** JSON, `{ "partial": … }`. */
  partial(recogniser: Pointer): Promise<string>;
  /** JSON, `{ "text": …, "result": [{ "word", "conf", … }] }`. The recogniser begins anew after it. */
  finish(recogniser: Pointer): Promise<string>;
  free(recogniser: Pointer): void;
  /** Whether the model knows a word. */
  knows(model: Pointer, word: string): boolean;
}

const RATE = 16_000;

/** @throws `Fault('model')` where the file is no library for this machine. */
export const openVoskLibrary = (path: string): VoskLibrary => {
  const library = load(path);
  const bind = (declaration: string) => asynchronous(library.func(declaration));
  const modelNew = bind('void *vosk_model_new(const char *path)');
  const recogniserNew = bind('void *vosk_recognizer_new(void *model, float rate)');
  const recogniserNewExpecting = bind('void *vosk_recognizer_new_grm(void *model, float rate, const char *grammar)');
  const accept = bind('int vosk_recognizer_accept_waveform_f(void *recogniser, const float *samples, int count)');
  const partial = bind('const char *vosk_recognizer_partial_result(void *recogniser)');
  const finish = bind('const char *vosk_recognizer_final_result(void *recogniser)');
  const setWords = library.func('void vosk_recognizer_set_words(void *recogniser, int on)');
  const free = library.func('void vosk_recognizer_free(void *recogniser)');
  const findWord = library.func('int vosk_model_find_word(void *model, const char *word)');
  library.func('void vosk_set_log_level(int level)')(-1);

  return {
    loadModel: async (folder) => {
      const model = existsSync(join(folder, 'am', 'final.mdl')) ? await modelNew(folder) : null;
      if (model !== null) return model;
      throw new Fault('model', `${folder} is not a Vosk model, or files of it are missing`, { hint: REFETCH });
    },
    newRecogniser: async (model, expect) => {
      const recogniser =
        expect === undefined
          ? await recogniserNew(model, RATE)
          : await recogniserNewExpecting(model, RATE, JSON.stringify(expect));
      if (recogniser === null) throw new Fault('engine', 'Vosk could not make a recogniser of its model');
      // Words carry the confidences; they cost nothing measurable.
      setWords(recogniser, 1);
      return recogniser;
    },
    accept: async (recogniser, samples, count) => {
      if ((await accept(recogniser, samples, count)) === -1)
        throw new Fault('engine', 'Vosk failed on a piece of sound');
    },
    partial: async (recogniser) => (await partial(recogniser)) as string,
    finish: async (recogniser) => (await finish(recogniser)) as string,
    free: (recogniser) => {
      free(recogniser);
    },
    knows: (model, word) => findWord(model, word) >= 0,
  };
};

const REFETCH = 'Run "evil-assistant models verify", which fetches what is damaged again.';

const load = (path: string): Library => {
  try {
    return koffi.load(path);
  } catch (error) {
    const message = `The speech recognition library ${path} cannot be loaded: ${messageOf(error)}`;
    throw new Fault('model', message, { hint: REFETCH, cause: error });
  }
};

/** Off the event loop: a piece of sound is up to 100 ms of work. */
const asynchronous =
  (call: ReturnType<Library['func']>) =>
  (...parameters: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      call.async(...parameters, (error: unknown, result: unknown) => {
        if (error) reject(error);
        else resolve(result);
      });
    });
