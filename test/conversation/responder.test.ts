import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/faults.js';
import { change, DEEDS, fakeHome, outcome } from './fake-home.js';
import { demon, exchange, heard, isLine, KITCHEN, listen, settle, talkWith, testRun } from './talking.js';

describe('the commit gate', () => {
  it('lets nothing be done, said or marked as said before the turn has decided', async () => {
    const home = fakeHome(DEEDS);
    const { respond } = talkWith(home);
    const run = testRun();
    const reply = respond(heard('turn on the lamp', 'draft'), KITCHEN, run);
    const { says, ended } = listen(reply);
    expect(await reply.understood).toMatchObject({ kind: 'command', risk: 'harmless', extendable: false });
    await settle();
    expect({ log: home.log, says, marks: run.marks }).toEqual({ log: [], says: [], marks: ['understood'] });
    run.commit();
    await ended;
    expect(home.log).toEqual(['turn on the lamp']);
    expect(says).toHaveLength(1);
    expect(run.marks).toEqual(['understood', 'performed', 'firstText']);
  });

  it.each(['turn on the lamp', 'who are you', 'stop', 'unlock the front door', 'i smell gas', 'qwerty'])(
    'ends a revoked "%s" quietly',
    async (text) => {
      const home = fakeHome(DEEDS);
      const { respond, errors } = talkWith(home);
      const run = testRun();
      const reply = respond(heard(text, 'draft'), KITCHEN, run);
      const { says, ended } = listen(reply);
      await reply.understood;
      run.revoke();
      await ended;
      expect(await reply.result).toEqual({ outcomes: [], expectsAnswer: false });
      expect({ log: home.log, says, errors }).toEqual({ log: [], says: [], errors: [] });
    },
  );

  it('takes a revoked run back while the home still thinks', async () => {
    const { respond, errors } = talkWith(fakeHome(DEEDS));
    const run = testRun();
    const reply = respond(heard('turn on the lamp', 'draft'), KITCHEN, run);
    run.revoke();
    expect((await reply.understood).kind).toBe('nothing');
    expect(await reply.result).toEqual({ outcomes: [], expectsAnswer: false });
    expect(errors).toEqual([]);
    expect(run.marks).toEqual([]);
  });

  it('does nothing on a run that was revoked before it began', async () => {
    const home = fakeHome(DEEDS);
    const run = testRun();
    run.revoke();
    const reply = talkWith(home).respond(heard('turn on the lamp'), KITCHEN, run);
    const { says, ended } = listen(reply);
    await ended;
    expect(says).toEqual([]);
    expect(home.log).toEqual([]);
  });
});

describe('the line that was prepared', () => {
  it('is the one that is said where all went as foreseen', async () => {
    const { respond } = talkWith(fakeHome(DEEDS));
    for (let turn = 0; turn < 20; turn++) {
      const { understood, says } = await exchange(respond, 'turn on the lamp');
      expect(says).toEqual(understood.likely);
    }
  });

  it('is said even if another room has used it meanwhile', async () => {
    const { respond } = talkWith(fakeHome(DEEDS));
    const run = testRun();
    const reply = respond(heard('turn on the lamp', 'draft'), KITCHEN, run);
    const { likely } = await reply.understood;
    expect((await exchange(respond, 'turn on the lamp', { context: { language: 'en', area: 'attic' } })).says).toEqual(
      likely,
    );
    run.commit();
    const { says, ended } = listen(reply);
    await ended;
    expect(says).toEqual(likely);
  });

  it('stays fresh when its draft is revoked', async () => {
    const { respond } = talkWith(fakeHome(DEEDS));
    const drafts: string[] = [];
    for (let draft = 0; draft < 5; draft++) {
      const run = testRun();
      const { likely } = await respond(heard('turn on the lamp', 'draft'), KITCHEN, run).understood;
      drafts.push(likely[0]!.text);
      run.revoke();
    }
    const { text } = await exchange(respond, 'turn on the lamp');
    expect(new Set([...drafts, text]).size).toBe(1);
    expect((await exchange(respond, 'turn on the lamp')).text).not.toBe(text);
  });
});

