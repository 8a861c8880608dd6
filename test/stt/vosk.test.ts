import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openVosk } from '../../src/stt/vosk.js';
import { modelFolder } from '../models.js';
import { collect, finalText, listen, noise, recording, said, speak } from './speech.js';

const model = modelFolder('vosk-small-en-us');
const library = join(modelFolder('libvosk'), 'libvosk.so');
const vosk = openVosk({ model, library });
afterAll(() => vosk.close());

const lamp = recording('turn-on-the-living-room-lamp');
const light = recording('turn-on-the-living-room-light');
const silence = (milliseconds: number) => noise(milliseconds, 0.0005);

describe('Vosk', () => {
  it('hears a command exactly, with partials while it is spoken', async () => {
    const [begin, end] = [lamp.subarray(0, 18_000), lamp.subarray(18_000)];
    const steps = [begin, { until: 'turn on the' }, end, 'paused', silence(400), 'ended'] as const;
    const transcripts = await listen(vosk.transcribe, steps);
    expect(said(transcripts)).toEqual(['draft 1: turn on the living room lamp', 'final: turn on the living room lamp']);
    const partials = transcripts.filter(({ kind }) => kind === 'partial').map(({ text }) => text);
    expect(partials[0]).toMatch(/^turn/);
    expect(new Set(partials).size).toBe(partials.length);
    const final = transcripts.at(-1);
    expect(final).toMatchObject({ segment: 1, engine: 'vosk', through: 48_000 + lamp.length + silence(400).length });
    expect(final?.confidence).toBeGreaterThan(0.9);
    expect(transcripts.find(({ kind }) => kind === 'draft')?.through).toBe(48_000 + lamp.length);
  });

  it('loses nothing when speech goes on after a pause within a word', async () => {
    // Inside of "living".
    const cut = 13_500;
    const [before, after] = [lamp.subarray(0, cut), lamp.subarray(cut)];
    const transcripts = await collect(vosk.transcribe, speak([before, 'paused', 'resumed', after, 'paused', 'ended']));
    expect(finalText(transcripts)).toBe('turn on the living room lamp');
  });

  it('loses nothing when speech goes on after a long pause', async () => {
    const first = 'turn on the living room lamp';
    const steps = [lamp, 'paused', { until: first }, silence(500), 'resumed', light, 'paused', 'ended'] as const;
    expect(said(await listen(vosk.transcribe, steps))).toEqual([
      'draft 1: turn on the living room lamp',
      'draft 2: turn on the living room lamp turn on the living room light',
      'final: turn on the living room lamp turn on the living room light',
    ]);
  });

  it('does not say a draft that speech has made void', async () => {
    const transcripts = await collect(
      vosk.transcribe,
      speak([lamp, 'paused', 'resumed', silence(200), 'paused', 'ended']),
    );
    expect(said(transcripts)).toEqual(['draft 2: turn on the living room lamp', 'final: turn on the living room lamp']);
  });

  it('expects other sentences as soon as the home has others', async () => {
    const first = openVosk({ model, library, expect: ['turn on the living room light', '[unk]'] });
    const asCommand = async (): Promise<string | undefined> =>
      (await collect(first.transcribe, speak([lamp, 'paused', 'ended']))).at(-1)?.asCommand;
    try {
      expect(await asCommand()).toBe('turn on the living room light');
      await first.expect(['turn on the living room lamp', '[unk]']);
      expect(await asCommand()).toBe('turn on the living room lamp');
      await first.expect([]);
      expect(await asCommand()).toBeUndefined();
    } finally {
      await first.close();
    }
  });

  it.each([160, 512, 1000, 16_000])('hears the same in blocks of %i samples', async (block) => {
    const all = await collect(vosk.transcribe, speak([lamp, 'paused', 'ended'], { block }));
    const same = await collect(vosk.transcribe, speak([lamp, 'paused', 'ended'], { block: 320 }));
    expect(all.at(-1)).toEqual(same.at(-1));
  });

  it('keeps two that speak at once apart', async () => {
    const hear = (sound: Float32Array) => collect(vosk.transcribe, speak([sound, 'paused', silence(300), 'ended']));
    const [one, two, three] = await Promise.all([hear(lamp), hear(light), hear(lamp)]);
    expect([finalText(one), finalText(two), finalText(three)]).toEqual([
      'turn on the living room lamp',
      'turn on the living room light',
      'turn on the living room lamp',
    ]);
  });

  it.each([
    ['silence', new Float32Array(32_000)],
    ['faint noise', noise(2000, 0.003)],
    ['noise', noise(2000, 0.03)],
    ['loud noise', noise(2000, 0.3)],
    ['no sound at all', new Float32Array(0)],
  ])('hears no words in %s', async (_, sound) => {
    const transcripts = await collect(vosk.transcribe, speak([sound, 'paused', 'ended']));
    expect(said(transcripts)).toEqual(['draft 1: ', 'final: ']);
  });

  it('hears one segment after the other', async () => {
    async function* both() {
      yield* speak([lamp, 'paused', 'ended']);
      yield { kind: 'silence', at: 200_000 } as const;
      yield* speak([light, 'paused', 'ended'], { segment: 2, from: 210_000 });
    }
    const finals = (await collect(vosk.transcribe, both())).filter(({ kind }) => kind === 'final');
    expect(finals.map(({ segment, text }) => [segment, text])).toEqual([
      [1, 'turn on the living room lamp'],
      [2, 'turn on the living room light'],
    ]);
  });

  it('hears what was cut at the limit, and a gap in the recording as silence', async () => {
    async function* speech() {
      for await (const event of speak([lamp, 'max_command'])) {
        if (event.kind !== 'audio') yield event;
        else if (event.block.from < 80_000) yield event;
        else yield { ...event, block: { ...event.block, from: event.block.from + 3200 } };
      }
    }
    const transcripts = await collect(vosk.transcribe, speech());
    expect(finalText(transcripts)).toMatch(/^turn on the living room/);
    expect(transcripts.at(-1)?.through).toBe(48_000 + lamp.length + 3200);
  });

  it('listens to no more than 20 s of a segment', async () => {
    const transcripts = await collect(vosk.transcribe, speak([silence(25_000), 'max_command'], { block: 16_000 }));
    expect(transcripts.at(-1)).toMatchObject({ kind: 'final', text: '', through: 48_000 + 320_000 });
  });

  it('ends at once when it is cancelled, though the speaker says nothing more', async () => {
    const abort = new AbortController();
    const forever = () => new Promise(() => {});
    const listening = collect(vosk.transcribe, speak([lamp, forever]), abort.signal);
    setTimeout(() => abort.abort(new Error('enough')), 100);
    await expect(listening).rejects.toThrow('enough');
    expect(vosk.engine.users).toBe(0);
  });

  it('releases its recogniser when the listener leaves', async () => {
    const forever = () => new Promise(() => {});
    for (let times = 0; times < 6; times += 1) {
      for await (const { kind } of vosk.transcribe(speak([lamp, 'paused', forever]), new AbortController().signal)) {
        if (kind === 'draft') break;
      }
    }
    expect(vosk.engine.users).toBe(0);
  });
});

