import { describe, expect, it } from 'vitest';
import { holdSession, type Session } from '../../src/assistant/session.js';
import type { TurnResult, TurnStages } from '../../src/assistant/turn.js';
import type { Audio, Detection, Say, SpeechEvent, Transcript, Understanding } from '../../src/stages.js';
import { createTimeline } from '../../src/timeline/timeline.js';
import { testClock } from '../fakes/clock.js';

const nothing: Audio = { rate: 16_000, async *[Symbol.asyncIterator]() {} };

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

const heardLamp: Transcript = {
  kind: 'final',
  segment: 1,
  text: 'unlock the door',
  through: 16_000,
  engine: 'script',
};

/** Stages in which somebody says one sentence and the persona asks back; `says` is whether anybody speaks at all. */
const stages = (log: string[], says: () => boolean, endpoint?: TurnStages['endpoint']): TurnStages => ({
  endpoint:
    endpoint ??
    async function* (): AsyncGenerator<SpeechEvent> {
      if (!says()) return;
      yield { kind: 'started', segment: 1, at: 1000 };
      yield { kind: 'ended', segment: 1, lastSound: 16_000, reason: 'closed' };
    },
  async *transcribe(speech) {
    for await (const event of speech) if (event.kind === 'ended') yield heardLamp;
  },
  respond: (said, _context, run) => {
    log.push(`asked: ${said.text}`);
    return {
      understood: Promise.resolve({ kind: 'command', extendable: false, risk: 'harmless', likely: [] }),
      says: (async function* () {})(),
      result: run.committed.then(() => ({ outcomes: [], expectsAnswer: true })),
    };
  },
  reopen: () => () => {
    throw new Error('nothing is reopened here');
  },
  synthesize: () => ({ ...nothing, rate: 22_050 }),
  prepare: async () => {},
  speak: async () => ({ heard: 0, complete: true }),
  acknowledgement: () => ({ text: 'Yes, mortal.', kind: 'talk' }),
  excuse: () => ({ text: 'Something in me broke.', kind: 'talk' }),
  withoutWakeWord: (text) => text,
});

const hold = (
  detect: Session['detect'],
  stagesOf: Session['stagesOf'],
  results: TurnResult[],
  signal = new AbortController().signal,
  more: Partial<Session> = {},
) =>
  holdSession({
    listening: { read: () => nothing, now: 0 },
    detect,
    stagesOf,
    context: { language: 'en' },
    settings: {
      waits: { whole: 180, agreed: 120, extendable: 400, talk: 500, unfinished: 900 },
      reopen: 1500,
      acknowledgeAfter: 700,
      listenTimeout: 5000,
    },
    wordEnd: async ({ at }) => at,
    timeline: () => createTimeline({ clock: testClock(), timeOf: (position) => position / 16 }),
    signal,
    onTurn: (result) => results.push(result),
    onFault: (stage, error) => {
      throw new Error(`${stage}: ${String(error)}`);
    },
    ...more,
  });

const detection = (word: string, at: number): Detection => ({ word, at, score: 0.9 });

