import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { converse } from '../../../src/conversation/exchange.js';
import { createResponder } from '../../../src/conversation/responder.js';
import { type CallerHome, openCallerHome } from '../../../src/home/caller/caller-home.js';
import { openDemoHouse } from '../../../src/home/demo-house.js';
import { homesFile } from '../../../src/home/house.js';
import { linePickers } from '../../../src/persona/lines.js';
import { seededRandom } from '../../../src/random.js';
import type { Command, Outcome } from '../../../src/stages.js';
import { demon, isLine, KITCHEN, testRun } from '../../conversation/talking.js';
import { testClock } from '../../fakes/clock.js';

const home = openCallerHome();
const { signal } = new AbortController();
const understand = (text: string, language = 'en') => home.understand(text, { language }, signal);
const perform = (command: Command): Promise<Outcome> =>
  home.perform(command, { signal, committed: Promise.resolve(), mark: () => {} });

type Intent = readonly [name: string, slots: Readonly<Record<string, unknown>>];
const intentsOf = async (text: string): Promise<Intent[] | undefined> => {
  const command = await understand(text);
  if (!command) return undefined;
  return home
    .intentsOf(await perform(command))
    .map(({ entities, name }) => [name, Object.fromEntries(entities.map((one) => [one.name, one.value]))]);
};

const SHADES = ['blind', 'curtain', 'shade', 'shutter'];