describe('a claim', () => {
  const lamp = change('light.lamp', 'on');
  const really = (parts: Parameters<typeof outcome>[1]) =>
    fakeHome({ go: { foreseen: outcome('HassTurnOn', { changed: [lamp] }), really: outcome('HassTurnOn', parts) } });

  it('says what was done', async () => {
    const { text, says, result } = await exchange(talkWith(fakeHome(DEEDS)).respond, 'turn on the lamp');
    expect(isLine(text, 'done.turn_on.light')).toBe(true);
    expect(says[0]!.kind).toBe('claim');
    expect(result.outcomes).toHaveLength(1);
  });

  it.each([
    ['turn off the fan', 'done.turn_off.fan'],
    ['turn on the lights', 'done.turn_on.lights'],
    ['turn on the lamp and the fan', 'done.turn_on.several'],
    ['close the blind', 'done.close'],
  ] as const)('fits "%s"', async (text, situation) => {
    expect(isLine((await exchange(talkWith(fakeHome(DEEDS)).respond, text)).text, situation)).toBe(true);
  });

  it('says that it was so already', async () => {
    const { text } = await exchange(
      talkWith(really({ already: ['light.lamp'], slots: { name: 'lamp' } })).respond,
      'go',
    );
    expect(isLine(text, 'already.on')).toBe(true);
  });

  it('says what failed', async () => {
    const home = really({ failed: [{ name: 'lamp', reason: 'it does not answer' }] });
    const { text } = await exchange(talkWith(home).respond, 'go');
    expect(isLine(text, 'failed.unavailable')).toBe(true);
  });

  it('says why, where it is told', async () => {
    const home = really({ failed: [{ name: 'lamp', reason: 'it has no colours' }] });
    const { text } = await exchange(talkWith(home).respond, 'go');
    expect(text).toContain('It has no colours.');
  });

  it('lets the home say itself what it cannot do', async () => {
    const home = really({ failed: [{ name: 'lamp', reason: 'it is no door' }], speech: 'A lamp is no door.' });
    const { says } = await exchange(talkWith(home).respond, 'go');
    expect(says).toEqual([{ text: 'A lamp is no door.', kind: 'claim' }]);
  });

  it('says when only part of it worked', async () => {
    const home = really({ changed: [lamp], failed: [{ name: 'fan', reason: 'it has no colours' }] });
    const { respond } = talkWith(home);
    for (let turn = 0; turn < 12; turn++) expect(isLine((await exchange(respond, 'go')).text, 'partly')).toBe(true);
  });

  it('says so when nothing changed', async () => {
    const { text } = await exchange(talkWith(really({})).respond, 'go');
    expect(isLine(text, 'unchanged')).toBe(true);
  });

  it('gives a fact exactly as the home put it', async () => {
    const { says } = await exchange(talkWith(fakeHome(DEEDS)).respond, 'is the lamp on');
    expect(says.map(({ text }) => text)).toEqual([expect.any(String), 'The lamp is on.']);
    expect(isLine(says[0]!.text, 'fact')).toBe(true);
  });

  it('leaves a question of the home as it is, and waits for the answer', async () => {
    const home = really({ speech: 'Which lamp?', expectsAnswer: true });
    const { says, result } = await exchange(talkWith(home).respond, 'go');
    expect(says).toEqual([{ text: 'Which lamp?', kind: 'claim' }]);
    expect(result.expectsAnswer).toBe(true);
  });
});

describe('a wait', () => {
  it('of more than 150 ms is covered by one taunt that claims nothing', async () => {
    let finish = (): void => {};
    const until = new Promise<void>((resolve) => (finish = resolve));
    const { respond, clock } = talkWith(fakeHome({ ...DEEDS, slow: { ...DEEDS['turn on the lamp']!, until } }));
    const run = testRun();
    run.commit();
    const { says, ended } = listen(respond(heard('slow'), KITCHEN, run));
    await settle();
    await clock.advance(149);
    expect(says).toEqual([]);
    await clock.advance(5_000);
    expect(says.map(({ kind }) => kind)).toEqual(['taunt']);
    expect(isLine(says[0]!.text, 'taunt')).toBe(true);
    finish();
    await ended;
    expect(says.map(({ kind }) => kind)).toEqual(['taunt', 'claim']);
  });

  it('that is short is not', async () => {
    const { respond, clock } = talkWith(fakeHome(DEEDS));
    const { says } = await exchange(respond, 'turn on the lamp');
    await clock.advance(1_000);
    expect(says.map(({ kind }) => kind)).toEqual(['claim']);
    expect(clock.sleeping).toBe(0);
  });

  it('that is interrupted falls silent, and the result has what was done, also by a home that finishes late', async () => {
    let finish = (): void => {};
    const until = new Promise<void>((resolve) => (finish = resolve));
    const { reply, says, ended, home, run } = await interrupted(until);
    run.revoke();
    await ended;
    finish();
    expect(says).toEqual([]);
    const { outcomes } = await reply.result;
    expect(outcomes.map(({ changed }) => changed[0]!.entity)).toEqual(['light.lamp', 'cover.gate']);
    expect(home.log).toEqual(['turn on the lamp', 'open the gate']);
  });

  it('is not endless where a given-up run leaves the home hanging', async () => {
    const { reply, clock, run } = await interrupted(new Promise<void>(() => {}));
    run.revoke();
    await clock.advance(2_000);
    expect((await reply.result).outcomes).toHaveLength(1);
  });

  async function interrupted(until: Promise<void>) {
    const opened = outcome('HassTurnOn', { changed: [change('cover.gate', 'open')] });
    const home = fakeHome({ ...DEEDS, 'open the gate': { really: opened, until, stubborn: true } });
    const { respond, clock } = talkWith(home);
    const run = testRun();
    run.commit();
    const reply = respond(heard('turn on the lamp and open the gate and close the blind'), KITCHEN, run);
    const { says, ended } = listen(reply);
    await settle();
    return { reply, says, ended, home, clock, run };
  }
});

