import { describe, expect, it } from 'vitest';
import { ModelFault } from '../../../src/llm/trouble.js';
import type { Say, TurnContext } from '../../../src/stages.js';
import { exchange, heard, isLine, listen, settle, testRun } from '../talking.js';
import { type Step, scriptedModel } from './scripted-model.js';
import { thinkWith } from './thinking.js';

const HERE: TurnContext = { language: 'en' };
const here = { context: HERE };
const call = (name: string, given: object): Step => ({ call: { name, arguments: given } });
const talk = (says: readonly Say[]): string[] =>
  says.filter(({ text }) => !isLine(text, 'exclamation')).map(({ text }) => text);
/** A turn of words that says nothing, so that the next one has no exclamation. */
const MOON = 'how far is the moon';

describe('what the house does not know', () => {
  it('is answered by the model, sentence by sentence, in plain text', async () => {
    const model = scriptedModel([
      [
        'It is **very** far. ',
        'I walked. *laughs* ',
        'Twice, mo',
        'rtal. ',
        'Four. ',
        'Five. ',
        { until: new Promise(() => {}) },
      ],
    ]);
    const { respond } = thinkWith(model);
    const { outcomes, result, says, understood } = await exchange(respond, MOON, here);
    expect(understood).toMatchObject({ kind: 'talk', risk: 'harmless', extendable: false });
    expect(talk(says)).toEqual(['It is very far.', 'I walked.', 'Twice, mortal.']);
    expect({ outcomes, result }).toEqual({ outcomes: [], result: { outcomes: [], expectsAnswer: false } });
    // Nobody listens to more, so nobody writes it.
    await settle();
    expect(model.aborted).toBe(1);
  });

  it('may be answered at length where that was asked for', async () => {
    const model = scriptedModel([['One. Two is here. Three is here. Four is here. Five is here.']]);
    expect(talk((await exchange(thinkWith(model).respond, 'tell me a story about a knight', here)).says)).toHaveLength(
      5,
    );
  });

  it.each([
    'turn on the kitchen light',
    'stop',
    'i smell gas',
    'thank you',
    'tell me a joke please',
    'what time is it',
  ])('does not include "%s"', async (text) => {
    const model = scriptedModel([['I should not have been asked.']]);
    await exchange(thinkWith(model).respond, text, here);
    expect(model.asked).toEqual([]);
  });

  it.each(['tell me a joke about accountants', 'why is the sky blue', 'thank you for the fish and who made it'])(
    'includes "%s"',
    async (text) => {
      const model = scriptedModel([['I was asked.']]);
      expect((await exchange(thinkWith(model).respond, text, here)).text).toContain('I was asked.');
    },
  );

  it('is a written line where there is no model, or none yet', async () => {
    const model = scriptedModel([['Not yet.']]);
    const { respond, warm } = thinkWith(model, { available: () => false });
    await warm(HERE);
    const { says } = await exchange(respond, MOON, here);
    expect(isLine(says[0]?.text, 'not_understood')).toBe(true);
    expect([model.asked, model.warmed]).toEqual([[], []]);
  });
});