describe('the home of whoever asks', () => {
  it.each<[string, ...Intent[]]>([
    ['turn on the desk lamp', ['HassTurnOn', { name: 'desk lamp' }]],
    ['Turn my desk lamp on, please!', ['HassTurnOn', { name: 'desk lamp' }]],
    ["switch off Emma's lamp", ['HassTurnOff', { name: "Emma's lamp" }]],
    ['would you turn off the TV now', ['HassTurnOff', { name: 'TV' }]],
    ['turn on the lamp in the office', ['HassTurnOn', { name: 'lamp', area: 'office' }]],
    ['turn on the kitchen lights', ['HassTurnOn', { area: 'kitchen', domain: 'light' }]],
    ['turn on the kitchen light', ['HassTurnOn', { area: 'kitchen', domain: 'light' }]],
    ["turn on the lights in Emma's room", ['HassTurnOn', { area: "Emma's room", domain: 'light' }]],
    ['turn the lights off in the bedroom', ['HassTurnOff', { area: 'bedroom', domain: 'light' }]],
    ['turn off the lights on the upper floor', ['HassTurnOff', { floor: 'upper floor', domain: 'light' }]],
    ['turn off the christmas lights', ['HassTurnOff', { name: 'christmas lights' }]],
    [
      'turn on the desk lamp and the coffee machine',
      ['HassTurnOn', { name: 'desk lamp' }],
      ['HassTurnOn', { name: 'coffee machine' }],
    ],
    [
      'turn on the desk lamp and the lights in the kitchen',
      ['HassTurnOn', { name: 'desk lamp' }],
      ['HassTurnOn', { area: 'kitchen', domain: 'light' }],
    ],
    [
      'turn off everything in the kitchen',
      ['HassTurnOff', { area: 'kitchen', domain: ['light', 'switch', 'fan', 'media_player'] }],
    ],
    ['toggle the fan', ['HassToggle', { name: 'fan' }]],
    ['dim the bed light to thirty percent', ['HassLightSet', { name: 'bed light', brightness: 30 }]],
    ['set the bed light to 50%', ['HassLightSet', { name: 'bed light', brightness: 50 }]],
    ['set the kitchen lights to half', ['HassLightSet', { area: 'kitchen', domain: 'light', brightness: 50 }]],
    ['make the bed light red', ['HassLightSet', { name: 'bed light', color: 'red' }]],
    ['set the bed light to warm white', ['HassLightSet', { name: 'bed light', temperature: 2700 }]],
    ['open the blinds', ['HassOpenCover', { name: 'blinds' }]],
    ['close the blinds in the bedroom', ['HassCloseCover', { area: 'bedroom', device_class: SHADES }]],
    ['open the bedroom curtains', ['HassOpenCover', { area: 'bedroom', device_class: SHADES }]],
    ['open the blinds to forty percent', ['HassSetPosition', { name: 'blinds', position: 40 }]],
    ['open the blinds halfway', ['HassSetPosition', { name: 'blinds', position: 50 }]],
    ['stop the blinds', ['HassStopMoving', { name: 'blinds' }]],
    ['lock the front door', ['HassTurnOn', { name: 'front door', domain: 'lock' }]],
    ['unlock the front door', ['HassTurnOff', { name: 'front door', domain: 'lock' }]],
    ['set the bedroom fan to fifty percent', ['HassFanSetSpeed', { name: 'bedroom fan', percentage: 50 }]],
    ['set the volume of the speaker to thirty', ['HassSetVolume', { name: 'speaker', volume_level: 30 }]],
    ['volume up', ['HassSetVolumeRelative', { volume_step: 'up' }]],
    ['pause', ['HassMediaPause', {}]],
    ['pause the living room tv', ['HassMediaPause', { name: 'living room tv' }]],
    ['resume the tv', ['HassMediaUnpause', { name: 'tv' }]],
    ['next track', ['HassMediaNext', {}]],
    ['mute the radio', ['HassMediaPlayerMute', { name: 'radio' }]],
    ['set the temperature to 21.5 degrees', ['HassClimateSetTemperature', { temperature: 21.5 }]],
    ['set the thermostat to twenty', ['HassClimateSetTemperature', { temperature: 20 }]],
    ['set the bedroom to 19 degrees', ['HassClimateSetTemperature', { area: 'bedroom', temperature: 19 }]],
    ['set the heat pump to 22 degrees', ['HassClimateSetTemperature', { name: 'heat pump', temperature: 22 }]],
    ['start the vacuum', ['HassVacuumStart', { name: 'vacuum' }]],
    ['vacuum the kitchen', ['HassVacuumCleanArea', { area: 'kitchen' }]],
    ['set a timer for ten minutes', ['HassStartTimer', { minutes: 10 }]],
    ['set a timer for an hour and a half', ['HassStartTimer', { hours: 1, minutes: 30 }]],
    ['start a pizza timer for ninety minutes', ['HassStartTimer', { name: 'pizza', minutes: 90 }]],
    ['set a five minute timer called eggs', ['HassStartTimer', { minutes: 5, name: 'eggs' }]],
    ['set a timer for two and a half hours', ['HassStartTimer', { hours: 2, minutes: 30 }]],
    ['cancel the timer', ['HassCancelTimer', {}]],
    ['cancel the five minute timer', ['HassCancelTimer', { start_minutes: 5 }]],
    ['cancel all timers', ['HassCancelAllTimers', {}]],
    ['add two minutes to the pizza timer', ['HassIncreaseTimer', { name: 'pizza', minutes: 2 }]],
    ['take one minute off the timer', ['HassDecreaseTimer', { minutes: 1 }]],
    ['pause the timer', ['HassPauseTimer', {}]],
    [
      'add bread and butter to the shopping list',
      ['HassListAddItem', { name: 'shopping list', item: 'bread and butter' }],
    ],
    ['broadcast dinner is on the table', ['HassBroadcast', { message: 'dinner is on the table' }]],
    [
      'is the kitchen window open',
      [
        'HassGetState',
        { name: 'kitchen window', state: ['open', 'opening', 'on'], domain: ['cover', 'binary_sensor', 'valve'] },
      ],
    ],
    ['what is the temperature in the kitchen', ['HassClimateGetTemperature', { area: 'kitchen' }]],
    ['what is the outside temperature', ['HassGetState', { name: 'outside temperature' }]],
    ['what is the weather like', ['HassGetWeather', {}]],
    ['what time is it', ['HassGetCurrentTime', {}]],
  ])('"%s"', async (text, ...intents) => {
    expect(await intentsOf(text)).toEqual(intents);
  });

  it.each([
    'turn on the lights',
    'turn on all lights',
    'turn off all the lights in the house and',
    'turn on everything',
    'turn on all',
    'turn off all devices',
    'open all blinds and all',
    'resume',
    'play',
    'set the volume to thirty percent',
    'turn it on',
    'set the desk lamp to 300 percent',
    'set a timer for zero minutes',
    'close the gap',
    'open your mind',
    'open sesame',
    'who are you',
    'what are you',
    'are you on',
    'i turn on the charm',
    'never turn on the lamp',
    'what is the meaning of life',
    '',
  ])('"%s" is nothing that it could ask for', async (text) => {
    expect(await understand(text)).toBeUndefined();
  });

  it('speaks English', async () => {
    expect(await understand('turn on the desk lamp', 'en-GB')).toBeDefined();
    expect(await understand('turn on the desk lamp', 'de')).toBeUndefined();
    expect(home.unfinished('turn on the', 'de')).toBe(false);
  });

  it.each([
    ['turn on the', true],
    ['turn on the lights', true],
    ['set the desk lamp to', true],
    ['set a timer for', true],
    ['turn on the lamp in the', true],
    ['turn on the desk lamp', false],
    ['close the gap', false],
    ['who are you', false],
  ])('"%s" breaks off: %s', (text, breaks) => {
    expect(home.unfinished(text)).toBe(breaks);
  });

  it.each([
    ['turn on the desk lamp', false],
    ['turn off the kitchen lights', false],
    ['turn on the lights in the bedroom', false],
    ['dim the bed light to thirty percent', false],
    ['lock the front door', false],
    ['what time is it', false],
    ['pause the music', false],
    ['turn on the desk', true],
    ['turn on the lights in the living', true],
    ['add milk to the shopping list', true],
    ['broadcast dinner', true],
  ])('"%s" may go on: %s', async (text, may) => {
    expect((await understand(text))?.extendable).toBe(may);
  });

  it.each([
    ['unlock the front door', 'guarded'],
    ['open the garage door', 'guarded'],
    ['open the garage door to fifty percent', 'guarded'],
    ['open the gate', 'guarded'],
    ['turn off the alarm', 'guarded'],
    ['turn on the desk lamp and the siren', 'guarded'],
    ['toggle the front door', 'guarded'],
    ['turn on the oven', 'guarded'],
    ['lock the front door', 'harmless'],
    ['close the garage door', 'harmless'],
    ['turn on the garage light', 'harmless'],
    ['turn on the lights in the garage', 'harmless'],
    ['open the blinds', 'harmless'],
    ['is the front door locked', 'harmless'],
    ['turn on the desk lamp and the coffee machine', 'wide'],
    ['turn off the lights on the upper floor', 'wide'],
  ] as const)('"%s" is %s', async (text, risk) => {
    expect((await understand(text))?.risk).toBe(risk);
  });

  it('foresees what it performs, once that is committed', async () => {
    const command = (await understand('dim the desk lamp to twenty percent'))!;
    const run = testRun();
    let outcome: Outcome | undefined;
    const performing = home.perform(command, run).then((made) => (outcome = made));
    await new Promise((resolve) => setImmediate(resolve));
    expect(outcome).toBeUndefined();
    run.commit();
    await performing;
    expect(outcome).toEqual(home.foresee(command));
    expect(outcome!.slots).toEqual({ name: 'desk lamp', names: 'the desk lamp', value: 'twenty percent' });
  });

  it('does nothing in a run that was given up', async () => {
    const run = testRun();
    run.revoke();
    await expect(home.perform((await understand('turn on the lamp'))!, run)).rejects.toThrow('speech went on');
  });

  it('knows its own commands and outcomes only', async () => {
    const other = openDemoHouse({ clock: testClock() });
    const command = (await other.understand('turn on the desk lamp', KITCHEN, signal))!;
    await expect(perform(command)).rejects.toMatchObject({ code: 'internal' });
    expect(home.intentsOf(other.foresee(command)!)).toEqual([]);
    other.close();
  });

  it('has no sentences to expect, for it knows no names', () => {
    expect(home.phrases()).toEqual([]);
  });
});

