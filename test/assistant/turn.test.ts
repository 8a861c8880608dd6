import { describe, expect, it } from 'vitest';
import type { TurnSettings } from '../../src/assistant/machine.js';
import { runTurn, type TurnResult, type TurnStages } from '../../src/assistant/turn.js';
import { Fault } from '../../src/faults.js';
import type {
  Audio,
  Block,
  Outcome,
  Playback,
  Reply,
  Responder,
  Run,
  Say,
  SpeechEvent,
  Transcript,
  Understanding,
} from '../../src/stages.js';
import { createTimeline } from '../../src/timeline/timeline.js';
import { testClock } from '../fakes/clock.js';

/**
 * The turn with every stage played by a script, for orders and faults that real stages rarely show. The real stages
 * run the same turn in test/end-to-end.
 */

const settings: TurnSettings = {
  waits: { whole: 180, agreed: 120, extendable: 400, talk: 500, unfinished: 900 },
  reopen: 1500,
  acknowledgeAfter: 700,
  listenTimeout: 3000,
};

const ms = (duration: number): number => duration * 16;
const command: Understanding = {
  kind: 'command',
  extendable: false,
  risk: 'harmless',
  likely: [{ text: 'So be it.', kind: 'claim' }],
};
const microphone: Audio = { rate: 16_000, async *[Symbol.asyncIterator]() {} };
const silent = (from: number, samples: number): Block => ({ from, samples: new Float32Array(samples) });

/** What the script of a turn does, at milliseconds of sound. */
type Scene = readonly (
  | { readonly at: number; readonly event: SpeechEvent }
  | { readonly at: number; readonly transcript: Transcript }
)[];

const draft = (text: string, pause: number, segment = 1): Transcript => ({
  kind: 'draft',
  segment,
  pause,
  text,
  through: 0,
  engine: 'script',
});

const lamp: Scene = [
  { at: 200, event: { kind: 'started', segment: 1, at: ms(200) } },
  { at: 1080, event: { kind: 'paused', segment: 1, pause: 1, lastSound: ms(1000) } },
  { at: 1100, transcript: draft('turn on the lamp', 1) },
];

const outcome = (name: string): Outcome => ({
  intent: 'HassTurnOn',
  changed: [{ entity: `light.${name}`, name, from: 'off', to: 'on' }],
  already: [],
  failed: [],
  slots: { name },
});

