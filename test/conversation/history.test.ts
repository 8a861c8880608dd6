import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHistory } from '../../src/conversation/history.js';
import type { TurnContext } from '../../src/stages.js';
import { testClock } from '../fakes/clock.js';
import { DEEDS, fakeHome } from './fake-home.js';
import { demon, exchange, heard, isLine, KITCHEN, listen, settle, talkWith, testRun } from './talking.js';

const within = 300_000;
const of = (conversation: string): TurnContext => ({ language: 'en', conversation });

describe('what was said', () => {
  it('is kept with its reply, and apart by conversation, satellite and area', async () => {
    const { respond, history } = talkWith(fakeHome(DEEDS));
    const places: TurnContext[] = [
      { ...of('a'), satellite: 'assist_satellite.hall', area: 'hall' },
      { ...of('b'), satellite: 'assist_satellite.hall', area: 'hall' },
      { language: 'en', satellite: 'assist_satellite.hall', area: 'hall' },
      { language: 'en', area: 'hall' },
      { language: 'en' },
    ];
    for (const [at, context] of places.entries()) {
      const text = Object.keys(DEEDS)[at]!;
      const { text: reply } = await exchange(respond, text, { context });
      expect(history.of(context)).toMatchObject([{ said: text, spoken: reply, expectsAnswer: false }]);
    }
    await exchange(respond, 'hello', { context: { ...of('a'), area: 'attic' } });
    expect(history.of(places[0]!).map(({ said }) => said)).toEqual(['turn on the lamp', 'hello']);
  });

  it('is nothing where nothing was decided upon, or no words were heard', async () => {
    const { respond, history } = talkWith(fakeHome(DEEDS));
    const run = testRun();
    await respond(heard('turn on the lamp', 'draft'), KITCHEN, run).understood;
    run.revoke();
    await exchange(respond, '');
    await settle();
    expect(history.of(KITCHEN)).toEqual([]);
  });

  it('is the whole sentence where it went on', async () => {
    const { respond, reopen, history } = talkWith(fakeHome(DEEDS));
    const { outcomes } = await exchange(respond, 'turn on the lamp');
    await exchange(reopen(outcomes), 'turn on the lamp and close the blind');
    expect(history.of(KITCHEN).map(({ said }) => said)).toEqual(['turn on the lamp and close the blind']);
  });

  it('is forgotten when a conversation was idle for five minutes', async () => {
    const { respond, history, clock } = talkWith(fakeHome(DEEDS));
    await exchange(respond, 'hello');
    await clock.advance(299_000);
    await exchange(respond, 'hello');
    await clock.advance(300_000);
    expect(history.of(KITCHEN)).toHaveLength(2);
    await clock.advance(1);
    expect(history.of(KITCHEN)).toEqual([]);
  });

  it('is the last ten exchanges, and no long speeches', () => {
    const history = createHistory(testClock(), within);
    for (let i = 1; i <= 12; i++)
      history.begin(KITCHEN, `sentence ${i}`, false).say({ text: 'So be it.', kind: 'talk' });
    expect(history.of(KITCHEN).map(({ said }) => said)).toEqual([...Array(10).keys()].map((i) => `sentence ${i + 3}`));
    const speech = history.begin(KITCHEN, 'word '.repeat(1_000), false);
    for (const text of ['a'.repeat(600), 'b'.repeat(600)]) speech.say({ text, kind: 'talk' });
    const { said, spoken } = history.of(KITCHEN).at(-1)!;
    expect([said.length, spoken]).toEqual([1_000, 'a'.repeat(600)]);
  });

  it('is that of the hundred conversations in which something was said last', () => {
    const conversations = fc.array(fc.nat(130), { minLength: 150, maxLength: 400 });
    fc.assert(
      fc.property(conversations, (ids) => {
        const history = createHistory(testClock(), within);
        for (const id of ids) history.begin(of(`${id}`), 'hello', false);
        const recent = new Set([...new Set(ids.toReversed())].slice(0, 100));
        for (let id = 0; id <= 130; id++)
          expect([id, history.of(of(`${id}`)).length > 0]).toEqual([id, recent.has(id)]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('an answer that was cut', () => {
  const text = 'It is done. Weep with gratitude, and never ask me again.';
  const telling = () => {
    const history = createHistory(testClock(), within);
    const begun = history.begin(KITCHEN, 'do it', false);
    begun.say({ text: 'Wait.', kind: 'taunt' });
    begun.take();
    begun.say({ text, kind: 'claim' });
    return { begun, exchange: () => history.of(KITCHEN)[0]! };
  };

  it('is remembered as cut, with what was being spoken', () => {
    const { begun, exchange } = telling();
    expect(exchange()).toMatchObject({ spoken: text, cut: false });
    begun.cut();
    expect(exchange()).toMatchObject({ spoken: '', cut: true });
    begun.take();
    expect(exchange()).toMatchObject({ spoken: text, cut: true, reply: [{ text }] });
  });

  it('is remembered to the word that was reached, no further', () => {
    const { begun, exchange } = telling();
    begun.take();
    begun.cut();
    begun.heard({ heard: 2_000, complete: false });
    expect(exchange()).toMatchObject({ spoken: 'It is done. Weep with', cut: true });
    begun.heard({ heard: 100, complete: false });
    expect(exchange().spoken).toBe('');
  });

  it('is whole where it was heard to its end before the turn was interrupted', () => {
    const { begun, exchange } = telling();
    begun.take();
    begun.heard({ heard: 9_000, complete: true });
    begun.cut();
    expect(exchange()).toMatchObject({ spoken: text, cut: false });
  });

  it('is told by the responder where its run is given up, and by the turn how far it came', async () => {
    const { respond, heard: wasHeard, history } = talkWith(fakeHome(DEEDS));
    const run = testRun();
    run.commit();
    const reply = respond(heard('turn on the lamp'), KITCHEN, run);
    for await (const _ of reply.says) break;
    run.revoke();
    await reply.result;
    const [cut] = history.of(KITCHEN);
    expect(cut).toMatchObject({ cut: true, reply: [{ text: cut!.spoken, kind: 'claim' }] });
    wasHeard(reply, { heard: 0, complete: false });
    expect(history.of(KITCHEN)[0]!.spoken).toBe('');
  });
});

describe('"what did you say?"', () => {
  it.each(['What did you say?', 'repeat that please', 'say that again', 'pardon'])(
    '"%s" is answered with the last reply, word for word',
    async (question) => {
      const { respond } = talkWith(fakeHome(DEEDS));
      await exchange(respond, 'who are you');
      const { text: reply } = await exchange(respond, 'turn on the lamp');
      const again = await exchange(respond, question);
      expect(again.text).toBe(reply);
      expect(again.understood).toMatchObject({ kind: 'talk', likely: again.says });
      expect((await exchange(respond, question)).text).toBe(reply);
    },
  );

  it('gives the whole of an answer that was cut, and does nothing twice', async () => {
    const home = fakeHome(DEEDS);
    const { respond } = talkWith(home);
    const run = testRun();
    run.commit();
    const reply = respond(heard('turn on the lamp'), KITCHEN, run);
    const { likely } = await reply.understood;
    for await (const _ of reply.says) break;
    run.revoke();
    await reply.result;
    expect((await exchange(respond, 'what did you say')).text).toBe(likely[0]!.text);
    expect(home.log).toEqual(['turn on the lamp']);
  });

  it('stays plain where the reply was, and leaves its question open', async () => {
    const home = fakeHome(DEEDS);
    const { respond, clock } = talkWith(home);
    const question = await exchange(respond, 'unlock the front door');
    await clock.advance(14_000);
    const again = await exchange(respond, 'what did you say');
    expect(again.says).toEqual(question.says);
    expect(again.says[0]!.plain).toBe(true);
    expect(again.result.expectsAnswer).toBe(true);
    await clock.advance(14_000);
    await exchange(respond, 'yes');
    expect(home.log).toEqual(['unlock the front door']);
    await exchange(respond, 'i smell gas');
    expect((await exchange(respond, 'say that again')).says).toEqual([
      { text: demon.safety.en!.gas.say, kind: 'talk', plain: true },
    ]);
  });

  it('gets no words from before where nothing was said, or it is too long ago, or said elsewhere', async () => {
    const { respond, clock } = talkWith(fakeHome(DEEDS));
    expect(isLine((await exchange(respond, 'what did you say')).text, 'nothing_to_repeat')).toBe(true);
    await exchange(respond, 'turn on the lamp');
    const elsewhere = await exchange(respond, 'what did you say', { context: of('another') });
    expect(isLine(elsewhere.text, 'nothing_to_repeat')).toBe(true);
    await clock.advance(300_001);
    expect(isLine((await exchange(respond, 'what did you say')).text, 'nothing_to_repeat')).toBe(true);
  });

  it('is a command where the home has one of that name', async () => {
    const home = fakeHome({ 'repeat that': DEEDS['turn on the lamp']! });
    await exchange(talkWith(home).respond, 'repeat that');
    expect(home.log).toEqual(['repeat that']);
  });

  it('leaves out what only covered a wait', async () => {
    let finish = (): void => {};
    const until = new Promise<void>((resolve) => (finish = resolve));
    const { respond, clock } = talkWith(fakeHome({ slow: { ...DEEDS['turn on the lamp']!, until } }));
    const run = testRun();
    run.commit();
    const { says, ended } = listen(respond(heard('slow'), KITCHEN, run));
    await settle();
    await clock.advance(200);
    finish();
    await ended;
    expect(says.map(({ kind }) => kind)).toEqual(['taunt', 'claim']);
    expect((await exchange(respond, 'what did you say')).text).toBe(says[1]!.text);
  });
});