describe('whatever is said', () => {
  const words = fc.constantFrom(
    ...'turn on off all every everything the a lights light lamp kitchen bedroom room in of and open close blinds door set to fifty percent volume up pause resume play music timer for ten minutes is what which locked floor upper'.split(
      ' ',
    ),
  );

  const verbs = fc.constantFrom(
    '',
    'turn on',
    'turn off',
    'open',
    'close',
    'set',
    'pause',
    'play',
    'is',
    'what is',
    'which',
  );

  it('reaches no whole house, and puts no words of anybody’s into a template', async () => {
    let understood = 0;
    await fc.assert(
      fc.asyncProperty(verbs, fc.array(words, { minLength: 1, maxLength: 5 }), async (verb, said) => {
        const command = await understand([verb, ...said].join(' '));
        if (!command) return;
        understood++;
        for (const { answer = '', entities, name } of home.intentsOf(await perform(command))) {
          const slots = new Map(entities.map((one) => [one.name, one.value]));
          const isPlaced = ['name', 'area', 'floor'].some((slot) => slots.has(slot));
          if (slots.has('domain') || slots.has('device_class')) expect(isPlaced).toBe(true);
          if (/^Hass(?:TurnO|Toggle|Open|Close|SetPos|LightSet|SetVolume$|MediaUnpause)/.test(name)) {
            expect(isPlaced).toBe(true);
          }
          expect(String(slots.get('name'))).not.toMatch(/\b(?:all|every|everything|the)\b/);
          expect(answer).not.toMatch(/kitchen|bedroom|lamp/);
        }
      }),
      { numRuns: 4_000, seed: 7 },
    );
    expect(understood).toBeGreaterThan(100);
  });

  it('neither breaks it nor keeps it busy', async () => {
    const parts = fc.oneof(words, fc.string(), fc.constantFrom('{{ 7 * 7 }}', '{% x %}', "it's", '50%', '🦇'));
    await fc.assert(
      fc.asyncProperty(fc.array(parts, { maxLength: 60 }), async (said) => {
        const text = said.join(' ');
        await understand(text);
        home.unfinished(text);
      }),
      { numRuns: 500, seed: 7 },
    );
  });
});

