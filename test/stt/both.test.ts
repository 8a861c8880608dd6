import { describe, expect, it } from 'vitest';
import type { Log } from '../../src/engines/carrier.js';
import type { Transcript } from '../../src/stages.js';
import { Agreement } from '../../src/stt/agreement.js';
import { both } from '../../src/stt/both.js';
import { fakeTranscriber } from './fakes.js';
import { collect, noise, speak } from './speech.js';

const sound = noise(100, 0.1);
const short = ({ agreed, engine, kind, text }: Transcript) => [engine, kind, text, agreed];
const once = [sound, 'paused', sound, 'ended'] as const;
const later = () => new Promise((resolve) => setTimeout(resolve, 20));

const logged = () => {
  const messages: string[] = [];
  const note = (_: object, message: string) => messages.push(message);
  return { messages, log: { debug: note, info: note, warn: note, error: note } satisfies Log };
};

describe('two recognisers', () => {
  it('give the first draft at once and say when they agree', async () => {
    const slow = fakeTranscriber('slow', { drafts: ['lamp'], delay: later });
    const fast = fakeTranscriber('fast', { drafts: ['lamp'] });
    const wait = () => new Promise((resolve) => setTimeout(resolve, 60));
    const steps = [sound, 'paused', wait, 'ended'] as const;
    expect((await collect(both(slow.transcribe, fast.transcribe), speak(steps))).map(short)).toEqual([
      ['fast', 'draft', 'lamp', undefined],
      ['slow', 'draft', 'lamp', true],
      ['slow', 'final', 'lamp', true],
    ]);
  });

  it('give the text of the first where they differ and neither is surer', async () => {
    const slow = fakeTranscriber('slow', { drafts: ['lane'], delay: later });
    const fast = fakeTranscriber('fast', { drafts: ['lamp'] });
    const wait = () => new Promise((resolve) => setTimeout(resolve, 60));
    const steps = [sound, 'paused', wait, 'ended'] as const;
    expect((await collect(both(fast.transcribe, slow.transcribe), speak(steps))).map(short)).toEqual([
      ['fast', 'draft', 'lamp', undefined],
      ['fast', 'draft', 'lamp', false],
      ['fast', 'final', 'lamp', false],
    ]);
  });

  it('do not wait for the second in the end', async () => {
    const first = fakeTranscriber('first', { drafts: ['lamp'] });
    const aborted = (signal: AbortSignal) => new Promise((resolve) => signal.addEventListener('abort', resolve));
    const never = fakeTranscriber('never', { drafts: ['lane'], delay: aborted });
    expect((await collect(both(first.transcribe, never.transcribe), speak(once))).map(short)).toEqual([
      ['first', 'draft', 'lamp', undefined],
      ['first', 'final', 'lamp', undefined],
    ]);
  });

  it.each(['first', 'second'])('go on with one where the %s fails, and log it once', async (who) => {
    const good = fakeTranscriber('good', { drafts: ['lamp'] });
    const bad = fakeTranscriber('bad', { drafts: [], failAt: 1 });
    const { log, messages } = logged();
    const [one, two] = who === 'first' ? [bad, good] : [good, bad];
    expect((await collect(both(one.transcribe, two.transcribe, log), speak(once))).map(short)).toEqual([
      ['good', 'draft', 'lamp', undefined],
      ['good', 'final', 'lamp', undefined],
    ]);
    expect(messages).toEqual(['One of two recognisers failed, the other goes on: bad failed']);
  });

  it('fail where both fail', async () => {
    const one = fakeTranscriber('one', { drafts: [], failAt: 1 });
    const two = fakeTranscriber('two', { drafts: [], failAt: 1 });
    await expect(collect(both(one.transcribe, two.transcribe), speak(once))).rejects.toThrow('one failed');
  });
});