interface Stage {
  readonly log: string[];
  readonly faults: string[];
  readonly result: Promise<TurnResult>;
  readonly interrupt: AbortController;
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Plays a scene as fast as the turn takes it, 20 ms of sound a step. */
const play = (
  scene: Scene,
  length: number,
  change: Partial<TurnStages> & {
    respondWith?: (text: string, run: Run) => Partial<Reply>;
  } = {},
): Stage => {
  const log: string[] = [];
  const faults: string[] = [];
  const interrupt = new AbortController();
  const transcripts: Transcript[] = [];
  let wake: () => void = () => {};
  let done = false;

  const respond =
    (previous: readonly Outcome[]): Responder =>
    (said, _context, run) => {
      log.push(`asked: ${said.text}${previous.length > 0 ? ` after ${previous.map((p) => p.slots.name).join()}` : ''}`);
      const performed = run.committed.then(() => {
        log.push(`performed: ${said.text}`);
        return { outcomes: [outcome(said.text)], expectsAnswer: false };
      });
      performed.catch(() => {});
      return {
        understood: Promise.resolve(command),
        says: (async function* (): AsyncGenerator<Say> {
          await performed;
          yield { text: 'So be it.', kind: 'claim' };
        })(),
        result: performed,
        ...change.respondWith?.(said.text, run),
      };
    };

  const stages: TurnStages = {
    async *endpoint(_microphone, signal) {
      const left = [...scene];
      for (let at = 0; at <= length; at += 20) {
        signal.throwIfAborted();
        while (left[0] && left[0].at <= at) {
          const next = left.shift() as Scene[number];
          if ('event' in next) yield next.event;
          else {
            transcripts.push(next.transcript);
            wake();
            for (let i = 0; i < 4; i++) await tick();
          }
        }
        yield { kind: 'audio', segment: 1, block: silent(ms(at - 20), ms(20)) };
        await tick();
      }
      done = true;
      wake();
    },
    async *transcribe(speech, signal) {
      void (async () => {
        for await (const _ of speech);
      })();
      while (true) {
        while (transcripts[0]) yield transcripts.shift() as Transcript;
        if (done || signal.aborted) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    },
    respond: respond([]),
    reopen: respond,
    synthesize: (says) => ({
      rate: 22_050,
      async *[Symbol.asyncIterator]() {
        for await (const say of says) {
          log.push(`synthesized: ${say.text}`);
          yield silent(0, 441);
        }
      },
    }),
    prepare: async (say) => void log.push(`prepared: ${say.text}`),
    speak: async (audio) => {
      let heard = 0;
      for await (const block of audio) {
        log.push('played');
        heard += block.samples.length / 22.05;
      }
      return { heard, complete: true };
    },
    acknowledgement: () => ({ text: 'Yes, mortal.', kind: 'talk' }),
    excuse: () => ({ text: 'Something in me broke.', kind: 'talk' }),
    withoutWakeWord: (text) => text.replace(/^hey jarvis ?/, ''),
    ...change,
  };
  const result = runTurn(stages, microphone, {
    from: 0,
    context: { language: 'en' },
    settings,
    timeline: createTimeline({ clock: testClock(), timeOf: (position) => position / 16 }),
    signal: interrupt.signal,
    onFault: (stage, error) => faults.push(`${stage}: ${(error as Error).message}`),
  });
  return { log, faults, result, interrupt };
};

describe('the commit gate', () => {
  it('lets an attempt ask and prepare before the commit, and act and sound only after it', async () => {
    const { log, result } = play(lamp, 4000);
    expect((await result).reason).toBe('answered');
    expect(log).toEqual([
      'asked: turn on the lamp',
      'prepared: So be it.',
      'performed: turn on the lamp',
      'synthesized: So be it.',
      'played',
    ]);
  });

  it('does nothing at all for a draft that speech has overtaken', async () => {
    const { log, result } = play(
      [
        ...lamp,
        { at: 1140, event: { kind: 'resumed', segment: 1, pause: 1, at: ms(1130) } },
        { at: 1800, event: { kind: 'paused', segment: 1, pause: 2, lastSound: ms(1720) } },
        { at: 1820, transcript: draft('turn on the lamp in the hall', 2) },
      ],
      5000,
    );
    await result;
    expect(log.filter((line) => line.startsWith('performed') || line === 'played')).toEqual([
      'performed: turn on the lamp in the hall',
      'played',
    ]);
  });
});

describe('a recording that ends with the command', () => {
  it('is answered, also where the home still thinks about it', async () => {
    const { log, result } = play(lamp, 1120, {
      respondWith: () => ({ understood: new Promise((resolve) => setTimeout(resolve, 20, command)) }),
    });
    expect((await result).reason).toBe('answered');
    expect(log).toContain('performed: turn on the lamp');
  });
});

describe('speech that goes on after the turn has acted', () => {
  it('silences the answer and hands what was done to the next attempt', async () => {
    const { log, result } = play(
      [
        ...lamp,
        { at: 1500, event: { kind: 'resumed', segment: 1, pause: 1, at: ms(1480) } },
        { at: 2000, event: { kind: 'paused', segment: 1, pause: 2, lastSound: ms(1920) } },
        { at: 2020, transcript: draft('turn on the lamp and the fan', 2) },
      ],
      6000,
    );
    const done = await result;
    expect(done.reopened).toBe(1);
    expect(done.said?.text).toBe('turn on the lamp and the fan');
    expect(log).toContain('asked: turn on the lamp and the fan after turn on the lamp');
  });
});

describe('an answer that was cut and ends late', () => {
  it('does not stand for the one that took its place', async () => {
    let settle: () => void = () => {};
    const late = new Promise<void>((resolve) => {
      settle = resolve;
    });
    let plays = 0;
    const { result } = play(
      [
        ...lamp,
        { at: 1500, event: { kind: 'resumed', segment: 1, pause: 1, at: ms(1480) } },
        { at: 2000, event: { kind: 'paused', segment: 1, pause: 2, lastSound: ms(1920) } },
        { at: 2020, transcript: draft('turn on the lamp and the fan', 2) },
      ],
      6000,
      {
        speak: async (audio) => {
          plays += 1;
          const first = plays === 1;
          for await (const _ of audio);
          if (first) await late;
          else setTimeout(settle);
          return { heard: first ? 1 : 2, complete: !first };
        },
      },
    );
    const { outcomes, playback } = await result;
    expect(outcomes.map(({ slots }) => slots.name)).toEqual(['turn on the lamp and the fan']);
    expect(playback).toEqual({ heard: 2, complete: true });
  });

  it('does not stand for it where that one could not be spoken either', async () => {
    let plays = 0;
    const { result } = play(
      [
        ...lamp,
        { at: 1500, event: { kind: 'resumed', segment: 1, pause: 1, at: ms(1480) } },
        { at: 2000, event: { kind: 'paused', segment: 1, pause: 2, lastSound: ms(1920) } },
        { at: 2020, transcript: draft('turn on the lamp and the fan', 2) },
      ],
      6000,
      {
        speak: async () => {
          plays += 1;
          if (plays > 1) throw new Fault('engine', 'no sound card');
          return { heard: 1, complete: true };
        },
      },
    );
    const done = await result;
    expect(done.outcomes.map(({ slots }) => slots.name)).toEqual(['turn on the lamp and the fan']);
    expect(done.playback).toBeUndefined();
  });
});

describe('a wake word and then nothing', () => {
  it('is acknowledged, and ends without an answer', async () => {
    const { log, result } = play([], 6000);
    const done = await result;
    expect(log).toEqual(['synthesized: Yes, mortal.', 'played']);
    expect(done).toMatchObject({ reason: 'nothing heard', replies: [], outcomes: [] });
    expect(done.acknowledged).toBeDefined();
  });

  it('falls silent when the user begins to speak into the acknowledgement', async () => {
    let silenced = false;
    const { result } = play(
      [
        { at: 1000, event: { kind: 'started', segment: 1, at: ms(980) } },
        { at: 1800, event: { kind: 'paused', segment: 1, pause: 1, lastSound: ms(1720) } },
        { at: 1820, transcript: draft('turn on the lamp', 1) },
      ],
      5000,
      {
        speak: async (_audio, run) => {
          if (silenced) return { heard: 100, complete: true };
          await new Promise<void>((resolve) => run.signal.addEventListener('abort', () => resolve(), { once: true }));
          silenced = true;
          return { heard: 10, complete: false };
        },
      },
    );
    expect((await result).reason).toBe('answered');
    expect(silenced).toBe(true);
  });
});

describe('a stage that fails', () => {
  it('is excused in words when it is the recogniser', async () => {
    const { log, faults, result } = play([], 2000, {
      // biome-ignore lint/correctness/useYield: it fails before the first word
      async *transcribe() {
        throw new Fault('engine', 'the recogniser died');
      },
    });
    expect((await result).reason).toBe('failed');
    expect(faults).toEqual(['transcribe: the recogniser died']);
    expect(log).toContain('synthesized: Something in me broke.');
  });

  it('does not take the turn with it when it is the home', async () => {
    const { faults, result } = play(lamp, 6000, {
      respondWith: () => ({ understood: Promise.reject(new Fault('network', 'the home is away')) }),
    });
    expect((await result).reason).toBe('answered');
    expect(faults).toEqual(['respond: the home is away']);
  });

  it('ends the turn all the same when it is the loudspeaker', async () => {
    const { faults, result } = play(lamp, 6000, {
      speak: async () => {
        throw new Fault('engine', 'no sound card');
      },
    });
    expect(await result).toMatchObject({ reason: 'answered', outcomes: [{ intent: 'HassTurnOn' }] });
    expect(faults).toEqual(['speak: no sound card']);
  });
});

describe('what was heard of an answer', () => {
  it('is told to whoever remembers it, also where it was cut', async () => {
    const told: Playback[] = [];
    const { result, interrupt } = play(lamp, 20_000, {
      heard: (_reply, playback) => void told.push(playback),
      speak: async (audio) => {
        for await (const _ of audio) interrupt.abort();
        return { heard: 5, complete: false };
      },
    });
    await result;
    expect(told).toEqual([{ heard: 5, complete: false }]);
  });
});

describe('an interruption', () => {
  it('silences the answer and keeps what was done', async () => {
    const played: string[] = [];
    const { result, interrupt } = play(lamp, 20_000, {
      speak: async (audio, run) => {
        for await (const _ of audio) played.push('block');
        interrupt.abort();
        run.signal.throwIfAborted();
        return { heard: 5, complete: false };
      },
    });
    expect(await result).toMatchObject({ reason: 'interrupted', outcomes: [{ intent: 'HassTurnOn' }] });
    expect(played).toEqual(['block']);
  });
});