describe('a thought before the turn has decided', () => {
  it('is thought at once, rendered, and spoken only then', async () => {
    const model = scriptedModel([['It is far away. ', 'I walked there.']]);
    const prepared: string[] = [];
    const { respond } = thinkWith(model, { prepare: async ({ text }) => void prepared.push(text) });
    const run = testRun();
    const reply = respond(heard(MOON, 'draft'), HERE, run);
    const { says, ended } = listen(reply);
    await settle();
    expect({ given: model.given, prepared, says }).toEqual({
      given: ['It is far away. ', 'I walked there.'],
      prepared: ['It is far away.'],
      says: [],
    });
    run.commit();
    await ended;
    expect(talk(says)).toEqual(['It is far away.', 'I walked there.']);
  });

  it('is dropped where speech goes on, and nothing of it is said', async () => {
    const model = scriptedModel([['It is ', { until: new Promise(() => {}) }]]);
    const { errors, history, respond, warnings } = thinkWith(model);
    const run = testRun();
    const reply = respond(heard(MOON, 'draft'), HERE, run);
    const { says, ended } = listen(reply);
    await settle();
    run.revoke();
    await ended;
    await settle();
    expect(await reply.result).toEqual({ outcomes: [], expectsAnswer: false });
    expect({ says, aborted: model.aborted, errors, warnings }).toEqual({
      says: [],
      aborted: 1,
      errors: [],
      warnings: [],
    });
    expect(history.of(HERE)).toEqual([]);
  });

  it('changes nothing, but may look', async () => {
    const model = scriptedModel(
      [[call('get_state', { name: 'kitchen light' }), call('turn_on', { name: 'kitchen light' })], ['Well.']],
      { hands: true },
    );
    const { changed, respond } = thinkWith(model);
    const run = testRun();
    const { says, ended } = listen(respond(heard('my soup and i are in the dark', 'draft'), HERE, run));
    await settle();
    expect({ changed: await changed(), says }).toEqual({ changed: {}, says: [] });
    run.commit();
    await ended;
    expect(await changed()).toEqual({ 'light.kitchen_light': 'on, 100 %' });
    expect(says.map(({ text }) => text).join(' ')).toMatch(/kitchen light\b.*\boff/i);
  });

  it('leaves the house only after it', async () => {
    const model = scriptedModel([['Far.']], { local: false });
    const { respond } = thinkWith(model);
    const run = testRun();
    const { ended } = listen(respond(heard(MOON, 'draft'), HERE, run));
    await settle();
    expect(model.given).toEqual([]);
    run.commit();
    await ended;
    expect(model.given).toEqual(['Far.']);
  });
});

describe('a wait', () => {
  const slow = () => {
    let release: () => void = () => {};
    const until = new Promise<void>((resolve) => (release = resolve));
    return { model: scriptedModel([[{ until }, 'It is far.']]), release: () => release() };
  };

  it('begins with a written exclamation, which the model goes on from', async () => {
    const model = scriptedModel([['It is far.']]);
    const { respond } = thinkWith(model);
    const { says, understood } = await exchange(respond, MOON, here);
    expect(isLine(says[0]?.text, 'exclamation')).toBe(true);
    expect(understood.likely).toEqual([says[0]]);
    expect(model.asked[0]?.begin).toBe(says[0]?.text);
  });

  it('is covered by a taunt where there was an exclamation before, and by nothing twice in a row', async () => {
    const fills: (string | undefined)[] = [];
    const { model, release } = slow();
    const { clock, respond } = thinkWith(model);
    for (let turn = 0; turn < 4; turn++) {
      const run = testRun();
      const { says, ended } = listen(respond(heard(MOON), HERE, run));
      run.commit();
      await settle();
      await clock.advance(299);
      expect(says.filter(({ kind }) => kind === 'taunt')).toEqual([]);
      await clock.advance(1_000);
      release();
      await ended;
      const [first] = says;
      fills.push(first?.kind === 'taunt' ? 'taunt' : isLine(first?.text, 'exclamation') ? 'exclamation' : undefined);
      expect(says.at(-1)?.text).toBe('It is far.');
    }
    // The last answers came at once, as their wait was over before it began.
    expect(fills.slice(0, 2)).toEqual(['exclamation', undefined]);
    expect(fills).not.toContain('taunt');
  });

  it('counts from the words, and a taunt never follows the answer', async () => {
    const gates = [slow(), slow()];
    let at = 0;
    const model = {
      ...gates[0]!.model,
      ask: (...asked: Parameters<(typeof gates)[0]['model']['ask']>) => gates[at++]!.model.ask(...asked),
    };
    const { clock, respond } = thinkWith(model);
    const said: string[][] = [];
    for (const gate of gates) {
      const run = testRun();
      const { says, ended } = listen(respond(heard(MOON), HERE, run));
      await settle();
      await clock.advance(250);
      run.commit();
      await settle();
      await clock.advance(60);
      gate.release();
      await ended;
      await clock.advance(10_000);
      said.push(says.map(({ kind }) => kind));
    }
    // First an exclamation and the answer, then a taunt 300 ms after the words and the answer.
    expect(said).toEqual([
      ['talk', 'talk'],
      ['taunt', 'talk'],
    ]);
  });

  it('is not covered where nobody should jest, nor where nobody listens', async () => {
    for (const [text, atOnce] of [
      ['my father died today and i am sad', false],
      [MOON, true],
    ] as const) {
      const { model, release } = slow();
      const { clock, respond, respondAtOnce } = thinkWith(model);
      const run = testRun();
      const { says, ended } = listen((atOnce ? respondAtOnce : respond)(heard(text), HERE, run));
      run.commit();
      await settle();
      await clock.advance(5_000);
      release();
      await ended;
      expect(says.map((say) => say.text)).toEqual(['It is far.']);
    }
  });
});

