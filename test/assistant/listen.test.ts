import { describe, expect, it } from 'vitest';
import { type HeardCommand, hearCommand } from '../../src/assistant/listen.js';
import type { TurnSettings } from '../../src/assistant/machine.js';
import { Fault } from '../../src/faults.js';
import type { Audio, SpeechEvent, Transcript, Understanding } from '../../src/stages.js';

const settings: TurnSettings = {
  waits: { whole: 180, agreed: 120, extendable: 400, talk: 500, unfinished: 900 },
  reopen: 0,
  acknowledgeAfter: 700,
  listenTimeout: 3000,
};
const microphone: Audio = { rate: 16_000, async *[Symbol.asyncIterator]() {} };
const ms = (duration: number): number => duration * 16;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type Scene = readonly { readonly at: number; readonly event?: SpeechEvent; readonly transcript?: Transcript }[];

const transcript = (kind: Transcript['kind'], text: string, more: Partial<Transcript> = {}): Transcript => ({
  kind,
  segment: 1,
  text,
  through: 0,
  engine: 'script',
  ...more,
});

/** Two words with a pause of 300 ms between them: "lights" … "in the kitchen". */
const twoParts: Scene = [
  { at: 200, event: { kind: 'started', segment: 1, at: ms(200) } },
  { at: 400, transcript: transcript('partial', 'turn') },
  { at: 1080, event: { kind: 'paused', segment: 1, pause: 1, lastSound: ms(1000) } },
  { at: 1100, transcript: transcript('draft', 'turn on the lights', { pause: 1 }) },
  { at: 1320, event: { kind: 'resumed', segment: 1, pause: 1, at: ms(1300) } },
  { at: 2080, event: { kind: 'paused', segment: 1, pause: 2, lastSound: ms(2000) } },
  { at: 2100, transcript: transcript('draft', 'turn on the lights in the kitchen', { pause: 2 }) },
  { at: 3000, event: { kind: 'ended', segment: 1, lastSound: ms(2000), reason: 'silence' } },
  { at: 3020, transcript: transcript('final', 'turn on the lights in the kitchen') },
];

interface Heard {
  readonly heard: HeardCommand;
  /** How much of the sound was listened to. */
  readonly until: number;
  /** Words whose answer may still be prepared when all is over. */
  readonly wanted: readonly string[];
}

const hear = async (
  scene: Scene,
  length: number,
  understanding: (said: Transcript) => Partial<Understanding> | Error,
  mayEndEarly = true,
): Promise<Heard> => {
  const transcripts: Transcript[] = [];
  const asked: { text: string; signal: AbortSignal }[] = [];
  let wake: () => void = () => {};
  let ended = false;
  let until = 0;
  const heard = await hearCommand(
    {
      async *endpoint(_microphone, signal) {
        const left = [...scene];
        for (let at = 0; at <= length; at += 20) {
          if (signal.aborted) return;
          until = at;
          yield { kind: 'silence', at: ms(at) };
          while (left[0] && left[0].at <= at) {
            const { event, transcript } = left.shift()!;
            if (event) yield event;
            if (transcript) transcripts.push(transcript);
            wake();
            await tick();
            await tick();
          }
          await tick();
        }
        ended = true;
        wake();
      },
      async *transcribe(speech, signal) {
        void (async () => {
          for await (const _ of speech);
        })().catch(() => {});
        for (;;) {
          const next = transcripts.shift();
          if (next) yield next;
          else if (ended || signal.aborted) return;
          else await Promise.race([new Promise<void>((resolve) => (wake = resolve)), tick()]);
        }
      },
      understand: async (said, signal) => {
        asked.push({ text: said.text, signal });
        const understood = understanding(said);
        if (understood instanceof Error) throw understood;
        return { kind: 'command', extendable: false, risk: 'harmless', likely: [], ...understood };
      },
    },
    microphone,
    {
      settings,
      signal: new AbortController().signal,
      mayEndEarly: () => mayEndEarly,
    },
  );
  return { heard, until, wanted: asked.filter(({ signal }) => !signal.aborted).map(({ text }) => text) };
};

