import { describe, expect, it } from 'vitest';
import { change, DEEDS, type Deed, fakeHome, outcome } from './fake-home.js';
import { exchange, heard, isLine, KITCHEN, talkWith, testRun } from './talking.js';

/** Says the beginning, which is acted on, and then the whole. */
async function goOn(beginning: string, whole: string, deeds: Readonly<Record<string, Deed>> = DEEDS) {
  const home = fakeHome(deeds);
  const talk = talkWith(home);
  const first = await exchange(talk.respond, beginning);
  const second = await exchange(talk.reopen(first.outcomes), whole);
  return { home, talk, first, second };
}

describe('a sentence that goes on after its beginning was done', () => {
  it('keeps what is still wanted, and does the rest', async () => {
    const { home, second } = await goOn('turn on the lamp', 'turn on the lamp and close the blind');
    expect(home.log).toEqual(['turn on the lamp', 'close the blind']);
    expect(second.outcomes.map(({ changed }) => changed[0]!.entity)).toEqual(['light.lamp', 'cover.blind']);
    expect(isLine(second.text, 'done.compound')).toBe(true);
    expect(second.understood.likely).toEqual(second.says);
  });

  it('undoes what is no longer meant', async () => {
    const { home, second } = await goOn('turn on the lights', 'turn on the lights in the attic');
    expect(home.log).toEqual(['turn on the lights', 'undo turn on the lights', 'turn on the lights in the attic']);
    expect(second.outcomes).toHaveLength(1);
    expect(isLine(second.text, 'done.turn_on.light')).toBe(true);
  });

  it('widens without making the lamp blink, and claims both', async () => {
    const wider = outcome('HassTurnOn', {
      changed: [change('fan.fan', 'on')],
      already: ['light.lamp'],
      slots: { names: 'the lamp and the fan' },
    });
    const { home, second, talk } = await goOn('turn on the lamp', 'turn on the lamp and the fan', {
      ...DEEDS,
      'turn on the lamp and the fan': { foreseen: wider },
    });
    expect(home.log).toEqual(['turn on the lamp', 'turn on the lamp and the fan']);
    expect(second.outcomes[0]!.changed.map(({ entity }) => entity)).toEqual(['light.lamp', 'fan.fan']);
    expect(isLine(second.text, 'done.turn_on.several')).toBe(true);
    await exchange(talk.reopen(second.outcomes), 'turn on the lamp and the fan no wait');
    expect(home.log.slice(2)).toEqual(['undo turn on the lamp and the fan', 'undo turn on the lamp']);
  });

  it('does not forget what was done where the home fails at the wider command', async () => {
    const wider = outcome('HassTurnOn', { changed: [change('fan.fan', 'on')], already: ['light.lamp'] });
    const { first, second } = await goOn('turn on the lamp', 'turn on the lamp and the fan', {
      ...DEEDS,
      'turn on the lamp and the fan': { foreseen: wider, error: new Error('gone') },
    });
    expect(second.outcomes).toEqual(first.outcomes);
    expect(isLine(second.says[1]!.text, 'error')).toBe(true);
  });

  it('does nothing twice', async () => {
    const { home, second } = await goOn('turn on the lamp', 'Turn on the lamp.');
    expect(home.log).toEqual(['turn on the lamp']);
    expect(second.outcomes).toHaveLength(1);
  });

  it('takes a relative command back before it gives a longer one', async () => {
    const louder = {
      intent: 'HassSetVolumeRelative',
      foreseen: outcome('HassSetVolumeRelative', { changed: [change('media_player.tv', '50')] }),
    };
    const { home } = await goOn('louder', 'louder by ten', { louder, 'louder by ten': louder });
    expect(home.log).toEqual(['louder', 'undo louder', 'louder by ten']);
  });

  it.each(['no wait', 'never mind', 'cancel that please', 'no'])('is taken back by "… %s"', async (tail) => {
    const { home, second } = await goOn('turn on the lamp', `turn on the lamp ${tail}`);
    expect(home.log).toEqual(['turn on the lamp', 'undo turn on the lamp']);
    expect(second.outcomes).toEqual([]);
    expect(isLine(second.text, 'undone')).toBe(true);
  });

  it('says so where something cannot be taken back', async () => {
    const home = fakeHome(DEEDS);
    const { respond, reopen } = talkWith(home);
    const [first] = (await exchange(respond, 'turn on the lamp')).outcomes;
    const { undo: _, ...final } = first!;
    const { text, outcomes } = await exchange(reopen([final]), 'turn on the lights in the attic');
    expect(outcomes[0]).toEqual(final);
    expect(isLine(text, 'partly')).toBe(true);
  });

  it('does a second command that follows without a word between', async () => {
    const { home, second } = await goOn('turn on the lamp', 'turn on the lamp close the blind');
    expect(home.log).toEqual(['turn on the lamp', 'close the blind']);
    expect(second.outcomes).toHaveLength(2);
  });

  it('gives its answer again where the rest was not meant for it', async () => {
    const { home, second } = await goOn('turn on the lamp', 'turn on the lamp said the king to the queen');
    expect(home.log).toEqual(['turn on the lamp']);
    expect(isLine(second.text, 'done.turn_on.light')).toBe(true);
    expect(second.outcomes).toHaveLength(1);
  });

  it('answers small talk and danger in the rest', async () => {
    expect(isLine((await goOn('turn on the lamp', 'turn on the lamp thank you')).second.text, 'talk.thanks')).toBe(
      true,
    );
    expect((await goOn('turn on the lamp', 'turn on the lamp i smell gas')).second.says[0]!.plain).toBe(true);
  });

  it('asks about a guarded rest, and keeps what was done', async () => {
    const { home, second, talk } = await goOn('turn on the lamp', 'turn on the lamp and unlock the front door');
    expect(home.log).toEqual(['turn on the lamp']);
    expect(second.result.expectsAnswer).toBe(true);
    expect(second.outcomes).toHaveLength(1);
    expect(second.text).toMatch(/unlock the front door/i);
    await exchange(talk.respond, 'yes');
    expect(home.log).toEqual(['turn on the lamp', 'unlock the front door']);
  });

  it('undoes and does nothing before it is committed', async () => {
    const home = fakeHome(DEEDS);
    const { respond, reopen } = talkWith(home);
    const { outcomes } = await exchange(respond, 'turn on the lights');
    const run = testRun();
    const reply = reopen(outcomes)(heard('turn on the lights in the attic'), KITCHEN, run);
    await reply.understood;
    run.revoke();
    expect(await reply.result).toEqual({ outcomes, expectsAnswer: false });
    expect(home.log).toEqual(['turn on the lights']);
  });
});
