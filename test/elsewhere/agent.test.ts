import { describe, expect, it } from 'vitest';
import { type Answers, answersElsewhere } from '../../src/elsewhere/agent.js';
import { conversationIds } from '../../src/elsewhere/agent-events.js';
import type { Playback, Reply, Responder, Say, Transcript, Understanding } from '../../src/stages.js';
import { saysOf } from '../../src/text/says.js';
import { type Connection, message, type Transcript as Request, type WyomingEvent } from '../../src/wyoming/index.js';
import { testClock } from '../fakes/clock.js';
import { agentInfo, all, committedRun, type Elsewhere, elsewhere, type Handler } from './peer.js';

const said = (text: string): Transcript => ({ kind: 'final', segment: 1, text, through: 0, engine: 'test' });
const context = { language: 'en', area: 'kitchen' };

/** Our own side: notes whether it acted. */
const own = (understanding: Partial<Understanding> = {}) => {
  const acted: string[] = [];
  const heard: Reply[] = [];
  const respond: Responder = ({ text }, _, run) => {
    let settle = (): void => {};
    const ended = new Promise<void>((resolve) => {
      settle = resolve;
    });
    return {
      understood: Promise.resolve({
        kind: 'talk',
        extendable: false,
        risk: 'harmless',
        likely: [{ text: 'Likely.', kind: 'claim' }],
        ...understanding,
      }),
      says: (async function* (): AsyncGenerator<Say> {
        try {
          await run.committed;
          acted.push(text);
          yield { text: 'Our own answer.', kind: 'talk' };
        } finally {
          settle();
        }
      })(),
      // A home may need longer than the words about it.
      result: ended
        .then(() => new Promise((resolve) => setTimeout(resolve, 5)))
        .then(() => ({ outcomes: run.signal.aborted ? [] : [{} as never], expectsAnswer: true })),
    };
  };
  const local: Answers & { readonly history: string } = {
    respond,
    reopen: () => respond,
    respondAtOnce: respond,
    heard: (reply) => void heard.push(reply),
    history: 'ours',
  };
  return { local, acted, heard };
};

const butler = (...answers: readonly WyomingEvent[]): Handler & { readonly asked: Request[] } => {
  const asked: Request[] = [];
  const handler = async (peer: Connection, first: { type: string; data: object }): Promise<void> => {
    asked.push(first.data as Request);
    for (const answer of answers) await peer.send(answer);
    await peer.read();
  };
  return Object.assign(handler, { asked });
};

const answersOf = async (
  there: Elsewhere,
  local: Answers,
  more: Partial<Parameters<typeof answersElsewhere>[1]> = {},
) =>
  answersElsewhere(local, {
    service: await there.open('conversation.service', '?language=en'),
    sentences: (text, signal) => saysOf(text, { signal }),
    refuse: () => ({ text: 'I will not.', kind: 'talk' }),
    forgetAfter: 1_000,
    log: there.log,
    ...more,
  });

const textsOf = async (reply: Reply): Promise<string[]> => (await all(reply.says)).map(({ text }) => text.trim());

