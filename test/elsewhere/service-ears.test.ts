import { describe, expect, it } from 'vitest';
import { serviceEars } from '../../src/elsewhere/service-ears.js';
import { Fault } from '../../src/faults.js';
import type { SpeechEvent, Transcriber, Transcript } from '../../src/stages.js';
import { withFallback } from '../../src/stt/fallback.js';
import { normalise } from '../../src/stt/normalise.js';
import { transcribeWith } from '../../src/stt/segments.js';
import { type Connection, message } from '../../src/wyoming/index.js';
import { testClock } from '../fakes/clock.js';
import { all, asrInfo, type Elsewhere, elsewhere, type Handler, readTo, sound, speech } from './peer.js';

/** What a recogniser is sent on one connection. */
interface Heard {
  samples: number;
  stopped: boolean;
  request?: object;
}

/** Counts what it hears, and answers the end of the sound with `answer`. */
const recogniser = (
  heard: Heard[],
  answer: (peer: Connection, heard: Heard) => Promise<unknown> = (peer) =>
    peer.send(message('transcript', { text: 'Stop!' })),
): Handler => {
  return async (peer, first) => {
    const one: Heard = { samples: 0, stopped: false };
    if (first.type === 'transcribe') one.request = first.data;
    heard.push(one);
    for await (const event of peer.events) {
      if (event.type === 'audio-chunk') one.samples += event.payload.length / 2;
      if (event.type !== 'audio-stop') continue;
      one.stopped = true;
      await answer(peer, one);
    }
  };
};

const transcriber = async (
  there: Elsewhere,
  query = '',
  clock = undefined as ReturnType<typeof testClock> | undefined,
) => {
  const service = await there.open('stt.service', query);
  return transcribeWith('elsewhere', serviceEars({ service, normalise, ...(clock && { clock }) }));
};

const signal = new AbortController().signal;