describe('what two recognisers say together', () => {
  const says = (kind: Transcript['kind'], text: string, segment = 1, pause?: number): Transcript => ({
    kind,
    text,
    segment,
    through: 0,
    engine: 'any',
    ...(pause === undefined ? {} : { pause }),
  });

  it('has no draft of a pause that is over', () => {
    const agreement = new Agreement();
    expect(agreement.take('first', says('draft', 'turn on the lamp', 1, 2))).toHaveLength(1);
    expect(agreement.take('second', says('draft', 'turn on', 1, 1))).toEqual([]);
  });

  it('has no agreement on drafts of different pauses', () => {
    const agreement = new Agreement();
    agreement.take('second', says('draft', 'turn on', 1, 1));
    expect(agreement.take('first', says('draft', 'turn on', 1, 2))).toMatchObject([{ text: 'turn on' }]);
    expect(agreement.take('first', says('final', 'turn on'))[0]?.agreed).toBeUndefined();
  });

  it('has the more confident text where they differ, in the draft and in the final', () => {
    const agreement = new Agreement();
    agreement.take('first', { ...says('draft', 'lane', 1, 1), confidence: 0.6 });
    const sure = { ...says('draft', 'lamp', 1, 1), confidence: 0.9, engine: 'other' };
    expect(agreement.take('second', sure)).toMatchObject([
      { text: 'lamp', engine: 'other', confidence: 0.9, agreed: false },
    ]);
    expect(agreement.take('first', { ...says('final', 'lane'), confidence: 0.6, through: 7 })).toMatchObject([
      { kind: 'final', text: 'lamp', agreed: false, through: 7 },
    ]);
  });

  it('keeps the reading as a command, and believes the one who agrees with it', () => {
    const agreement = new Agreement();
    const first = { ...says('draft', 'turn on the lamb', 1, 1), confidence: 0.9, asCommand: 'turn on the lamp' };
    agreement.take('first', first);
    const second = { ...says('draft', 'turn on the lamp', 1, 1), confidence: 0.5, engine: 'other' };
    expect(agreement.take('second', second)).toMatchObject([
      { text: 'turn on the lamp', engine: 'other', asCommand: 'turn on the lamp', agreed: true },
    ]);
  });

  it('is no agreement where the first agrees with its own reading as a command only', () => {
    const agreement = new Agreement();
    agreement.take('first', { ...says('draft', 'lamp', 1, 1), confidence: 0.9, asCommand: 'lamp', agreed: true });
    expect(agreement.take('second', { ...says('draft', 'lane', 1, 1), confidence: 0.5 })).toMatchObject([
      { text: 'lamp', asCommand: 'lamp', agreed: false },
    ]);
  });

  it('has the partials of one only', () => {
    const agreement = new Agreement();
    expect(agreement.take('second', says('partial', 'turn'))).toEqual([]);
    expect(agreement.take('first', says('partial', 'turn'))).toHaveLength(1);
    agreement.lose('first');
    expect(agreement.take('second', says('partial', 'turn on'))).toHaveLength(1);
  });

  it('has the second one’s final where the first is lost after it, and one final only', () => {
    const agreement = new Agreement();
    expect(agreement.take('second', says('final', 'turn on'))).toEqual([]);
    expect(agreement.lose('first')).toMatchObject([{ kind: 'final', text: 'turn on' }]);
    expect(agreement.take('second', says('final', 'turn on'))).toEqual([]);
  });

  it('keeps segments apart', () => {
    const agreement = new Agreement();
    agreement.take('first', says('draft', 'turn on', 1, 1));
    agreement.take('first', says('final', 'turn on', 1));
    expect(agreement.take('second', says('draft', 'turn on', 1, 1))).toEqual([]);
    expect(agreement.take('first', says('draft', 'begone', 2, 1))[0]?.agreed).toBeUndefined();
    expect(agreement.take('second', says('draft', 'begone', 2, 1))[0]?.agreed).toBe(true);
  });
});