describe('an agent elsewhere', () => {
  it('answers in the place of our own side, which neither acts nor speaks', async () => {
    const agent = butler(message('handled', { text: 'The lamp is on. Is that all?' }));
    await using there = await elsewhere(agentInfo(), agent);
    const { local, acted } = own();
    const { respond } = await answersOf(there, local);
    const run = committedRun();
    const reply = respond(said('turn on the lamp'), { ...context, satellite: 'assist_satellite.hall' }, run);
    expect(await reply.understood).toEqual({ kind: 'talk', extendable: false, risk: 'harmless', likely: [] });
    expect(await textsOf(reply)).toEqual(['The lamp is on.', 'Is that all?']);
    expect(await reply.result).toEqual({ outcomes: [], expectsAnswer: true });
    expect(run.marks).toContain('firstText');
    expect(acted).toEqual([]);
    expect(agent.asked).toEqual([
      {
        text: 'turn on the lamp',
        language: 'en',
        context: { conversation_id: expect.any(String), satellite_id: 'assist_satellite.hall' },
      },
    ]);
  });

  it('is asked nothing before the turn has decided to act', async () => {
    await using there = await elsewhere(agentInfo(), butler(message('handled', { text: 'Done.' })));
    const { local, acted } = own();
    const { respond } = await answersOf(there, local);
    let commit = (): void => {};
    const committed = new Promise<void>((resolve) => {
      commit = resolve;
    });
    const reply = respond(said('turn on the lamp'), context, { ...committedRun(), committed });
    const texts = textsOf(reply);
    await reply.understood;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(there.asked).toBe(0);
    commit();
    expect(await texts).toEqual(['Done.']);
    expect(acted).toEqual([]);
  });

  it('is asked nothing where the turn thinks better of it', async () => {
    await using there = await elsewhere(agentInfo(), butler(message('handled', { text: 'Done.' })));
    const { local } = own();
    const { respond } = await answersOf(there, local);
    const turn = new AbortController();
    const committed = new Promise<void>((_, reject) =>
      turn.signal.addEventListener('abort', () => reject(turn.signal.reason)),
    );
    const reply = respond(said('turn on'), context, { signal: turn.signal, committed, mark: () => {} });
    const texts = textsOf(reply);
    await reply.understood;
    turn.abort(new DOMException('speech went on', 'AbortError'));
    expect(await texts).toEqual([]);
    expect(await reply.result).toEqual({ outcomes: [], expectsAnswer: false });
    expect(there.asked).toBe(0);
  });

  it.each([
    ['before', [message('handled', { text: 'One. Two.' }), message('handled-stop')]],
    ['behind', [message('handled-stop'), message('handled', { text: 'One. Two.' })]],
  ])('speaks while its answer is being written, and once: the whole comes %s the end', async (_, end) => {
    await using there = await elsewhere(
      agentInfo(),
      butler(
        message('handled-start'),
        message('handled-chunk', { text: 'One. T' }),
        message('handled-chunk', { text: 'wo.' }),
        ...end,
      ),
    );
    const { respond } = await answersOf(there, own().local);
    expect(await textsOf(respond(said('count'), context, committedRun()))).toEqual(['One.', 'Two.']);
  });

  it.each<[string, readonly WyomingEvent[], string[]]>([
    ['has words for what it cannot do', [message('not-handled', { text: 'There is no lamp.' })], ['There is no lamp.']],
    ['has none', [message('not-handled')], ['I will not.']],
    ['did it without a word', [message('handled')], []],
    [
      'wants a Home Assistant to act',
      [message('intent', { name: 'HassTurnOn', text: 'Turned on the lamp.' })],
      ['I will not.'],
    ],
    [
      'wants it to act more than once',
      [message('intents-start'), message('intent', { name: 'HassTurnOn' }), message('intents-stop')],
      ['I will not.'],
    ],
  ])('claims nothing that was not done: it %s', async (_, answers, expected) => {
    await using there = await elsewhere(agentInfo(), butler(...answers));
    const { local, acted } = own();
    const { respond } = await answersOf(there, local);
    expect(await textsOf(respond(said('turn on the lamp'), context, committedRun()))).toEqual(expected);
    expect(acted).toEqual([]);
  });

  it('leaves stop phrases to our own side, and what breaks off to be waited for', async () => {
    await using there = await elsewhere(agentInfo(), butler());
    const stop = own({ kind: 'stop' });
    const reply = (await answersOf(there, stop.local)).respond(said('stop'), context, committedRun());
    expect((await reply.understood).kind).toBe('stop');
    expect(await textsOf(reply)).toEqual(['Our own answer.']);
    expect(await reply.result).toMatchObject({ outcomes: [{}], expectsAnswer: true });
    const broken = own({ kind: 'unfinished' });
    const later = (await answersOf(there, broken.local)).respond(said('turn on the'), context, committedRun());
    expect((await later.understood).kind).toBe('unfinished');
    expect(there.asked).toBe(0);
  });

  describe('where it fails', () => {
    const failures: [string, Handler][] = [
      ['leaves', async () => {}],
      ['says so', (peer) => peer.send(message('error', { text: 'no model', code: 'x' })).then(() => {})],
      ['sends nonsense', (peer) => peer.send({ type: 'handled', data: { text: 7 } } as never).then(() => {})],
    ];
    it.each(failures)('our own side answers: it %s', async (_, handler) => {
      await using there = await elsewhere(agentInfo(), handler);
      const { local, acted, heard } = own();
      const { respond, heard: tell, history } = await answersOf(there, local).then((all) => all as typeof local);
      const reply = respond(said('turn on the lamp'), context, committedRun());
      expect(await textsOf(reply)).toEqual(['Our own answer.']);
      expect(await reply.result).toMatchObject({ outcomes: [{}] });
      expect(acted).toEqual(['turn on the lamp']);
      expect(there.logged.at(-1)).toEqual({ level: 'warn', text: 'The agent elsewhere failed' });
      tell(reply, { heard: 1, complete: true } satisfies Playback);
      expect(heard).toHaveLength(1);
      expect(heard[0]).not.toBe(reply);
      expect(history).toBe('ours');
    });

    it('our own side answers where it is silent for too long, or not there', async () => {
      const clock = testClock();
      await using there = await elsewhere(agentInfo(), butler());
      const { local, acted } = own();
      const { respond } = await answersOf(there, local, { clock });
      expect(await clock.until(textsOf(respond(said('one'), context, committedRun())))).toEqual(['Our own answer.']);
      await there.stop();
      expect(await textsOf(respond(said('two'), context, committedRun()))).toEqual(['Our own answer.']);
      expect(acted).toEqual(['one', 'two']);
    });

    it('nobody says more where it has said something already', async () => {
      await using there = await elsewhere(agentInfo(), async (peer) => {
        await peer.send(message('handled-chunk', { text: 'One. Two. Thr' }));
      });
      const { local, acted } = own();
      const { respond } = await answersOf(there, local);
      expect((await textsOf(respond(said('count'), context, committedRun())))[0]).toBe('One.');
      expect(acted).toEqual([]);
    });
  });

  it('is cut with the turn', async () => {
    await using there = await elsewhere(agentInfo(), butler());
    const { respond } = await answersOf(there, own().local);
    const turn = new AbortController();
    const texts = textsOf(respond(said('one'), context, committedRun(turn.signal)));
    while (there.asked === 0) await new Promise((resolve) => setImmediate(resolve));
    turn.abort(new DOMException('over', 'AbortError'));
    expect(await texts).toEqual([]);
  });
});

describe('conversations with an agent', () => {
  it('go on where one speaks, until they are forgotten', async () => {
    const clock = testClock();
    const idOf = conversationIds(clock, 1_000);
    const first = idOf(context);
    await clock.advance(900);
    expect(idOf(context)).toBe(first);
    expect(idOf({ language: 'en', area: 'hall' })).not.toBe(first);
    await clock.advance(900);
    expect(idOf(context)).toBe(first);
    await clock.advance(1_001);
    expect(idOf(context)).not.toBe(first);
    expect(idOf({ ...context, conversation: 'theirs' })).toBe('theirs');
  });

  it('are not remembered without end', () => {
    const idOf = conversationIds(testClock(), 1_000);
    const first = idOf({ language: 'en', area: 'first' });
    for (let other = 0; other < 200; other++) idOf({ language: 'en', area: `${other}` });
    expect(idOf({ language: 'en', area: 'first' })).not.toBe(first);
  });
});