describe('trouble', () => {
  it('of the home while it thinks becomes a line in character, after the commit', async () => {
    const { respond, errors } = talkWith(
      fakeHome({
        boom: () => {
          throw new Fault('network', 'connection refused');
        },
      }),
    );
    const { text, understood } = await exchange(respond, 'boom');
    expect(isLine(text, 'error.home')).toBe(true);
    expect(understood.kind).toBe('talk');
    expect(errors).toEqual([{ code: 'network', error: 'connection refused', message: 'the home failed' }]);
  });

  it('of the home while it acts is told after what was done', async () => {
    const home = fakeHome({ ...DEEDS, 'turn on the fan': { error: new Error('gone') } });
    const { respond, errors } = talkWith(home);
    const { says, result } = await exchange(respond, 'turn on the lamp and turn on the fan');
    expect(isLine(says[0]!.text, 'done.turn_on.light')).toBe(true);
    expect(isLine(says[1]!.text, 'error')).toBe(true);
    expect(result.outcomes).toHaveLength(1);
    expect(errors).toHaveLength(1);
  });

  it('alone claims nothing', async () => {
    const { says } = await exchange(talkWith(fakeHome({ go: { error: new Error('gone') } })).respond, 'go');
    expect(says).toHaveLength(1);
    expect(isLine(says[0]!.text, 'error')).toBe(true);
  });
});

describe('what is no command', () => {
  const { respond } = talkWith(fakeHome(DEEDS));

  it.each(['', '   ', '…'])('is nothing at all where it has no words: %j', async (text) => {
    expect(await exchange(respond, text)).toMatchObject({ understood: { kind: 'nothing' }, says: [] });
  });

  it.each([
    ['stop', 'stop', 'stopped'],
    ['shut up please', 'stop', 'stopped'],
    ['Goodbye.', 'stop', 'goodbye'],
    ['thats all thanks', 'stop', 'goodbye'],
    ['turn on the', 'unfinished', 'unfinished'],
    ['hello there', 'talk', 'talk.greeting'],
    ['who are you', 'talk', 'talk.identity'],
    ['how are you today', 'talk', 'talk.mood'],
    ['tell me a joke', 'talk', 'talk.joke'],
    ['you are useless', 'talk', 'talk.insult'],
    ['thank you very much', 'talk', 'talk.thanks'],
    ['what can you do', 'talk', 'talk.abilities'],
    ['i love you', 'talk', 'talk.affection'],
    ['the sea is deep', 'talk', 'not_understood'],
  ] as const)('"%s" is %s, answered by %s', async (text, kind, situation) => {
    const reply = await exchange(respond, text);
    expect(reply.understood.kind).toBe(kind);
    expect(isLine(reply.text, situation)).toBe(true);
    expect(reply.understood.likely).toEqual(reply.says);
    expect(reply.outcomes).toEqual([]);
  });

  it('waits for the rest of what breaks off, and for nothing else', async () => {
    expect((await exchange(respond, 'turn on the')).result.expectsAnswer).toBe(true);
    expect((await exchange(respond, 'the sea is deep')).result.expectsAnswer).toBe(false);
  });
});