describe('hands', () => {
  const acting = (...answers: Step[][]) => scriptedModel(answers, { hands: true });

  it('do it, and a written line claims it', async () => {
    const model = acting([call('turn_on', { name: 'kitchen light' })]);
    const { changed, respond } = thinkWith(model);
    const { outcomes, says } = await exchange(respond, 'i cannot see my soup', here);
    expect(await changed()).toEqual({ 'light.kitchen_light': 'on, 100 %' });
    expect(outcomes).toMatchObject([{ intent: 'HassTurnOn', changed: [{ entity: 'light.kitchen_light' }] }]);
    expect(says.filter(({ kind }) => kind === 'claim')).toHaveLength(1);
    // One thing was asked for, and it is done.
    expect(model.asked).toHaveLength(1);
  });

  it('have what they did taken back like any command', async () => {
    const model = acting([call('turn_on', { name: 'kitchen light' })]);
    const { changed, reopen, respond } = thinkWith(model);
    const { outcomes } = await exchange(respond, 'i cannot see my soup', here);
    await exchange(reopen(outcomes), 'turn on kitchen light no wait', here);
    await outcomes[0]?.undo?.({ signal: new AbortController().signal, committed: Promise.resolve(), mark: () => {} });
    expect(await changed()).toEqual({});
  });

  it('go on where more than one thing was asked for, and are told what happened', async () => {
    const model = acting(
      [call('turn_on', { name: 'kitchen light' })],
      [call('turn_on', { name: 'coffee machine' })],
      ['Both are done.'],
    );
    const { changed, respond } = thinkWith(model);
    const { text } = await exchange(respond, 'i want to see and i want to wake up', here);
    expect(Object.keys(await changed())).toEqual(['light.kitchen_light', 'switch.coffee_machine']);
    expect(text).not.toContain('Both');
    expect(model.asked).toHaveLength(3);
    expect(model.asked[1]?.messages.slice(-2)).toMatchObject([
      { role: 'assistant', calls: [{ name: 'turn_on' }] },
      { role: 'tool', name: 'turn_on', text: '"kitchen light" went from "off" to "on, 100 %".' },
    ]);
  });

  it('end after three rounds', async () => {
    const look = (name: string): Step[] => [call('get_state', { name })];
    const model = acting(look('kitchen light'), look('desk lamp'), look('fan'), look('garage light'));
    await exchange(thinkWith(model).respond, 'if it is dark and cold do something', here);
    expect(model.asked).toHaveLength(3);
  });

  it('do not do twice what is called twice', async () => {
    const toggle = call('toggle', { name: 'kitchen light' });
    const model = acting([toggle, toggle], [toggle]);
    const { changed, respond } = thinkWith(model);
    await exchange(respond, 'make it dark and then bright', here);
    expect(Object.keys(await changed())).toEqual(['light.kitchen_light']);
    expect(model.asked).toHaveLength(2);
  });

  it.each([
    ['set_lock', { name: 'front door', action: 'unlock' }, 'lock.front_door'],
    ['move_cover', { name: 'garage door', action: 'open' }, 'cover.garage_door'],
  ])('ask before %s, and do it after a yes', async (tool, given, entity) => {
    const model = acting([call(tool, given)]);
    const { changed, respond } = thinkWith(model);
    const { result, says } = await exchange(respond, 'let me out of here', here);
    expect(result.expectsAnswer).toBe(true);
    expect(says.at(-1)?.plain).toBe(true);
    expect(await changed()).toEqual({});
    await exchange(respond, 'yes', here);
    expect(Object.keys(await changed())).toEqual([entity]);
  });

  it('do nothing of it after a no, or after anything else', async () => {
    for (const words of ['no', 'what a night', 'never mind']) {
      const model = acting([call('set_lock', { name: 'front door', action: 'unlock' })], ['Indeed.']);
      const { changed, respond } = thinkWith(model);
      await exchange(respond, 'let me out of here', here);
      await exchange(respond, words, here);
      await exchange(respond, 'yes', here);
      expect(await changed()).toEqual({});
    }
  });

  it('touch one room without asking, and more only after a yes', async () => {
    const model = acting([call('turn_on', { area: 'kitchen', kind: 'light' })]);
    const { changed, house, respond } = thinkWith(model);
    expect((await exchange(respond, 'make it brighter around here', here)).result.expectsAnswer).toBe(false);
    expect(Object.keys(await changed())).toEqual(['light.kitchen_light']);
    const wide = await house.understand('turn off all the lights', HERE, new AbortController().signal);
    expect(wide?.risk).toBe('wide');
    Object.assign(house.hands, { command: async () => wide });
    expect((await exchange(respond, 'make it darker around here', here)).result.expectsAnswer).toBe(true);
    expect(Object.keys(await changed())).toEqual(['light.kitchen_light']);
  });

  it('are told once what is wrong with a call, and then it is given up in words', async () => {
    const wrong = call('turn_on', { name: 'the sun' });
    const model = acting([wrong], [wrong], ['Never said.']);
    const { changed, respond } = thinkWith(model);
    const { result, says } = await exchange(respond, 'brighten my day', here);
    expect(model.asked).toHaveLength(2);
    expect(model.asked[1]?.messages.at(-1)).toMatchObject({ role: 'tool', name: 'turn_on' });
    expect(talk(says).every((text) => isLine(text, 'not_understood'))).toBe(true);
    expect(says.length).toBeGreaterThan(0);
    expect(result.trouble).toBe('not-understood');
    expect(await changed()).toEqual({});
  });

  it('may put it right', async () => {
    const model = acting([call('turn_on', { name: 'the sun' })], [call('turn_on', { name: 'garage light' })]);
    const { changed, respond } = thinkWith(model);
    await exchange(respond, 'brighten my day', here);
    expect(Object.keys(await changed())).toEqual(['light.garage_light']);
  });

  it('are not given to a model that was not shown to decide right', async () => {
    const model = scriptedModel([[call('turn_on', { name: 'kitchen light' })]]);
    const { changed, respond } = thinkWith(model);
    await exchange(respond, 'brighten my day', here);
    expect(model.asked[0]?.tools).toBeUndefined();
    expect(await changed()).toEqual({});
  });

  it('stop where the turn is given up in the middle', async () => {
    const model = acting([call('turn_on', { name: 'kitchen light' }), { until: new Promise(() => {}) }]);
    const { changed, respond } = thinkWith(model);
    const run = testRun();
    const reply = respond(heard('brighten my day'), HERE, run);
    const { ended } = listen(reply);
    run.commit();
    await settle();
    run.revoke();
    await ended;
    expect(await reply.result).toMatchObject({ expectsAnswer: false });
    expect(await changed()).toEqual({});
  });
});

