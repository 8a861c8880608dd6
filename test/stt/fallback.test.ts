import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withFallback } from '../../src/stt/fallback.js';
import { openMoonshine } from '../../src/stt/moonshine.js';
import { openVosk } from '../../src/stt/vosk.js';
import { modelFolder } from '../models.js';
import { fakeTranscriber } from './fakes.js';
import { collect, noise, recording, said, speak } from './speech.js';

const sound = noise(100, 0.1);

describe('a recogniser with another to fall back on', () => {
  it('is heard alone while it works', async () => {
    const good = fakeTranscriber('good', { drafts: ['lamp'] });
    const spare = fakeTranscriber('spare', { drafts: ['lane'] });
    const transcripts = await collect(
      withFallback(good.transcribe, spare.transcribe),
      speak([sound, 'paused', 'ended']),
    );
    expect(said(transcripts)).toEqual(['draft 1: lamp', 'final: lamp']);
    expect(spare.heard).toEqual([]);
  });

  it('is replaced when it fails, and the other hears the segment from its beginning', async () => {
    const bad = fakeTranscriber('bad', { drafts: ['turn on'], failAt: 2 });
    const spare = fakeTranscriber('spare', { drafts: ['turn on', 'turn on the lamp'] });
    const steps = [sound, 'paused', 'resumed', sound, 'paused', 'ended'] as const;
    const transcripts = await collect(withFallback(bad.transcribe, spare.transcribe), speak(steps));
    expect(said(transcripts).slice(-2)).toEqual(['draft 2: turn on the lamp', 'final: turn on the lamp']);
    expect(spare.heard.at(-1)).toBe(3200);
  });

  it('does not repeat a segment that has its final', async () => {
    const bad = fakeTranscriber('bad', { drafts: ['lamp'], failAt: 2 });
    const spare = fakeTranscriber('spare', { drafts: ['one', 'two'] });
    async function* speech() {
      yield* speak([sound, 'paused', 'ended']);
      yield* speak([sound, 'paused', 'resumed', sound, 'paused', 'ended'], { segment: 2 });
    }
    const transcripts = await collect(withFallback(bad.transcribe, spare.transcribe), speech());
    const finals = transcripts.filter(({ kind }) => kind === 'final');
    expect(finals.map(({ segment, text }) => [segment, text])).toEqual([
      [1, 'lamp'],
      [2, 'two'],
    ]);
  });

  it('passes the fault of the other on where both fail', async () => {
    const bad = fakeTranscriber('bad', { drafts: [], failAt: 1 });
    const worse = fakeTranscriber('worse', { drafts: [], failAt: 1 });
    const listening = collect(withFallback(bad.transcribe, worse.transcribe), speak([sound, 'paused', 'ended']));
    await expect(listening).rejects.toThrow('worse failed');
  });

  it('does not fall back because it was cancelled', async () => {
    const abort = new AbortController();
    const spare = fakeTranscriber('spare', { drafts: ['lane'] });
    const first = fakeTranscriber('first', { drafts: [], delay: async () => abort.abort(new Error('enough')) });
    const speech = speak([sound, 'paused', sound, 'ended']);
    const listening = collect(withFallback(first.transcribe, spare.transcribe), speech, abort.signal);
    await expect(listening).rejects.toThrow('enough');
    expect(spare.heard).toEqual([]);
  });

  it('loses no word of a command when Vosk’s process is killed in the middle of it', async () => {
    const cacheFolder = await mkdtemp(join(tmpdir(), 'moonshine-'));
    const library = join(modelFolder('libvosk'), 'libvosk.so');
    const vosk = openVosk({ model: modelFolder('vosk-small-en-us'), library });
    const moonshine = openMoonshine({ model: modelFolder('moonshine-tiny-en'), cacheFolder });
    const { host, release } = await vosk.engine.lease();
    release();
    const lamp = recording('turn-on-the-living-room-lamp');
    const kill = async () => process.kill(host.pid!, 'SIGKILL');
    const steps = [lamp.subarray(0, 20_000), kill, lamp.subarray(20_000), 'paused', 'ended'] as const;
    const transcripts = await collect(withFallback(vosk.transcribe, moonshine.transcribe), speak(steps));
    expect(transcripts.at(-1)).toMatchObject({
      kind: 'final',
      engine: 'moonshine',
      text: 'turn on the living room lamp',
    });
    await Promise.all([vosk.close(), moonshine.close()]);
    await rm(cacheFolder, { recursive: true });
  });
});
