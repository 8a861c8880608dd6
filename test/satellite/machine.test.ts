import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, MOST_SERVERS, MOST_SOUNDS, type Told } from '../../src/satellite/state.js';
import { asked, inShort, type Playing, running, tell } from './sequences.js';

describe('An announcement', () => {
  it('is heard without a turn', () => {
    const satellite = running();
    expect(tell(satellite, 'audio-start', 'audio-stop')).toEqual(['open', 'play announcement', 'end']);
  });

  it('breaks off a turn in which one still speaks: Core has given it up', () => {
    const satellite = running();
    satellite.woken();
    satellite.told({ type: 'transcribe' });
    expect(tell(satellite, 'audio-start')).toEqual(['stopStream', 'open', 'play announcement']);
  });

  it('waits for the answer that is being heard', () => {
    const satellite = asked();
    tell(satellite, 'audio-start', 'audio-stop');
    expect(tell(satellite, 'audio-start', 'audio-stop')).toEqual(['open', 'end']);
    const [answer] = satellite.state.sounds;
    expect(inShort(satellite.take({ kind: 'sounded', sound: answer!.id }))).toEqual([
      'send played',
      'play announcement',
    ]);
  });

  it('is heard while paused, for only the microphone is muted', () => {
    const satellite = running();
    satellite.told({ type: 'pause-satellite' });
    expect(tell(satellite, 'audio-start')).toEqual(['open', 'play announcement']);
  });

  it('of which too many wait is refused, and its server not kept waiting', () => {
    const satellite = running();
    for (let i = 0; i < MOST_SOUNDS; i++) tell(satellite, 'audio-start', 'audio-stop');
    expect(tell(satellite, 'audio-start', 'audio-chunk', 'audio-stop')).toEqual(['send played']);
  });

  it('that breaks off is over after a while', () => {
    const satellite = running();
    tell(satellite, 'audio-start', 'audio-chunk');
    expect(inShort(satellite.wait(DEFAULT_SETTINGS.soundLimit))).toEqual(['end']);
    expect(tell(satellite, 'audio-chunk')).toEqual([]);
  });

  it('whose beginning was lost is nothing', () => {
    expect(tell(running(), 'audio-chunk', 'audio-stop')).toEqual([]);
  });
});

describe('Muted', () => {
  it('by Core: nothing goes up, no wake word is listened for, until it is ready again', () => {
    const satellite = running();
    satellite.woken();
    expect(inShort(satellite.told({ type: 'pause-satellite' }))).toEqual(['stopStream', 'listen false']);
    expect(satellite.woken()).toEqual([]);
    expect(inShort(satellite.told({ type: 'run-satellite' }))).toEqual(['listen true']);
  });

  it('by a switch of our own: the speech ends for the server as well', () => {
    const satellite = running();
    satellite.woken();
    expect(inShort(satellite.take({ kind: 'mute', on: true }))).toEqual([
      'stopStream',
      'send audio-stop',
      'listen false',
    ]);
    expect(satellite.woken()).toEqual([]);
    expect(inShort(satellite.take({ kind: 'mute', on: false }))).toEqual(['listen true']);
  });

  it('by Core, which takes it back without a word: it is made to come again', () => {
    const satellite = running();
    satellite.told({ type: 'ping' });
    satellite.told({ type: 'pause-satellite' });
    expect(satellite.told({ type: 'ping' })).toEqual([]);
    expect(satellite.told({ type: 'ping' })).toEqual([{ kind: 'close', server: 1 }]);
    expect(satellite.woken()).toEqual([]);
  });

  it('by both is muted until both are over', () => {
    const satellite = running();
    satellite.take({ kind: 'mute', on: true });
    satellite.told({ type: 'pause-satellite' });
    expect(satellite.take({ kind: 'mute', on: false })).toEqual([]);
    expect(inShort(satellite.take({ kind: 'closed', server: 1 }))).toEqual(['listen true']);
  });
});