describe('danger', () => {
  const home = fakeHome({ ...DEEDS, 'turn on the smoke alarm light': DEEDS['turn on the lamp']! });
  const { respond } = talkWith(home);

  it.each([
    ['i smell gas in the kitchen', 'gas'],
    ['the kitchen is on fire', 'fire'],
    ["Mommy, I'm scared", 'distress'],
    ['help me', 'distress'],
    ['i want to kill myself', 'self_harm'],
    ['she swallowed bleach', 'poison'],
    ["my father can't breathe", 'medical'],
    ['the carbon monoxide alarm', 'carbon_monoxide'],
    ['there is water everywhere', 'water_leak'],
    ['someone is breaking in', 'intruder'],
    ['why is the alarm on', 'alarm'],
    ['turn on the lamp and call an ambulance', 'medical'],
  ] as const)('"%s" is answered in plain words', async (text, topic) => {
    const { says } = await exchange(respond, text);
    expect(says).toEqual([{ text: demon.safety.en![topic].say, kind: 'talk', plain: true }]);
  });

  it.each([
    'help me choose a film',
    'hit me with a joke',
    'this song is fire',
    'turn on the fireplace',
    'the alarm for seven',
    'gasoline prices',
  ])('is not seen in "%s"', async (text) => {
    expect((await exchange(respond, text)).says.some(({ plain }) => plain)).toBe(false);
  });

  it('does not keep a command from being done, but the claim is plain', async () => {
    const { says, outcomes } = await exchange(respond, 'turn on the smoke alarm light');
    expect(outcomes).toHaveLength(1);
    expect(says).toEqual([{ text: expect.any(String), kind: 'claim', plain: true }]);
  });
});

describe('a guarded command', () => {
  it('is asked about in plain words, and done after a yes', async () => {
    const home = fakeHome(DEEDS);
    const { respond, clock } = talkWith(home);
    const question = await exchange(respond, 'unlock the front door');
    expect(question.understood).toMatchObject({ kind: 'command', risk: 'guarded', likely: question.says });
    expect(question.says[0]).toMatchObject({ plain: true, kind: 'talk' });
    expect(question.text).toMatch(/unlock the front door/i);
    expect(question.result).toEqual({ outcomes: [], expectsAnswer: true });
    expect(home.log).toEqual([]);
    await clock.advance(15_000);
    const answer = await exchange(respond, 'Yes, please.');
    expect(home.log).toEqual(['unlock the front door']);
    expect(answer.understood.risk).toBe('guarded');
    expect(isLine(answer.text, 'done.unlock')).toBe(true);
    await exchange(respond, 'yes');
    expect(home.log).toHaveLength(1);
  });

  it.each(['no', 'never mind', 'stop', 'no thank you'])('is cancelled by "%s"', async (word) => {
    const home = fakeHome(DEEDS);
    const { respond } = talkWith(home);
    await exchange(respond, 'unlock the front door');
    const { text, says } = await exchange(respond, word);
    expect(isLine(text, 'cancelled')).toBe(true);
    expect(says[0]!.plain).toBe(true);
    await exchange(respond, 'yes');
    expect(home.log).toEqual([]);
  });

  it('is cancelled by anything else, which is then done', async () => {
    const home = fakeHome(DEEDS);
    const { respond } = talkWith(home);
    await exchange(respond, 'unlock the front door');
    await exchange(respond, 'turn on the lamp');
    await exchange(respond, 'yes');
    expect(home.log).toEqual(['turn on the lamp']);
  });

  it('is forgotten after a while', async () => {
    const home = fakeHome(DEEDS);
    const { respond, clock } = talkWith(home);
    await exchange(respond, 'unlock the front door');
    await clock.advance(15_001);
    expect(isLine((await exchange(respond, 'yes')).text, 'not_understood')).toBe(true);
    expect(home.log).toEqual([]);
  });

  it('is not confirmed from another room, nor by a draft, nor forgotten for a revoked one', async () => {
    const home = fakeHome(DEEDS);
    const { respond } = talkWith(home);
    await exchange(respond, 'unlock the front door');
    await exchange(respond, 'yes', { context: { language: 'en', area: 'attic' } });
    const run = testRun();
    await respond(heard('no', 'draft'), KITCHEN, run).understood;
    run.revoke();
    expect((await exchange(respond, 'yes', { kind: 'draft' })).result.expectsAnswer).toBe(true);
    expect(home.log).toEqual([]);
    await exchange(respond, 'yes');
    expect(home.log).toEqual(['unlock the front door']);
  });

  it('holds back the whole sentence that it is part of', async () => {
    const home = fakeHome(DEEDS);
    const { respond } = talkWith(home);
    const { text, understood } = await exchange(respond, 'turn on the lamp and unlock the front door');
    expect(understood.risk).toBe('guarded');
    expect(text).toContain('turn on the lamp and unlock the front door');
    expect(home.log).toEqual([]);
    await exchange(respond, 'do it');
    expect(home.log).toEqual(['turn on the lamp', 'unlock the front door']);
  });
});