describe('hearing one command', () => {
  it('ends as soon as a whole command has been followed by enough silence', async () => {
    const { heard, until } = await hear(twoParts, 4000, () => ({}));
    expect(heard).toEqual({ text: 'turn on the lights', early: true });
    expect(until).toBeGreaterThanOrEqual(1180);
    expect(until).toBeLessThanOrEqual(1220);
  });

  it('waits for more where a command may go on', async () => {
    const { heard, until, wanted } = await hear(twoParts, 4000, () => ({ extendable: true }));
    expect(heard).toEqual({ text: 'turn on the lights in the kitchen', early: true });
    expect(until).toBeGreaterThanOrEqual(2400);
    expect(until).toBeLessThanOrEqual(2440);
    // What is being prepared for the words that were the command is asked for next.
    expect(wanted).toEqual(['turn on the lights in the kitchen']);
  });

  it('waits for the final text of what is guarded', async () => {
    const { until } = await hear(twoParts, 4000, () => ({ risk: 'guarded' }));
    expect(until).toBeGreaterThanOrEqual(3020);
  });

  it('gives the reading that was believed', async () => {
    const { heard } = await hear(twoParts, 4000, () => ({ text: 'turn on the light' }));
    expect(heard.text).toBe('turn on the light');
  });

  it('takes everything up to the end of a recording', async () => {
    const { heard, until } = await hear(twoParts, 4000, () => ({}), false);
    expect(heard).toEqual({ text: 'turn on the lights in the kitchen', early: false });
    expect(until).toBe(4000);
  });

  it('decides with the end of the sound where that comes first', async () => {
    const { heard } = await hear(twoParts.slice(0, 4), 1110, () => ({}));
    expect(heard).toEqual({ text: 'turn on the lights', early: false });
  });

  it('gives up where nobody speaks', async () => {
    const { heard, until } = await hear([], 5000, () => ({}));
    expect(heard).toEqual({ text: '', early: true });
    expect(until).toBeLessThanOrEqual(3040);
  });

  it('is not deaf where nobody can tell what it means: then it waits as for talk', async () => {
    const { heard, until } = await hear(twoParts.slice(0, 4), 3000, () => new Fault('network', 'The home is away'));
    expect(heard.text).toBe('turn on the lights');
    expect(until).toBeGreaterThanOrEqual(1500);
  });

  it('rejects with what an ear throws', async () => {
    const broken = hearCommand(
      {
        // biome-ignore lint/correctness/useYield: it fails before it hears anything
        async *endpoint() {
          throw new Fault('engine', 'The voice detector has failed');
        },
        async *transcribe() {},
        understand: async () => ({ kind: 'talk', extendable: false, risk: 'harmless', likely: [] }),
      },
      microphone,
      { settings, signal: new AbortController().signal },
    );
    await expect(broken).rejects.toThrow('The voice detector has failed');
  });

  it('prepares nothing any more for somebody who has gone', async () => {
    const gone = new AbortController();
    let wanted: AbortSignal | undefined;
    let pause = (): void => {};
    const paused = new Promise<void>((resolve) => {
      pause = resolve;
    });
    const left = hearCommand(
      {
        async *endpoint(_microphone, signal) {
          yield { kind: 'started', segment: 1, at: 0 };
          yield { kind: 'paused', segment: 1, pause: 1, lastSound: ms(1000) };
          pause();
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        },
        async *transcribe() {
          await paused;
          yield transcript('draft', 'turn on the lights', { pause: 1 });
        },
        understand: (_said, signal) => {
          wanted = signal;
          gone.abort(new Error('gone'));
          return new Promise(() => {});
        },
      },
      microphone,
      { settings, signal: gone.signal },
    );
    await expect(left).rejects.toThrow('gone');
    expect(wanted?.aborted).toBe(true);
  });
});
