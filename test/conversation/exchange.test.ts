import { describe, expect, it } from 'vitest';
import { converse, type TextRequest } from '../../src/conversation/exchange.js';
import { openDemoHouse } from '../../src/home/demo-house.js';
import type { Home, Reply, Responder, TurnContext } from '../../src/stages.js';
import { DEEDS, fakeHome, outcome } from './fake-home.js';
import { isLine, settle, talkWith } from './talking.js';

const CHAT: TurnContext = { language: 'en', conversation: '01J' };
const EXCUSE = 'Something in me broke.';

/** A conversation in writing. */
function writeTo(home: Home) {
  const talk = talkWith(home);
  const request = (text: string, change: Partial<TextRequest>): TextRequest => ({
    text,
    context: CHAT,
    signal: new AbortController().signal,
    timeout: 8_000,
    excuse: () => ({ text: EXCUSE, kind: 'talk' }),
    clock: talk.clock,
    ...change,
  });
  return {
    ...talk,
    write: (text: string, change: Partial<TextRequest> = {}, respond: Responder = talk.respondAtOnce) =>
      converse(respond, request(text, change)),
  };
}

describe('a text', () => {
  it('is acted on at once and answered in one piece', async () => {
    const home = fakeHome(DEEDS);
    const { write, clock } = writeTo(home);
    const answer = await write('turn on the lamp');
    expect(home.log).toEqual(['turn on the lamp']);
    expect(answer).toMatchObject({ kind: 'command', expectsAnswer: false, outcomes: [{ intent: 'HassTurnOn' }] });
    expect(isLine(answer.text, 'done.turn_on.light')).toBe(true);
    expect(clock.sleeping).toBe(0);
  });

  it('is understood with the capitals and stops that people write', async () => {
    const house = openDemoHouse();
    const { outcomes } = await writeTo(house).write('  Turn on the Living Room Lamp, and close the blind! ');
    expect(outcomes.flatMap(({ changed }) => changed.map(({ entity }) => entity))).toEqual([
      'light.living_room_lamp',
      'cover.living_room_blind',
    ]);
    house.close();
  });

  it('gets all that is to be said, joined', async () => {
    const { text } = await writeTo(fakeHome(DEEDS)).write('is the lamp on');
    expect(text).toMatch(/^.+[.] The lamp is on\.$/);
  });

  it.each([
    ['who are you', 'talk'],
    ['goodbye', 'stop'],
    ['turn on the', 'unfinished'],
    ['the sea is deep', 'talk'],
  ] as const)('"%s" is %s', async (text, kind) => {
    const answer = await writeTo(fakeHome(DEEDS)).write(text);
    expect(answer).toMatchObject({ kind, outcomes: [], expectsAnswer: kind === 'unfinished' });
    expect(answer.text).not.toBe('');
  });

  it('without words gets none', async () => {
    expect(await writeTo(fakeHome(DEEDS)).write('  ')).toMatchObject({ kind: 'nothing', text: '' });
  });

  it('is not answered with what only covers a wait', async () => {
    let finish = (): void => {};
    const until = new Promise<void>((resolve) => (finish = resolve));
    const { write, clock } = writeTo(fakeHome({ slow: { ...DEEDS['turn on the lamp']!, until } }));
    const answer = write('slow');
    await settle();
    await clock.advance(1_000);
    finish();
    expect(isLine((await answer).text, 'done.turn_on.light')).toBe(true);
  });
});

describe('a guarded command in writing', () => {
  it('is asked about, and done after a yes in the same conversation, wherever that comes from', async () => {
    const home = fakeHome(DEEDS);
    const { write } = writeTo(home);
    const question = await write('unlock the front door');
    expect(question).toMatchObject({ expectsAnswer: true, outcomes: [] });
    await write('yes', { context: { ...CHAT, conversation: '01K' } });
    await write('yes', { context: { language: 'en' } });
    expect(home.log).toEqual([]);
    await write('yes', { context: { ...CHAT, satellite: 'assist_satellite.attic', area: 'attic' } });
    expect(home.log).toEqual(['unlock the front door']);
  });

  it('belongs to its satellite where there are no conversations', async () => {
    const home = fakeHome(DEEDS);
    const { write } = writeTo(home);
    const at = (satellite: string) => ({ context: { language: 'en', area: 'hall', satellite } });
    await write('unlock the front door', at('assist_satellite.hall'));
    await write('yes', at('assist_satellite.door'));
    expect(home.log).toEqual([]);
    await write('yes', at('assist_satellite.hall'));
    expect(home.log).toEqual(['unlock the front door']);
  });
});