/** Speech whose next event comes when the test says so. */
const live = () => {
  const waiting: SpeechEvent[] = [];
  let over = false;
  let wake = (): void => {};
  return {
    say(...events: readonly SpeechEvent[]) {
      waiting.push(...events);
      wake();
    },
    end() {
      over = true;
      wake();
    },
    async *events(): AsyncGenerator<SpeechEvent> {
      for (;;) {
        const event = waiting.shift();
        if (event) yield event;
        else if (over) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
};

const SEGMENT: readonly SpeechEvent[] = [
  { kind: 'started', segment: 1, at: 0 },
  ...speech(sound(200)),
  { kind: 'paused', segment: 1, pause: 1, lastSound: 2_560 },
];
const ENDED: SpeechEvent = { kind: 'ended', segment: 1, lastSound: 2_560, reason: 'silence' };

async function* given(...events: readonly SpeechEvent[]): AsyncGenerator<SpeechEvent> {
  yield* events;
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

/** Our own engine, which hears whatever it is given. */
const ours: Transcriber = async function* (events) {
  for await (const event of events) {
    if (event.kind === 'ended') {
      yield { kind: 'final', segment: event.segment, text: 'heard here', through: 0, engine: 'ours' };
    }
  }
};

describe('a recogniser elsewhere', () => {
  it('hears speech while it is spoken, and answers at a pause with a draft that becomes the final', async () => {
    const heard: Heard[] = [];
    await using there = await elsewhere(asrInfo(), recogniser(heard));
    const transcribe = await transcriber(there, '?model=base&language=en');
    const mouth = live();
    const seen: Transcript[] = [];
    const done = (async () => {
      for await (const transcript of transcribe(mouth.events(), signal)) seen.push(transcript);
    })();
    mouth.say(...SEGMENT.slice(0, -1));
    await until(() => heard[0]?.samples === 3_200);
    expect(heard[0]).toEqual({ samples: 3_200, stopped: false, request: { name: 'base', language: 'en' } });
    mouth.say(SEGMENT.at(-1)!);
    await until(() => seen.length > 0);
    mouth.say(...speech(sound(200, 3_200)), ENDED);
    mouth.end();
    await done;
    const said = { segment: 1, text: 'stop', engine: 'elsewhere' };
    expect(seen).toEqual([
      { kind: 'draft', pause: 1, ...said, through: 3_200 },
      { kind: 'final', ...said, through: 6_400 },
    ]);
    expect(heard).toHaveLength(1);
  });

  it('sends all of it again where speech goes on', async () => {
    const heard: Heard[] = [];
    const texts = ['Turn on the', 'Turn on the lamp.'];
    await using there = await elsewhere(
      asrInfo(),
      recogniser(heard, (peer) => peer.send(message('transcript', { text: texts[heard.length - 1]! }))),
    );
    const transcribe = await transcriber(there);
    const mouth = live();
    const seen: Transcript[] = [];
    const done = (async () => {
      for await (const transcript of transcribe(mouth.events(), signal)) seen.push(transcript);
    })();
    mouth.say(...SEGMENT);
    await until(() => seen.length === 1);
    mouth.say(...speech(sound(100, 3_200)), { kind: 'resumed', segment: 1, pause: 1, at: 4_000 });
    mouth.say(...speech(sound(100, 4_800)), { kind: 'paused', segment: 1, pause: 2, lastSound: 6_000 });
    await until(() => seen.length === 2);
    mouth.say(ENDED);
    mouth.end();
    await done;
    expect(seen.map(({ kind, text }) => [kind, text])).toEqual([
      ['draft', 'turn on the'],
      ['draft', 'turn on the lamp'],
      ['final', 'turn on the lamp'],
    ]);
    expect(heard.map(({ samples }) => samples)).toEqual([3_200, 6_400]);
  });

  it('hears a segment that is cut without a pause', async () => {
    const heard: Heard[] = [];
    await using there = await elsewhere(asrInfo(), recogniser(heard));
    const transcribe = await transcriber(there);
    const seen = await all(transcribe(given(...SEGMENT.slice(0, -1), ENDED), signal));
    expect(seen).toMatchObject([{ kind: 'final', text: 'stop' }]);
    expect(heard[0]).toMatchObject({ samples: 3_200, stopped: true });
  });

  it('tells text while one speaks, where the service does', async () => {
    await using there = await elsewhere(asrInfo(true), async (peer) => {
      await readTo(peer, 'audio-chunk');
      await peer.send(message('transcript-start'));
      await peer.send(message('transcript-chunk', { text: 'Turn ' }));
      await peer.send(message('transcript-chunk', { text: 'on' }));
      await readTo(peer, 'audio-stop');
      await peer.send(message('transcript-chunk', { text: ' 2.' }));
      await peer.send(message('transcript-stop'));
      // No whole transcript: the pieces are it.
    });
    const transcribe = await transcriber(there);
    const mouth = live();
    const seen: Transcript[] = [];
    const done = (async () => {
      for await (const transcript of transcribe(mouth.events(), signal)) seen.push(transcript);
    })();
    mouth.say(...SEGMENT.slice(0, -1));
    await until(() => seen.some(({ text }) => text === 'turn on'));
    mouth.say(SEGMENT.at(-1)!, ENDED);
    mouth.end();
    await done;
    expect(seen.at(-1)).toMatchObject({ kind: 'final', text: 'turn on two' });
    expect(seen[0]).toMatchObject({ kind: 'partial', text: 'turn' });
  });

  it('takes the answer of a service that finds the end of speech by itself', async () => {
    await using there = await elsewhere(asrInfo(), async (peer) => {
      await readTo(peer, 'audio-chunk');
      for (let chunk = 0; chunk < 9; chunk++) await peer.read();
      await peer.send(message('transcript', { text: 'early' }));
      await peer.read();
    });
    const transcribe = await transcriber(there);
    const mouth = live();
    const seen: Transcript[] = [];
    const done = (async () => {
      for await (const transcript of transcribe(mouth.events(), signal)) seen.push(transcript);
    })();
    mouth.say(...SEGMENT.slice(0, -1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    mouth.say(SEGMENT.at(-1)!, ENDED);
    mouth.end();
    await done;
    expect(seen.map(({ kind, text }) => [kind, text])).toEqual([
      ['draft', 'early'],
      ['final', 'early'],
    ]);
    expect(there.asked).toBe(1);
  });

  it('does not take an answer that came in the middle of the speech', async () => {
    const heard: Heard[] = [];
    const whole = recogniser(heard, (peer) => peer.send(message('transcript', { text: 'all of it' })));
    await using there = await elsewhere(asrInfo(), async (peer, first, count) => {
      if (count > 0) return whole(peer, first, count);
      await readTo(peer, 'audio-chunk');
      await peer.send(message('transcript', { text: 'all' }));
      await peer.read();
    });
    const transcribe = await transcriber(there);
    const mouth = live();
    const done = all(transcribe(mouth.events(), signal));
    mouth.say(...SEGMENT.slice(0, 2));
    await new Promise((resolve) => setTimeout(resolve, 50));
    mouth.say(...SEGMENT.slice(2), ENDED);
    mouth.end();
    expect((await done).map(({ text }) => text)).toEqual(['all of it', 'all of it']);
    expect(heard).toEqual([{ samples: 3_200, stopped: true, request: {} }]);
  });

  it('has a connection before speech begins, and leaves none behind', async () => {
    await using there = await elsewhere(asrInfo(), recogniser([]));
    const service = await there.open('stt.service');
    let opened = 0;
    const counted = {
      ...service,
      client: {
        ...service.client,
        health: service.client.health,
        connection: (until?: AbortSignal) => {
          opened += 1;
          return service.client.connection(until);
        },
      },
    };
    const ears = await serviceEars({ service: counted, normalise })(signal);
    expect(opened).toBe(1);
    const hearing = ears.begin({ partial: () => {}, fail: () => {} });
    expect(opened).toBe(1);
    hearing.close();
    ears.close();
  });

  describe('where the service fails', () => {
    const failing = async (handler: Handler, clock = undefined as ReturnType<typeof testClock> | undefined) => {
      await using there = await elsewhere(asrInfo(), handler);
      const transcribe = await transcriber(there, '', clock);
      const outcome = all(transcribe(given(...SEGMENT, ENDED), signal)).catch((error: unknown) => error);
      const error = clock ? await clock.until(outcome) : await outcome;
      const warnings: string[] = [];
      const log = {
        debug: () => {},
        info: () => {},
        error: () => {},
        warn: (_: object, text: string) => void warnings.push(text),
      };
      const saved = all(withFallback(transcribe, ours, log)(given(...SEGMENT, ENDED), signal));
      const seen = clock ? await clock.until(saved) : await saved;
      expect(seen.at(-1)).toMatchObject({ kind: 'final', text: 'heard here', engine: 'ours' });
      expect(warnings).toHaveLength(1);
      expect(error).toBeInstanceOf(Fault);
      expect((error as Fault).code).toBe('network');
      return error as Fault;
    };

    it('says what it was told', async () => {
      const fault = await failing(async (peer) => {
        await peer.send(message('error', { text: 'out of memory', code: 'oom' }));
      });
      expect(fault.message).toMatch(/says: out of memory/);
    });

    it('does not wait for one that leaves in the middle', async () => {
      const fault = await failing(async (peer) => {
        await readTo(peer, 'audio-chunk');
      });
      expect(fault.message).toMatch(/ended before there was a transcript/);
    });

    it('waits for a silent one no longer than it may take', async () => {
      const fault = await failing(
        recogniser([], async () => {}),
        testClock(),
      );
      expect(fault.message).toMatch(/recognised nothing within 4 s/);
    });

    it('takes no nonsense', async () => {
      const fault = await failing(async (peer) => {
        await peer.send({ type: 'transcript', data: { text: 7 } } as never);
        await peer.read();
      });
      expect(fault.message).toMatch(/"text" must be/);
    });

    it('is at once where nothing listens any more', async () => {
      await using there = await elsewhere(asrInfo(), recogniser([]));
      const transcribe = await transcriber(there);
      await there.stop();
      await expect(all(transcribe(given(...SEGMENT, ENDED), signal))).rejects.toMatchObject({
        code: 'network',
        message: expect.stringMatching(/Nothing listens/),
      });
    });
  });

  it('ends with the turn, whatever it waits for', async () => {
    await using there = await elsewhere(
      asrInfo(),
      recogniser([], async () => {}),
    );
    const transcribe = await transcriber(there);
    const turn = new AbortController();
    const mouth = live();
    const done = all(transcribe(mouth.events(), turn.signal));
    mouth.say(...SEGMENT);
    await until(() => there.asked === 1);
    turn.abort(new DOMException('over', 'AbortError'));
    await expect(done).rejects.toThrow('over');
  });
});
