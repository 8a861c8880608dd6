import { setTimeout as pause } from 'node:timers/promises';
import type { Milliseconds } from '../../units.js';
import { message } from '../../wyoming/index.js';
import { talk } from './pace.js';

/** 300 words a minute: a language model on a small computer. */
const WORD_EVERY: Milliseconds = 200;

/** Words of the second sentence that are written. */
const GOES_ON = 3;

const WHOSE = ['The old', 'The grey', 'Your last', 'My silent', 'Their hungry', 'The pale', 'One drowned', 'No honest'];
const WHO = ['gardener', 'raven', 'candle', 'lantern', 'neighbour', 'clock', 'organist', 'ferryman', 'shepherd'];
const DOES = ['returns', 'waits', 'whispers', 'trembles', 'wanders', 'sings', 'lingers'];
const WHERE = ['before the morning', 'without a sound', 'beneath the stairs', 'behind the wall', 'under cold water'];

/** How many different texts there are. */
const TEXTS = WHOSE.length * WHO.length * DOES.length * WHERE.length;

/** Two sentences. The first is another one for each of 2,520 numbers, and none is any persona's. */
export const textOf = (number: number): readonly [string, string] => {
  let left = number % TEXTS;
  const words = [WHOSE, WHO, DOES, WHERE].map((choice) => {
    const word = choice[left % choice.length]!;
    left = Math.floor(left / choice.length);
    return word;
  });
  return [`${words.join(' ')}.`, 'Nobody will ever know about it.'];
};

/**
 * Has a text spoken that is still being written, word by word, as a language model writes: each with the blank before
 * it. From the last word of the first sentence's being sent to the first sound.
 */
export const measureStreamedSpeech = (
  uri: string,
  [first, second]: readonly [string, string],
  signal: AbortSignal,
): Promise<Milliseconds> =>
  talk(uri, signal, async ({ connection, nextOf }) => {
    await connection.send(message('synthesize-start', {}));
    const sounding = nextOf('audio-chunk').then(() => performance.now());
    sounding.catch(() => {});
    let complete = 0;
    const words = [...first.split(' '), ...second.split(' ')];
    const last = first.split(' ').length - 1;
    for (const [i, word] of words.entries()) {
      if (i > 0) await pause(WORD_EVERY, undefined, { signal });
      await connection.send(message('synthesize-chunk', { text: i === 0 ? word : ` ${word}` }));
      if (i === last) complete = performance.now();
      // The rest is not what is measured.
      if (i === last + GOES_ON) break;
    }
    await connection.send(message('synthesize-stop'));
    const sounded = await sounding;
    await nextOf('synthesize-stopped');
    return sounded - complete;
  });