describe('A connection', () => {
  it.each([
    ['while one speaks', []],
    ['before the transcript', ['voice-stopped']],
    ['before the answer', ['voice-stopped', 'transcript', 'synthesize']],
  ] as const)('that is lost %s has its excuse', (_, messages) => {
    const satellite = running();
    satellite.woken();
    satellite.told({ type: 'transcribe' });
    for (const type of messages) satellite.told({ type, text: 'hello' } as Told);
    expect(inShort(satellite.take({ kind: 'closed', server: 1 }))).toContain('play excuse connection-lost');
    expect(satellite.state.turn).toBeUndefined();
  });

  it('that says goodbye in the middle of a turn has it too', () => {
    const satellite = running();
    satellite.woken();
    satellite.told({ type: 'pause-satellite' });
    expect(inShort(satellite.take({ kind: 'closed', server: 1 }))).toContain('play excuse connection-lost');
  });

  it('that is lost long after a command is no trouble', () => {
    const satellite = asked();
    satellite.wait(15_000);
    expect(satellite.take({ kind: 'closed', server: 1 })).toEqual([]);
  });

  it('that is lost in the middle of the answer leaves what has come of it', () => {
    const satellite = asked();
    tell(satellite, 'audio-start', 'audio-chunk');
    expect(inShort(satellite.take({ kind: 'closed', server: 1 }))).toEqual(['end']);
    expect(satellite.take({ kind: 'sounded', sound: satellite.state.sounds[0]!.id })).toEqual([]);
  });

  it('that only asks who we are changes nothing', () => {
    const satellite = asked();
    satellite.take({ kind: 'closed', server: 7 });
    satellite.told({ type: 'audio-start' }, 7);
    expect(satellite.state.turn?.phase).toBe('thinking');
    expect(satellite.state.sounds).toEqual([]);
  });

  it('that comes anew takes over, and breaks off a turn of the one before', () => {
    const satellite = running();
    satellite.woken();
    expect(inShort(satellite.told({ type: 'run-satellite' }, 2))).toEqual([
      'stopStream',
      'tell trouble',
      'play excuse connection-lost',
    ]);
    expect(satellite.woken()).toContainEqual(expect.objectContaining({ kind: 'stream', server: 2 }));
  });

  it('that was replaced is used again when the newer one is gone', () => {
    const satellite = running();
    satellite.told({ type: 'run-satellite' }, 2);
    satellite.take({ kind: 'closed', server: 2 });
    expect(satellite.woken()).toContainEqual(expect.objectContaining({ kind: 'stream', server: 1 }));
  });

  it('is given up, the oldest first, where there are too many', () => {
    const satellite = running();
    for (let server = 2; server <= MOST_SERVERS; server++) satellite.told({ type: 'run-satellite' }, server);
    expect(satellite.told({ type: 'run-satellite' }, MOST_SERVERS + 1)).toEqual([{ kind: 'close', server: 1 }]);
  });
});

describe('A timer', () => {
  const started = (): Playing => {
    const satellite = running();
    satellite.told({ type: 'timer-started', id: 'a', seconds: 60, name: 'pizza' });
    return satellite;
  };
  const alarm = ['tell timer', 'play alarm'];

  it('rings when Core says so', () => {
    const satellite = started();
    satellite.wait(60_000);
    expect(inShort(satellite.told({ type: 'timer-finished', id: 'a' }))).toEqual(alarm);
    expect(satellite.state.sounds[0]?.source).toMatchObject({ timer: { name: 'pizza', seconds: 60 } });
    expect(satellite.wait(60_000)).toEqual([]);
  });

  it('rings without Core where Core has forgotten it, and then only once', () => {
    const satellite = started();
    satellite.take({ kind: 'closed', server: 1 });
    expect(inShort(satellite.wait(63_000))).toEqual(alarm);
    satellite.told({ type: 'run-satellite' }, 2);
    expect(satellite.told({ type: 'timer-finished', id: 'a' }, 2)).toEqual([]);
  });

  it('is longer, paused or cancelled as Core says', () => {
    const satellite = started();
    satellite.told({ type: 'timer-updated', id: 'a', seconds: 90, active: true });
    expect(satellite.wait(80_000)).toEqual([]);
    satellite.told({ type: 'timer-updated', id: 'a', seconds: 10, active: false });
    expect(satellite.wait(1_000_000)).toEqual([]);
    expect(inShort(satellite.told({ type: 'timer-cancelled', id: 'a' }))).toEqual(['tell timer']);
    expect(satellite.state.timers).toEqual([]);
  });

  it('that was not known rings as well', () => {
    expect(inShort(running().told({ type: 'timer-finished', id: 'x' }))).toEqual(alarm);
  });

  it('that waits to ring and is cancelled leaves what is being heard alone', () => {
    const satellite = started();
    tell(satellite, 'audio-start', 'audio-stop');
    satellite.told({ type: 'timer-finished', id: 'a' });
    expect(inShort(satellite.told({ type: 'timer-cancelled', id: 'a' }))).toEqual(['silence']);
    expect(satellite.state.sounds.length).toBe(1);
  });

  it('stops ringing at a wake word, when hushed, and when it is cancelled', () => {
    for (const stop of [
      (satellite: Playing) => satellite.woken(),
      (satellite: Playing) => satellite.take({ kind: 'hush' }),
      (satellite: Playing) => satellite.told({ type: 'timer-cancelled', id: 'a' }),
    ]) {
      const satellite = started();
      satellite.told({ type: 'timer-finished', id: 'a' });
      expect(inShort(stop(satellite))).toContain('silence');
      expect(satellite.state.sounds).toEqual([]);
    }
  });
});
