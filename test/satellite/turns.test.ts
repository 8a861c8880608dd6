import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/satellite/state.js';
import { asked, cleared, error, inShort, type Playing, play, running, started, tell } from './sequences.js';

describe('A turn', () => {
  it('goes from the wake word over the microphone and the answer back to rest', () => {
    const satellite = running();
    expect(inShort(satellite.woken())).toEqual(['tell woken', ...started]);
    expect(inShort(satellite.told({ type: 'transcribe' }))).toEqual([]);
    expect(inShort(satellite.told({ type: 'transcript', text: 'hello' }))).toEqual(['stopStream', 'tell transcript']);
    expect(inShort(satellite.told({ type: 'synthesize', text: 'Hello.' }))).toEqual(['tell answer']);
    expect(tell(satellite, 'audio-start', 'audio-chunk', 'audio-stop')).toEqual(['open', 'play answer', 'feed', 'end']);
    expect(satellite.state.turn).toBeUndefined();
    expect(satellite.take({ kind: 'sounded', sound: satellite.state.sounds[0]!.id })).toEqual([
      { kind: 'send', server: 1, message: { type: 'played' } },
    ]);
    expect(satellite.state.sounds).toEqual([]);
  });

  it('tells the server which wake word it was', () => {
    expect(running().woken('alexa')[1]).toMatchObject({ message: { type: 'detection', name: 'alexa' } });
  });

  it('ends the speech by our own judgement with audio-stop, once', () => {
    const satellite = running();
    satellite.woken();
    const { run } = satellite.state.turn!;
    expect(inShort(satellite.take({ kind: 'spoken', run }))).toEqual(['stopStream', 'send audio-stop']);
    expect(satellite.take({ kind: 'spoken', run })).toEqual([]);
    expect(inShort(satellite.told({ type: 'transcript', text: 'hello' }))).toEqual(['tell transcript']);
  });

  it('stops the microphone when the server has heard the end, too', () => {
    const satellite = running();
    satellite.woken();
    satellite.told({ type: 'transcribe' });
    expect(inShort(satellite.told({ type: 'voice-stopped' }))).toEqual(['stopStream', 'tell voice']);
  });

  it('begins on a button and at the wish of the server, without a wake word', () => {
    const satellite = running();
    expect(satellite.take({ kind: 'woken' })[1]).toEqual({ kind: 'send', server: 1, message: { type: 'detection' } });
    const remote = running();
    expect(inShort(remote.told({ type: 'run-pipeline' }))).toEqual(['tell woken', ...started]);
  });

  it('may stay without an answer: silence is no trouble', () => {
    const satellite = asked();
    expect(inShort(satellite.wait(DEFAULT_SETTINGS.thinkLimit))).toEqual([]);
    expect(satellite.state.turn).toBeUndefined();
  });
});

describe('A turn that comes to nothing', () => {
  it('because nobody is there says so', () => {
    const satellite = play();
    expect(inShort(satellite.woken())).toEqual(['tell trouble', 'play excuse not-connected']);
  });

  it('because Core never begins it', () => {
    const satellite = running();
    satellite.woken();
    expect(inShort(satellite.wait(DEFAULT_SETTINGS.acceptLimit))).toEqual([
      'stopStream',
      'tell trouble',
      'play excuse no-answer',
    ]);
  });

  it('because the speech never ends is sent off as it is, and then given up', () => {
    const satellite = running();
    satellite.woken();
    satellite.told({ type: 'transcribe' });
    expect(inShort(satellite.wait(DEFAULT_SETTINGS.listenLimit))).toEqual(['stopStream', 'send audio-stop']);
    expect(inShort(satellite.wait(DEFAULT_SETTINGS.answerLimit))).toEqual(['tell trouble', 'play excuse no-answer']);
  });

  it('because the voice never comes', () => {
    const satellite = asked();
    satellite.told({ type: 'synthesize', text: 'Hello.' });
    expect(inShort(satellite.wait(DEFAULT_SETTINGS.answerLimit))).toEqual(['tell trouble', 'play excuse no-answer']);
  });

  it.each([
    ['duplicate_wake_up_detected', 'answered-elsewhere'],
    ['stt-no-text-recognized', 'nothing-heard'],
    ['wake-provider-missing', 'no-wake-word-service'],
    ['stt-provider-missing', 'no-speech-to-text'],
    ['stt-stream-failed', 'speech-to-text-failed'],
    ['cloud-auth-failed', 'cloud-login'],
    ['intent-agent-not-found', 'no-agent'],
    ['intent-failed', 'agent-failed'],
    ['tts-not-supported', 'no-voice'],
    ['pipeline_not_found', 'no-pipeline'],
    ['constructor', 'trouble'],
  ])('because of %s has the excuse %s', (code, excuse) => {
    const satellite = running();
    satellite.woken();
    expect(inShort(satellite.told(error(code)))).toEqual(['tell trouble', 'stopStream', `play excuse ${excuse}`]);
    expect(satellite.state.turn).toBeUndefined();
  });

  it('an error outside a turn is only news', () => {
    expect(inShort(running().told(error('tts-failed')))).toEqual(['tell trouble']);
  });
});