describe('Vosk that expects sentences', () => {
  const expected = [
    'turn on the living room lamp',
    'turn on the living room light',
    'turn off the kitchen light and the fan',
    'set the bedroom lamp to twenty two percent',
    '[unk]',
  ];
  const expecting = openVosk({ model, library, expect: expected, warmUp: [light] });
  afterAll(() => expecting.close());
  const hear = (steps: Parameters<typeof speak>[0]) => collect(expecting.transcribe, speak(steps));

  it('reads the same sound a second time, as such a sentence, and says that both readings agree', async () => {
    const transcripts = await hear([lamp, 'paused', silence(300), 'ended']);
    const [draft, final] = transcripts.filter(({ kind }) => kind !== 'partial');
    const text = 'turn on the living room lamp';
    expect(draft).toMatchObject({ kind: 'draft', text, asCommand: text, agreed: true });
    expect(final).toMatchObject({ kind: 'final', text, asCommand: text, agreed: true });
  });

  it('joins what was said before and after a long pause, in both readings', async () => {
    const first = 'turn on the living room lamp';
    const steps = [lamp, 'paused', { until: first }, silence(500), 'resumed', light, 'paused', 'ended'] as const;
    const text = `${first} turn on the living room light`;
    expect((await listen(expecting.transcribe, steps)).at(-1)).toMatchObject({ text, asCommand: text, agreed: true });
  });

  it('reads a word that a short pause cut through anew, in both readings', async () => {
    const cut = 13_500;
    const transcripts = await hear([lamp.subarray(0, cut), 'paused', 'resumed', lamp.subarray(cut), 'paused', 'ended']);
    const text = 'turn on the living room lamp';
    expect(transcripts.at(-1)).toMatchObject({ text, asCommand: text, agreed: true });
  });

  it('does not agree with itself about what it does not expect', async () => {
    const final = (await hear([recording('alexa'), 'paused', 'ended'])).at(-1)!;
    expect(final.asCommand).not.toBe(final.text);
    expect(final.agreed).toBeUndefined();
  });

  it('keeps what it hears no words for apart from words', async () => {
    const strict = openVosk({ model, library, expect: ['open the garage', '[unk]'] });
    const final = (await collect(strict.transcribe, speak([lamp, 'paused', 'ended']))).at(-1)!;
    expect(final.text).toBe('turn on the living room lamp');
    expect(final.asCommand).toContain('[unk]');
    await strict.close();
  });

  it('says nothing of silence', async () => {
    const final = (await hear([silence(1500), 'paused', 'ended'])).at(-1)!;
    expect(final).toMatchObject({ text: '' });
    expect(final.agreed).toBeUndefined();
  });

  it('serves more who speak at once than it has second recognisers for', async () => {
    const finals = await Promise.all([lamp, light, lamp].map((sound) => hear([sound, 'paused', 'ended'])));
    expect(finals.map(finalText)).toEqual([
      'turn on the living room lamp',
      'turn on the living room light',
      'turn on the living room lamp',
    ]);
    expect(finals.filter((transcripts) => transcripts.at(-1)?.asCommand !== undefined)).toHaveLength(1);
    // Those that were made in haste are gone.
    expect((await hear([light, 'paused', 'ended'])).at(-1)?.asCommand).toBe('turn on the living room light');
  });

  it('without sentences to expect there is one reading', async () => {
    const transcripts = await collect(vosk.transcribe, speak([lamp, 'paused', 'ended']));
    expect(transcripts.at(-1)).not.toHaveProperty('asCommand');
    expect(transcripts.at(-1)).not.toHaveProperty('agreed');
  });
});