describe('trouble', () => {
  it('of the home is answered in character', async () => {
    const { write } = writeTo(fakeHome({ go: { error: new Error('gone') } }));
    const { text, outcomes } = await write('go');
    expect(isLine(text, 'error')).toBe(true);
    expect(outcomes).toEqual([]);
  });

  it('of the responder itself is excused', async () => {
    const { write } = writeTo(fakeHome({}));
    const broken: Responder = () => ({
      understood: Promise.reject(new Error('broken')),
      // biome-ignore lint/correctness/useYield: it fails before the first word
      says: (async function* () {
        throw new Error('broken');
      })(),
      result: Promise.reject(new Error('broken')),
    });
    expect(await write('go', {}, broken)).toMatchObject({ text: EXCUSE, kind: 'talk', outcomes: [] });
    const worse = (): Reply => {
      throw new Error('broken');
    };
    expect(await write('go', {}, worse)).toMatchObject({ text: EXCUSE });
  });

  it('of a home that takes too long ends in time, and what has not begun yet is given up', async () => {
    const home = fakeHome({ ...DEEDS, hang: { until: new Promise(() => {}) } });
    const { write, clock, history } = writeTo(home);
    const answer = write('hang and turn on the lamp');
    await settle();
    await clock.advance(8_000);
    expect(await answer).toEqual({ text: EXCUSE, kind: 'command', end: 'failed', outcomes: [], expectsAnswer: false });
    await clock.advance(10_000);
    expect(home.log).toEqual(['hang']);
    expect(history.of(CHAT)).toMatchObject([{ cut: true, spoken: '' }]);
    expect(clock.sleeping).toBe(0);
  });

  it('is none of the conversation’s where it is given up: the signal’s reason is thrown', async () => {
    const { write, clock } = writeTo(fakeHome({ hang: { until: new Promise(() => {}) } }));
    const stop = new AbortController();
    const answer = write('hang', { signal: stop.signal });
    await settle();
    stop.abort(new Error('the connection is gone'));
    await expect(answer).rejects.toThrow('the connection is gone');
    await expect(write('hang', { signal: stop.signal })).rejects.toThrow('the connection is gone');
    await clock.advance(2_000);
    expect(clock.sleeping).toBe(0);
  });
});

describe('the end of an answer', () => {
  const failed = [{ name: 'lamp', reason: 'it is unavailable' }];
  const lit = DEEDS['turn on the lamp']!.foreseen!;
  const home = () =>
    fakeHome({
      ...DEEDS,
      'fail all': { foreseen: outcome('HassTurnOn', { failed }) },
      'fail some': { foreseen: outcome('HassTurnOn', { failed, changed: lit.changed }) },
      'tell why': { foreseen: outcome('HassTurnOn', { failed, speech: 'It is broken.' }) },
      'do nothing': { foreseen: outcome('HassTurnOn') },
      'turn on slowly': { foreseen: { ...outcome('HassTurnOn'), late: new Promise(() => {}) } },
      ask: { foreseen: outcome('Ask', { failed, speech: 'Which lamp?', expectsAnswer: true }) },
      break: { error: new Error('gone') },
    });

  it.each([
    ['turn on the lamp', 'handled'],
    ['is the lamp on', 'handled'],
    ['who are you', 'handled'],
    ['what did you say', 'handled'],
    ['there is a gas leak', 'handled'],
    ['goodbye', 'handled'],
    ['unlock the front door', 'handled'],
    ['ask', 'handled'],
    ['fail some', 'handled'],
    ['do nothing', 'handled'],
    ['fail all and turn on the lamp', 'handled'],
    ['fail all', 'failed'],
    ['tell why', 'failed'],
    ['break', 'failed'],
    ['turn on the lamp and break', 'failed'],
    ['turn on slowly', 'failed'],
    ['the sea is deep', 'not-understood'],
    ['turn on the', 'not-understood'],
    ['', 'not-understood'],
  ] as const)('of "%s" is %s', async (text, end) => {
    expect((await writeTo(home()).write(text)).end).toBe(end);
  });

  it('is a failure where understanding breaks', async () => {
    const broken = fakeHome({
      go: () => {
        throw new Error('gone');
      },
    });
    expect((await writeTo(broken).write('go')).end).toBe('failed');
  });

  it('says so in character where something guarded is not allowed', async () => {
    const forbidden = outcome('HassTurnOff', { failed: [{ name: 'front door', reason: 'that is not allowed' }] });
    const { end, text } = await writeTo(fakeHome({ 'unlock it': { foreseen: forbidden } })).write('unlock it');
    expect({ end, said: isLine(text, 'failed.forbidden') }).toEqual({ end: 'failed', said: true });
  });
});

describe('the history of a conversation in writing', () => {
  it('has whole answers, also where the connection ends afterwards', async () => {
    const { write, history } = writeTo(fakeHome(DEEDS));
    const connection = new AbortController();
    const { text } = await write('turn on the lamp', { signal: connection.signal });
    connection.abort();
    expect(history.of(CHAT)).toMatchObject([{ said: 'turn on the lamp', spoken: text, cut: false }]);
    expect((await write('what did you say')).text).toBe(text);
  });
});