describe('Speaking over the answer', () => {
  const speaking = (...rest: readonly ('audio-chunk' | 'audio-stop')[]): Playing => {
    const satellite = asked();
    tell(satellite, 'audio-start', 'audio-chunk', ...rest);
    return satellite;
  };

  it('silences it, says played, and begins anew', () => {
    expect(inShort(speaking('audio-stop').woken('alexa'))).toEqual([
      'silence',
      'send played',
      'tell woken',
      ...started,
    ]);
  });

  it('while it still comes: has the server end what it does, and lets the rest go nowhere, without a second played', () => {
    const satellite = speaking();
    expect(inShort(satellite.woken('alexa'))).toEqual(['silence', 'send played', 'tell woken', 'send no-pipeline']);
    expect(tell(satellite, 'audio-chunk', 'audio-stop')).toEqual([]);
    expect(inShort(satellite.told(cleared))).toEqual(started);
  });

  it('names a wake word only once within the time in which Core refuses it', () => {
    const satellite = speaking('audio-stop');
    const detections = (name?: string) => ({
      kind: 'send',
      server: 1,
      message: { type: 'detection', ...(name !== undefined && { name }) },
    });
    expect(satellite.woken()).toContainEqual(detections());
    satellite.wait(DEFAULT_SETTINGS.cooldown);
    satellite.woken();
    expect(satellite.told(cleared)).toContainEqual(detections('hey_jarvis'));
  });

  it('before it is heard: what comes late of the first answer does not end the second turn', () => {
    const satellite = asked();
    satellite.woken();
    satellite.told({ type: 'synthesize', text: 'The first answer.' });
    expect(satellite.told(error('intent-failed'))).toEqual([]);
    satellite.told(cleared);
    satellite.told({ type: 'transcribe' });
    expect(tell(satellite, 'audio-start', 'audio-chunk', 'audio-stop')).toEqual([]);
    expect(satellite.state.turn?.phase).toBe('streaming');
    satellite.told({ type: 'transcript', text: 'never mind' });
    expect(tell(satellite, 'audio-start')).toEqual(['open', 'play answer']);
  });

  it('is not confused by what was still said about the first turn', () => {
    const satellite = running();
    satellite.woken();
    satellite.woken('alexa');
    satellite.told(cleared);
    satellite.told({ type: 'transcript', text: 'turn on the' });
    expect(satellite.state.turn?.phase).toBe('streaming');
    satellite.told({ type: 'transcribe' });
    satellite.told({ type: 'transcript', text: 'turn off the lamp' });
    expect(satellite.state.turn?.phase).toBe('thinking');
  });

  it('is taken up after a second by a server that knows nothing of such an end', () => {
    const satellite = asked();
    satellite.woken();
    expect(inShort(satellite.wait(1_000))).toEqual(started);
  });

  it('ignores the error of the turn before, but not a refusal of its own', () => {
    const satellite = asked();
    satellite.woken();
    satellite.told(cleared);
    expect(inShort(satellite.told(error('intent-failed')))).toEqual(['tell trouble']);
    expect(inShort(satellite.told(error('duplicate_wake_up_detected')))).toContain('play excuse answered-elsewhere');
  });
});