describe('a session', () => {
  it('has a wake word interrupt the turn that is in progress', async () => {
    let listens: () => void = () => {};
    const listening = new Promise<void>((resolve) => {
      listens = resolve;
    });
    const results: TurnResult[] = [];
    let turns = 0;
    await hold(
      async function* () {
        yield detection('hey_jarvis', 16_000);
        await listening;
        yield detection('hey_jarvis', 48_000);
      },
      () =>
        stages(
          [],
          () => false,
          // biome-ignore lint/correctness/useYield: nobody speaks
          async function* (_microphone, signal) {
            turns += 1;
            if (turns > 1) return;
            listens();
            await aborted(signal);
          },
        ),
      results,
    );
    expect(results.map(({ reason }) => reason)).toEqual(['interrupted', 'closed']);
  });

  it('gives each wake word the persona that it calls', async () => {
    const called: string[] = [];
    await hold(
      async function* () {
        yield detection('hey_jarvis', 16_000);
        yield detection('alexa', 32_000);
      },
      (word) => {
        called.push(word);
        return stages([], () => false);
      },
      [],
    );
    expect(called).toEqual(['hey_jarvis', 'alexa']);
  });

  it('listens for the answer to a question without a wake word, and not for ever', async () => {
    const log: string[] = [];
    const results: TurnResult[] = [];
    await hold(
      async function* () {
        yield detection('hey_jarvis', 16_000);
      },
      () => stages(log, () => true),
      results,
    );
    expect(log).toHaveLength(4);
    expect(results.every(({ reason }) => reason === 'answered')).toBe(true);
  });

  it('does not acknowledge that it waits for an answer', async () => {
    const results: TurnResult[] = [];
    let first = true;
    await hold(
      async function* () {
        yield detection('hey_jarvis', 16_000);
      },
      () =>
        stages([], () => {
          const says = first;
          first = false;
          return says;
        }),
      results,
    );
    expect(results.map(({ reason, acknowledged }) => [reason, acknowledged !== undefined])).toEqual([
      ['answered', false],
      ['closed', false],
    ]);
  });

  it('ends at once when it is told to, with the turn in it', async () => {
    const stop = new AbortController();
    const results: TurnResult[] = [];
    await hold(
      async function* (_microphone, signal) {
        yield detection('hey_jarvis', 16_000);
        await aborted(signal);
      },
      () =>
        stages(
          [],
          () => false,
          // biome-ignore lint/correctness/useYield: nobody speaks
          async function* (_microphone, signal) {
            stop.abort();
            await aborted(signal);
          },
        ),
      results,
      stop.signal,
    );
    expect(results.map(({ reason }) => reason)).toEqual(['interrupted']);
  });

  describe('after an answer', () => {
    /** What is said turn by turn, and what the persona makes of it; undefined where nobody speaks. */
    const talk = async (
      turns: readonly (Understanding['kind'] | 'question' | undefined)[],
      more: Partial<Session> = { followUp: 5 },
    ): Promise<{ readonly results: readonly TurnResult[]; readonly listened: number }> => {
      const results: TurnResult[] = [];
      let listened = 0;
      const silence: TurnStages['endpoint'] = async function* () {
        const kind = turns[listened];
        listened += 1;
        if (kind === undefined) {
          // A clock of silence: the turn ends itself when its patience does.
          for (let at = 0; at <= 30 * 16_000; at += 640) yield { kind: 'silence', at };
          return;
        }
        yield { kind: 'started', segment: 1, at: 1000 };
        yield { kind: 'ended', segment: 1, lastSound: 16_000, reason: 'closed' };
      };
      await hold(
        async function* () {
          yield detection('hey_jarvis', 16_000);
        },
        () => ({
          ...stages([], () => true, silence),
          respond: (_said, _context, run) => {
            const kind = turns[listened - 1]!;
            const isQuestion = kind === 'question';
            return {
              understood: Promise.resolve({
                kind: isQuestion ? 'command' : kind,
                extendable: false,
                risk: 'harmless',
                likely: [],
              }),
              says: (async function* (): AsyncGenerator<Say> {
                await run.committed;
                yield { text: 'So be it.', kind: 'talk' };
              })(),
              result: run.committed.then(() => ({ outcomes: [], expectsAnswer: isQuestion })),
            };
          },
          speak: async (audio) => {
            for await (const _ of audio) {
              // Played.
            }
            return { heard: 1000, complete: true };
          },
          synthesize: (says) => ({
            rate: 22_050,
            async *[Symbol.asyncIterator]() {
              for await (const _ of says) yield { samples: new Float32Array(10), from: 0 };
            },
          }),
        }),
        results,
        undefined,
        more,
      );
      return { results, listened };
    };

    it('lets one go on without a wake word, until nobody does', async () => {
      const { listened, results } = await talk(['talk', 'command', 'talk', undefined]);
      expect(listened).toBe(4);
      // The silence at the end is no turn.
      expect(results.map(({ reason }) => reason)).toEqual(['answered', 'answered', 'answered']);
    });

    it.each(['stop', 'nothing'] as const)('is over with "%s"', async (kind) => {
      expect((await talk([kind, 'talk'])).listened).toBe(1);
      expect((await talk(['talk', kind, 'talk'])).listened).toBe(2);
    });

    it('listens to nobody where that is off', async () => {
      expect((await talk(['talk', 'talk'], {})).listened).toBe(1);
      expect((await talk(['talk', 'talk'], { followUp: 0 })).listened).toBe(1);
    });

    it('waits for the answer to a question all the same, and says so where none comes', async () => {
      const { listened, results } = await talk(['question', undefined], { followUp: 0 });
      expect(listened).toBe(2);
      expect(results.map(({ reason }) => reason)).toEqual(['answered', 'nothing heard']);
    });

    it('ends a talk that nobody ends', async () => {
      const { listened } = await talk(Array.from({ length: 100 }, () => 'talk' as const));
      expect(listened).toBe(21);
    });
  });
});