describe('trouble', () => {
  it.each([
    ['down', 'error.mind'],
    ['unknown-host', 'error.mind'],
    ['garbage', 'error.mind'],
    ['empty', 'error.mind'],
    ['failed', 'error.mind'],
    ['slow', 'error.mind.slow'],
    ['loading', 'error.mind.slow'],
    ['busy', 'error.mind.slow'],
    ['missing', 'error.mind.broken'],
    ['memory', 'error.mind.broken'],
    ['refused', 'error.mind.broken'],
    ['options', 'error.mind.broken'],
    ['no-tools', 'error.mind.broken'],
    ['spent', 'error.mind.spent'],
  ] as const)('"%s" has words of its own', async (trouble, line) => {
    const model = scriptedModel([[{ fail: new ModelFault(trouble, 'The server said something.') }]]);
    const { errors, respond, warnings } = thinkWith(model);
    const { result, says } = await exchange(respond, MOON, here);
    expect(isLine(talk(says).at(-1), line)).toBe(true);
    expect(result).toEqual({ outcomes: [], expectsAnswer: false, trouble: 'failed' });
    expect(warnings).toMatchObject([{ trouble }]);
    expect(errors).toEqual([]);
  });

  it.each(['cut', 'stalled'] as const)('"%s" in mid-stream ends the answer in a whole sentence', async (trouble) => {
    const model = scriptedModel([['It is far away. ', 'And it is', { fail: new ModelFault(trouble, 'Gone.') }]]);
    const { says } = await exchange(thinkWith(model).respond, MOON, here);
    const [first, last, ...rest] = talk(says);
    expect([first, isLine(last, 'error.mind.cut'), rest]).toEqual(['It is far away.', true, []]);
  });

  it('is no trouble where a written line answers too', async () => {
    const model = scriptedModel([[{ fail: new ModelFault('down', 'Gone.') }]]);
    const { says } = await exchange(thinkWith(model).respond, 'tell me a joke about accountants', here);
    expect(isLine(talk(says).at(-1), 'talk.joke')).toBe(true);
  });

  it('with the home is told as such', async () => {
    const model = scriptedModel([[call('turn_on', { name: 'kitchen light' })]], { hands: true });
    const { errors, house, respond } = thinkWith(model);
    Object.assign(house.hands, {
      command: async () => {
        throw new Error('nobody expected this');
      },
    });
    const { says } = await exchange(respond, 'brighten my day', here);
    expect(isLine(says.at(-1)?.text, 'error')).toBe(true);
    expect(errors).toHaveLength(1);
  });

  it('is not told where nothing came: that is a thing not understood', async () => {
    for (const nothing of [[], ['…'], ['*sighs*'], ['```\ncode\n```']]) {
      const { result, says } = await exchange(thinkWith(scriptedModel([nothing])).respond, MOON, here);
      expect(isLine(talk(says).at(-1), 'not_understood')).toBe(true);
      expect(result.trouble).toBe('not-understood');
    }
  });
});

