/** The host of a Piper voice: the model and the effects of one persona, in one place. Requests are served in turn. */
import { buildChain, type Profile, parseProfile } from '../effects/profile.js';
import { serve } from '../engines/serve.js';
import { pieces } from '../text/split.js';
import { loadPiper, type PiperOptions } from './piper.js';
import { render } from './render.js';

export interface PiperInit extends PiperOptions {
  readonly effects: Profile;
}

export interface RenderRequest {
  /** One sentence, as `sentences` gives it. */
  readonly sentence: string;
  /** Without the persona's effects. */
  readonly plain: boolean;
  /** Somebody waits for the first sound. */
  readonly early: boolean;
}

/** Nothing leaves louder than full scale, whatever the persona's effects are. */
const LIMIT = parseProfile([{ limiter: { ceiling: -1 } }], 'the voice');

serve(async ({ effects, ...options }: PiperInit) => {
  const { rate } = options.model;
  const [withEffects, without] = [buildChain([...effects, ...LIMIT], rate), buildChain(LIMIT, rate)];
  const piper = await loadPiper(options);
  // One at a time: the effects have memory.
  let turn: Promise<void> = Promise.resolve();
  return {
    methods: {
      async *render({ sentence, plain, early }: RenderRequest, { signal }: { signal: AbortSignal }) {
        const before = turn;
        let done = () => {};
        turn = new Promise((resolve) => {
          done = resolve;
        });
        await before;
        try {
          signal.throwIfAborted();
          yield* render({
            pieces: pieces(sentence, early),
            rate,
            effects: plain ? without : withEffects,
            speak: piper.speak,
            signal,
          });
        } finally {
          done();
        }
      },
    },
    close: () => piper.settled(),
  };
});