describe('opening Vosk', () => {
  it('is warmed up by recordings', async () => {
    const warm = openVosk({ model, library, warmUp: [light] });
    const transcripts = await collect(warm.transcribe, speak([light, 'paused', 'ended']));
    expect(finalText(transcripts)).toBe('turn on the living room light');
    await warm.close();
  });

  it('names what is wrong with the model or the library', async () => {
    const opening = async (options: { model: string; library: string }) => {
      const broken = openVosk({ ...options, preload: false });
      return collect(broken.transcribe, speak([])).finally(() => broken.close());
    };
    await expect(opening({ model: '/nowhere', library })).rejects.toMatchObject({
      code: 'model',
      message: /\/nowhere/,
    });
    await expect(opening({ model, library: '/nowhere.so' })).rejects.toMatchObject({
      code: 'model',
      message: /\/nowhere.so/,
    });
  });

  it('fails with a fault that may be tried again when its process dies, and works the next time', async () => {
    const own = openVosk({ model, library });
    const { host, release } = await own.engine.lease();
    release();
    const dying = collect(
      own.transcribe,
      speak([lamp, async () => process.kill(host.pid!, 'SIGKILL'), lamp, 'paused', 'ended']),
    );
    await expect(dying).rejects.toMatchObject({ code: 'engine', retry: true });
    const transcripts = await collect(own.transcribe, speak([lamp, 'paused', 'ended']));
    expect(finalText(transcripts)).toBe('turn on the living room lamp');
    await own.close();
  });
});