describe('a talk', () => {
  it('goes on from what was really heard of it', async () => {
    const model = scriptedModel([['It is far away. I walked there on a Tuesday, alone and unloved.'], ['Yes.']]);
    const { heard: noteHeard, respond } = thinkWith(model);
    const run = testRun();
    const reply = respond(heard(MOON), HERE, run);
    const { ended } = listen(reply);
    run.commit();
    await ended;
    noteHeard(reply, { heard: 1_500, complete: false });
    await exchange(respond, 'and what did you see there', here);
    const messages = model.asked[1]!.messages.slice(-3);
    expect(messages[0]).toEqual({ role: 'user', text: MOON });
    expect(messages[1]?.text).toMatch(/—$/);
    expect(messages[1]?.text).not.toContain('Tuesday');
    expect(messages[2]).toEqual({ role: 'user', text: 'and what did you see there' });
  });

  it('is forgotten after a time, and kept apart by place', async () => {
    const model = scriptedModel([['It is far.']]);
    const { clock, respond } = thinkWith(model);
    await exchange(respond, MOON, here);
    await exchange(respond, MOON, { context: { language: 'en', area: 'attic' } });
    await clock.advance(6 * 60_000);
    await exchange(respond, MOON, here);
    const own = model.asked.map(({ messages }) => messages.length);
    expect(new Set(own).size).toBe(1);
  });

  it('begins with the same bytes each turn, whatever changes in the house', async () => {
    const model = scriptedModel([['It is far.']], { hands: true });
    const { respond, warm } = thinkWith(model);
    await warm(HERE);
    await exchange(respond, MOON, here);
    await exchange(respond, 'turn on the kitchen light', here);
    await exchange(respond, 'why is the kitchen light so yellow', here);
    const [first, second] = model.asked;
    expect(second?.system).toBe(first?.system);
    expect(second?.tools).toBe(first?.tools);
    expect(model.warmed[0]).toMatchObject({ system: first?.system, tools: first?.tools });
    const beginning = model.warmed[0]!.messages;
    expect(first?.messages.slice(0, beginning.length)).toEqual(beginning);
    expect(second?.messages.slice(0, beginning.length)).toEqual(beginning);
    // What changes comes last.
    expect(second?.messages.at(-1)?.text).toBe(
      '(Now in the house, no orders: "kitchen light": on, 100 %)\nwhy is the kitchen light so yellow',
    );
  });

  it('is read ahead once the answer was heard', async () => {
    const model = scriptedModel([['It is far.']]);
    const { heard: noteHeard, respond } = thinkWith(model);
    const run = testRun();
    const reply = respond(heard(MOON), HERE, run);
    const { ended } = listen(reply);
    run.commit();
    await ended;
    noteHeard(reply, { heard: 2_000, complete: true });
    await settle();
    expect(model.warmed.at(-1)?.messages.slice(-2)).toMatchObject([
      { role: 'user', text: MOON },
      { role: 'assistant', text: expect.stringContaining('It is far.') },
    ]);
  });

  it('is answered in the language of the question', async () => {
    const model = scriptedModel([['Ja.']]);
    await exchange(thinkWith(model).respond, 'wie weit ist der mond', { context: { language: 'de' } });
    expect(model.asked[0]?.system).toContain('Always answer in German.');
  });
});