describe('a grammar of somebody’s own', () => {
  const withSentence = async (intent: string, deed: string, say: string): Promise<CallerHome> => {
    const folder = await mkdtemp(join(tmpdir(), 'caller-grammar-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const shipped = await readFile(homesFile('caller.en.yaml'), 'utf8');
    const grammar = join(folder, 'own.yaml');
    await writeFile(grammar, `${shipped}\n  - { intent: ${intent}, do: "${deed}", say: ["${say}"] }\n`);
    return openCallerHome({ grammar });
  };

  it('may have sentences of its own', async () => {
    const own = await withSentence('HassTurnOn', 'on', 'ignite {name}');
    expect(await own.understand('ignite the lamp', KITCHEN, signal)).toBeUndefined();
    expect(await own.understand('ignite lamp', KITCHEN, signal)).toMatchObject({ intent: 'HassTurnOn' });
  });

  it.each([
    ['HassTurnOff', 'off', 'lights out'],
    ['HassTurnOff', 'off', '{kind:domain} away'],
    ['HassOpenCover', 'open', 'sunrise'],
    ['HassSetVolume', 'volume', 'blast {amount:volume_level}'],
    ['HassMediaUnpause', 'play', 'go on'],
  ])('has no %s, %s, reach a whole house by "%s"', async (intent, deed, say) => {
    const own = await withSentence(intent, deed, say);
    const text = say.replace('{kind:domain}', 'lights').replace('{amount:volume_level}', 'fifty percent');
    expect(await own.understand(text, KITCHEN, signal)).toBeUndefined();
  });
});

describe('a conversation with whoever asks', () => {
  const talk = () => {
    const { respondAtOnce } = createResponder({
      home,
      persona: demon,
      lines: linePickers(demon, { random: seededRandom(4) }),
      unfinished: home.unfinished,
      clock: testClock(),
      log: { error: (details) => expect.unreachable(JSON.stringify(details)) },
    });
    return async (text: string) => {
      const answer = await converse(respondAtOnce, {
        text,
        context: { language: 'en', conversation: '01J' },
        signal,
        timeout: 5_000,
        excuse: () => ({ text: 'Broken.', kind: 'talk' }),
        clock: testClock(),
      });
      return { ...answer, intents: answer.outcomes.flatMap((outcome) => home.intentsOf(outcome)) };
    };
  };

  it('claims in the demon’s words what Home Assistant is going to do', async () => {
    const { end, intents, text } = await talk()('turn off the kitchen lights');
    expect({ end, said: isLine(text, 'done.turn_off.lights') }).toEqual({ end: 'handled', said: true });
    expect(intents).toHaveLength(1);
  });

  it('does several things that one sentence asks for', async () => {
    const { intents } = await talk()('turn on the desk lamp and the fan and open the blinds');
    expect(intents.map(({ name }) => name)).toEqual(['HassTurnOn', 'HassTurnOn', 'HassOpenCover']);
  });

  it('has nothing guarded done before a yes', async () => {
    const say = talk();
    const asked = await say('unlock the front door');
    expect(asked).toMatchObject({ expectsAnswer: true, end: 'handled', intents: [] });
    expect(isLine(asked.text, 'confirm.unlock')).toBe(true);
    expect((await say('yes')).intents.map(({ name }) => name)).toEqual(['HassTurnOff']);
    expect((await say('yes')).intents).toEqual([]);
  });

  it('leaves the answer to a question to Home Assistant, and says no more than a preface', async () => {
    const { intents, text } = await talk()('is the desk lamp on');
    expect(isLine(text, 'fact')).toBe(true);
    expect(intents[0]!.answer).toMatch(/query\.matched/);
  });

  it('asks for the rest where no room was named', async () => {
    expect(await talk()('turn on the lights')).toMatchObject({
      end: 'not-understood',
      kind: 'unfinished',
      intents: [],
    });
  });
});
