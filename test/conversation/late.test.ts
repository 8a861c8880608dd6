import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/stages.js';
import { change, DEEDS, fakeHome, outcome } from './fake-home.js';
import { exchange, heard, isLine, KITCHEN, listen, settle, talkWith, testRun } from './talking.js';

const opening = outcome('HassTurnOn', { changed: [change('cover.gate', 'opening')] });
const opened = outcome('HassTurnOn', { changed: [change('cover.gate', 'open')] });
const jammed = outcome('HassTurnOn', { failed: [{ name: 'gate', reason: 'it is jammed' }] });
const unknown = outcome('HassTurnOn');

/** "Open the gate" in a home that says what it `knows` and is slow with the rest. */
async function open(knows: Outcome, text = 'open the gate') {
  let tell: (late: Outcome) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const late = new Promise<Outcome>((resolve, reject) => {
    tell = resolve;
    fail = reject;
  });
  const home = fakeHome({ ...DEEDS, 'open the gate': { really: { ...knows, late } } });
  const talk = talkWith(home);
  const run = testRun();
  run.commit();
  const reply = talk.respond(heard(text), KITCHEN, run);
  const { says, ended } = listen(reply);
  let over = false;
  void ended.then(() => (over = true));
  await settle();
  return {
    ...talk,
    home,
    run,
    reply,
    says,
    ended,
    isOver: () => over,
    tell: async (news: Outcome) => {
      tell(news);
      await settle();
    },
    fail: async (error: Error) => {
      fail(error);
      await settle();
    },
  };
}

describe('a failure that comes late', () => {
  it('is said after the claim, which did not wait for it, and is what the outcome says in the end', async () => {
    const { says, tell, reply, isOver, clock } = await open(opening);
    expect(says).toHaveLength(1);
    expect(isOver()).toBe(false);
    await tell(jammed);
    expect(isOver()).toBe(true);
    expect(isLine(says[1]!.text, 'failed.because')).toBe(true);
    expect(says[1]!.kind).toBe('claim');
    expect((await reply.result).outcomes).toMatchObject([{ failed: jammed.failed }]);
    expect(clock.sleeping).toBe(0);
  });

  it('knows what the same turn had done before', async () => {
    const wider = outcome('HassTurnOn', { changed: [change('fan.fan', 'on')], already: ['light.lamp'] });
    const home = fakeHome({
      ...DEEDS,
      'turn on the lamp and the fan': { foreseen: wider, really: { ...wider, late: Promise.resolve(wider) } },
    });
    const { respond, reopen } = talkWith(home);
    const { outcomes } = await exchange(respond, 'turn on the lamp');
    const { result } = await exchange(reopen(outcomes), 'turn on the lamp and the fan');
    expect(result.outcomes[0]!.changed.map(({ entity }) => entity)).toEqual(['light.lamp', 'fan.fan']);
  });

  it('can still be undone by a sentence that goes on', async () => {
    const { tell, reply, reopen, home } = await open(opening);
    await tell(jammed);
    const run = testRun();
    run.commit();
    const { outcomes } = await reply.result;
    await listen(reopen(outcomes)(heard('open the gate no wait'), KITCHEN, run)).ended;
    expect(home.log).toEqual(['open the gate', 'undo open the gate']);
  });

  it('is not waited for longer than four seconds: the reply ends with what is known', async () => {
    const { says, tell, reply, isOver, clock } = await open(opening);
    await clock.advance(3_999);
    expect(isOver()).toBe(false);
    await clock.advance(1);
    expect(isOver()).toBe(true);
    await tell(jammed);
    expect(says).toHaveLength(1);
    expect((await reply.result).outcomes).toMatchObject([{ changed: opening.changed }]);
    expect(clock.sleeping).toBe(0);
  });

  it('is not said where the turn was given up meanwhile, and then nobody waits', async () => {
    const { says, tell, reply, run, ended, clock } = await open(opening);
    run.revoke();
    await ended;
    expect((await reply.result).outcomes).toMatchObject([{ changed: opening.changed }]);
    await tell(jammed);
    expect(says).toHaveLength(1);
    expect(clock.sleeping).toBe(0);
  });

  it('is told with the other parts of the sentence done already', async () => {
    const { says, tell } = await open(opening, 'open the gate and turn on the lamp');
    expect(isLine(says[0]!.text, 'done.compound')).toBe(true);
    await tell(jammed);
    expect(isLine(says[1]!.text, 'failed.because')).toBe(true);
  });

  it('becomes words in character where the home breaks its promise not to reject', async () => {
    const { says, fail, errors, isOver } = await open(unknown);
    await fail(new Error('gone'));
    expect(isOver()).toBe(true);
    expect(says).toHaveLength(1);
    expect(isLine(says[0]!.text, 'error')).toBe(true);
    expect(errors).toHaveLength(1);
  });
});

describe('a success that comes late', () => {
  it('is no news where it was claimed', async () => {
    const { says, tell, reply, isOver } = await open(opening);
    await tell(opened);
    expect(isOver()).toBe(true);
    expect(says).toHaveLength(1);
    expect((await reply.result).outcomes).toMatchObject([{ changed: opened.changed }]);
  });

  it('is claimed where nothing could be said before', async () => {
    const { says, tell } = await open(unknown);
    expect(says).toEqual([]);
    await tell(opened);
    expect(says).toHaveLength(1);
    expect(isLine(says[0]!.text, 'done.open')).toBe(true);
  });
});

describe('a home that never tells', () => {
  it('is said to be silent, and nothing is claimed', async () => {
    const { says, clock, isOver } = await open(unknown);
    await clock.advance(4_000);
    expect(isOver()).toBe(true);
    expect(says).toHaveLength(1);
    expect(isLine(says[0]!.text, 'error.home')).toBe(true);
  });

  it('does not keep a question waiting for its answer', async () => {
    const { isOver, reply } = await open({ ...opening, speech: 'Which gate?', expectsAnswer: true });
    expect(isOver()).toBe(true);
    expect((await reply.result).expectsAnswer).toBe(true);
  });

  it('does not keep a written answer waiting', async () => {
    const late = new Promise<Outcome>(() => {});
    const { respondAtOnce } = talkWith(fakeHome({ 'open the gate': { really: { ...opening, late } } }));
    const run = testRun();
    run.commit();
    const { says, ended } = listen(respondAtOnce(heard('open the gate'), KITCHEN, run));
    await ended;
    expect(says).toHaveLength(1);
  });
});
