import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resample } from '../../../src/audio/resample.js';
import { parseProfile } from '../../../src/effects/profile.js';
import { serviceEars } from '../../../src/elsewhere/service-ears.js';
import { openServices, type Service } from '../../../src/elsewhere/services.js';
import { type Voice, voiceElsewhere } from '../../../src/elsewhere/voice.js';
import { wakeElsewhere } from '../../../src/elsewhere/wake-detector.js';
import { wakeWithFallback } from '../../../src/elsewhere/wake-fallback.js';
import { loadPersona } from '../../../src/persona/load.js';
import type { Audio, Block, Detection } from '../../../src/stages.js';
import { withFallback } from '../../../src/stt/fallback.js';
import { normalise } from '../../../src/stt/normalise.js';
import { transcribeWith } from '../../../src/stt/segments.js';
import { openVosk } from '../../../src/stt/vosk.js';
import { toSpeak } from '../../../src/text/to-speak.js';
import { disguise } from '../../../src/tts/disguise.js';
import { openWakeWords } from '../../../src/wake/open-wake-word.js';
import { all } from '../../elsewhere/peer.js';
import { wordErrors } from '../../end-to-end/sound.js';
import { modelFolder } from '../../models.js';
import { collect, finalText, noise, recording, said, speak } from '../../stt/speech.js';
import { heard, says, testRun } from '../../tts/heard.js';
import { asPiperVoice, VOICE } from './piper-voice.js';
import { pythonWith, type Running, start } from './python.js';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const services = openServices({ log });
const vosk = openVosk({
  model: modelFolder('vosk-small-en-us'),
  library: join(modelFolder('libvosk'), 'libvosk.so'),
});
const running: Running[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'elsewhere-'));
});
afterAll(async () => {
  await services.close();
  await Promise.all(running.map((one) => one.stop()));
  await vosk.close();
  await rm(folder, { recursive: true });
});

const run = async (python: string, args: (uri: string) => readonly string[]): Promise<Running> => {
  const one = await start(python, args);
  running.push(one);
  return one;
};

const upAt = async (...where: Parameters<typeof services.open>): Promise<Service> => {
  const service = services.open(...where);
  await service.client.ready(AbortSignal.timeout(60_000));
  return service;
};

const report = (figures: Record<string, number | string>): void => {
  process.stderr.write(`${JSON.stringify(figures)}\n`);
};
const median = (values: readonly number[]): number =>
  Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]! * 10) / 10;

describe('wyoming-piper', () => {
  let server: Running;
  let service: Service;
  /** Where our own voice would speak it has failed. */
  const nobody: Voice = {
    rate: 22_050,
    synthesize: () => {
      throw new Error('the service failed');
    },
    prepare: async () => {
      throw new Error('the service failed');
    },
    prefill: async () => {},
    hold: () => () => {},
    stats: () => ({ memory: 0, disk: 0, fresh: 0 }),
  };
  const sentences = (text: string) => toSpeak(text, 'en');

  beforeAll(async () => {
    const python = await pythonWith('wyoming-piper==2.5.2');
    await asPiperVoice(join(folder, 'voices'));
    const voices = join(folder, 'voices');
    server = await run(python, (uri) => ['-m', 'wyoming_piper', '--voice', VOICE, '--data-dir', voices, '--uri', uri]);
    service = await upAt('voice.service', `${server.uri}?voice=${VOICE}&speaker=186`);
  });

  const readBack = async (sound: Float32Array): Promise<string> => {
    const audio: Audio = {
      rate: 22_050,
      async *[Symbol.asyncIterator](): AsyncGenerator<Block> {
        yield { samples: sound, from: 0 };
      },
    };
    const pieces: Float32Array[] = [];
    for await (const { samples } of resample(audio, 16_000)) pieces.push(samples.slice());
    return (
      finalText(
        await collect(vosk.transcribe, speak([noise(300, 0.0005), ...pieces, noise(300, 0.0005), 'paused', 'ended'])),
      ) ?? ''
    );
  };

  const LINES = [
    'The kitchen light is on. Does it please you?',
    'I have turned off every lamp in the house.',
    'The living room is dark now, as it should be.',
  ];

  it('is known with its voice, and streams', () => {
    expect(services.status().find(({ option }) => option === 'voice.service')).toMatchObject({
      state: 'up',
      programs: ['piper'],
    });
  });

  it.each([
    ['as it is', false, 0.2],
    ['as the demon', true, 0.35],
  ] as const)('is understood by our own recogniser, %s', async (_, demonic, most) => {
    const persona = await loadPersona(fileURLToPath(new URL('../../../personas/demon.yaml', import.meta.url)));
    const profile = demonic ? parseProfile(persona.effects, 'demon.yaml') : [];
    const voice = voiceElsewhere({
      service,
      behind: nobody,
      sentences,
      disguise: (audio, signal) => disguise(audio, profile, signal),
      log,
    });
    const errors: number[] = [];
    for (const line of LINES) {
      const sound = await heard(voice.synthesize(says(line), testRun()));
      errors.push(wordErrors(await readBack(sound), line));
    }
    report({ voice: demonic ? 'demon' : 'dry', word_errors: errors.map((it) => it.toFixed(2)).join(' ') });
    expect(errors.reduce((sum, it) => sum + it, 0) / errors.length).toBeLessThanOrEqual(most);
  });

  it('speaks plain words without the demon', async () => {
    const persona = await loadPersona(fileURLToPath(new URL('../../../personas/demon.yaml', import.meta.url)));
    const profile = parseProfile(persona.effects, 'demon.yaml');
    let disguised = 0;
    const voice = voiceElsewhere({
      service,
      behind: nobody,
      sentences,
      disguise: (audio, signal) => {
        disguised += 1;
        return disguise(audio, profile, signal);
      },
      log,
    });
    const text = 'There is smoke in the kitchen.';
    await heard(voice.synthesize(says({ text, kind: 'talk', plain: true }), testRun()));
    expect(disguised).toBe(0);
    await heard(voice.synthesize(says(text), testRun()));
    expect(disguised).toBe(1);
  });

  it('is heard soon after it was asked', async () => {
    const persona = await loadPersona(fileURLToPath(new URL('../../../personas/demon.yaml', import.meta.url)));
    const profile = parseProfile(persona.effects, 'demon.yaml');
    const firstOf = async (demonic: boolean, text: string): Promise<number> => {
      const voice = voiceElsewhere({
        service,
        behind: nobody,
        sentences,
        disguise: (audio, signal) => disguise(audio, demonic ? profile : [], signal),
        log,
      });
      const began = performance.now();
      const blocks = voice.synthesize(says(text), testRun())[Symbol.asyncIterator]();
      await blocks.next();
      const first = performance.now() - began;
      while (!(await blocks.next()).done);
      return first;
    };
    const dry: number[] = [];
    const demon: number[] = [];
    const cpu = process.cpuUsage();
    for (let round = 0; round < 7; round++) {
      dry.push(await firstOf(false, `The lamp is on, for the time number ${round}.`));
      demon.push(await firstOf(true, `The lamp is on, for the time number ${round}.`));
    }
    const used = process.cpuUsage(cpu);
    report({
      first_sound_dry_ms: median(dry),
      first_sound_demon_ms: median(demon),
      own_cpu_ms_a_sentence: median([(used.user + used.system) / 1000 / 14]),
    });
    expect(dry).toHaveLength(7);
  });

  it('is followed by our own voice where it has no such voice', async () => {
    const spoken: string[] = [];
    const behind: Voice = {
      ...nobody,
      synthesize: (all) => ({
        rate: 22_050,
        async *[Symbol.asyncIterator](): AsyncGenerator<Block> {
          for await (const { text } of all) {
            spoken.push(text);
            yield { samples: new Float32Array(441).fill(0.1), from: 0 };
          }
        },
      }),
    };
    const other = await upAt('voice.service', `${server.uri}?voice=nobody`);
    const voice = voiceElsewhere({ service: other, behind, sentences, disguise: (audio) => audio, log });
    await heard(voice.synthesize(says('Who speaks?'), testRun()));
    expect(spoken).toEqual(['Who speaks?']);
    expect(services.status().at(-1)!.trouble).toMatch(/does not list a voice "nobody"/);
  });
});

describe('wyoming-openwakeword', () => {
  const word = 'hey_jarvis';
  let server: Running;
  let service: Service;

  beforeAll(async () => {
    // Its tflite-runtime was built for NumPy 1; with 2 it starts, and hears nothing.
    const python = await pythonWith('wyoming-openwakeword==1.8.2', 'numpy==1.26.4');
    server = await run(python, (uri) => ['-m', 'wyoming_openwakeword', '--preload-model', word, '--uri', uri]);
    service = await upAt('wake.service', server.uri);
  });

  /** Silence, the word, silence, as a microphone gives them. */
  const room = (from: number, at: (block: Block) => void = () => {}): Audio => ({
    rate: 16_000,
    async *[Symbol.asyncIterator](): AsyncGenerator<Block> {
      const spoken = recording('hey-jarvis');
      const whole = [noise(2_000, 0.0005), spoken, noise(2_000, 0.0005)];
      const began = performance.now();
      let sent = 0;
      for (const piece of whole) {
        for (let i = 0; i + 320 <= piece.length; i += 320) {
          const due = began + (sent + 320) / 16;
          await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
          const block = { samples: piece.subarray(i, i + 320), from: from + sent };
          sent += 320;
          at(block);
          yield block;
        }
      }
    },
  });

  const signal = new AbortController().signal;
  const openLocal = () =>
    openWakeWords({
      models: {
        melspectrogram: join(modelFolder('openwakeword'), 'melspectrogram.onnx'),
        embedding: join(modelFolder('openwakeword'), 'embedding_model.onnx'),
        words: { [word]: join(modelFolder(`wake-${word}`), `${word}_v0.1.onnx`) },
        voice: join(modelFolder('silero-vad'), 'silero_vad_v5.onnx'),
      },
    });

  it('hears the word once, at the place where we hear it ourselves', async () => {
    const local = await openLocal();
    const detect = wakeElsewhere({ service, words: [word], refractory: 2_000 });
    const lags: number[] = [];
    const places: number[] = [];
    const [ours] = await all(local.detect(room(64_000), signal));
    for (let round = 0; round < 3; round++) {
      let sent = 0;
      const found: Detection[] = [];
      for await (const detection of detect(
        room(64_000, ({ from }) => {
          sent = from + 320;
        }),
        signal,
      )) {
        found.push(detection);
        lags.push((sent - detection.at) / 16);
      }
      expect(found).toHaveLength(1);
      expect(found[0]!.word).toBe(word);
      places.push((found[0]!.at - ours!.at) / 16);
    }
    await local.close();
    report({ wake_place_minus_ours_ms: places.join(' '), wake_told_after_its_place_ms: median(lags) });
    for (const place of places) expect(Math.abs(place)).toBeLessThanOrEqual(400);
  });

  it('is stood in for while it is gone, so that no word is missed, and heard twice by nobody', async () => {
    const local = await openLocal();
    let localOpened = 0;
    const warnings: string[] = [];
    const detect = wakeWithFallback({
      elsewhere: wakeElsewhere({ service, words: [word], refractory: 2_000 }),
      local: (audio, until) => {
        localOpened += 1;
        return local.detect(audio, until);
      },
      ready: (until) => service.client.ready(until),
      refractory: 2_000,
      log: { info: () => {}, warn: (_, text) => void warnings.push(text) },
    });
    let killed = false;
    const found: Detection[] = [];
    const audio = room(0, ({ from }) => {
      // In the middle of the word.
      if (killed || from < 2_000 * 16 + 8_000) return;
      killed = true;
      void server.stop();
    });
    for await (const detection of detect(audio, signal)) found.push(detection);
    await local.close();
    expect(found).toHaveLength(1);
    expect(localOpened).toBe(1);
    expect(warnings).toHaveLength(1);
  });
});

describe("Vosk behind Python's Wyoming library", () => {
  let server: Running;
  let service: Service;
  const script = fileURLToPath(new URL('vosk_peer.py', import.meta.url));

  beforeAll(async () => {
    const python = await pythonWith('wyoming==1.10.2', 'vosk==0.3.45');
    server = await run(python, (uri) => [script, uri, modelFolder('vosk-small-en-us')]);
    service = await upAt('stt.service', `${server.uri}?model=small-en&language=en`);
  });

  const lamp = recording('turn-on-the-living-room-lamp');

  it('hears what our own hears, also where speech goes on after a pause', async () => {
    const transcribe = transcribeWith('elsewhere', serviceEars({ service, normalise }));
    const whole = await collect(transcribe, speak([noise(300, 0.0005), lamp, 'paused', noise(200, 0.0005), 'ended']));
    expect(said(whole).at(-1)).toBe('final: turn on the living room lamp');
    const cut = 13_500;
    const steps = [
      noise(300, 0.0005),
      lamp.subarray(0, cut),
      'paused',
      'resumed',
      lamp.subarray(cut),
      'paused',
      'ended',
    ] as const;
    expect(finalText(await collect(transcribe, speak(steps)))).toBe('turn on the living room lamp');
  });

  it('answers a pause soon', async () => {
    const measure = async (transcribe: typeof vosk.transcribe): Promise<number> => {
      let paused = 0;
      const paced = async function* () {
        for await (const event of speak([noise(300, 0.0005), lamp, 'paused', 'ended'])) {
          if (event.kind === 'audio')
            await new Promise((resolve) => setTimeout(resolve, event.block.samples.length / 16));
          if (event.kind === 'paused') paused = performance.now();
          yield event;
        }
      };
      for await (const { kind } of transcribe(paced(), new AbortController().signal)) {
        if (kind !== 'partial') return performance.now() - paused;
      }
      throw new Error('nothing was heard');
    };
    const transcribe = transcribeWith('elsewhere', serviceEars({ service, normalise }));
    const remote: number[] = [];
    const here: number[] = [];
    for (let round = 0; round < 3; round++) {
      remote.push(await measure(transcribe));
      here.push(await measure(vosk.transcribe));
    }
    report({ pause_to_draft_elsewhere_ms: median(remote), pause_to_draft_own_ms: median(here) });
    expect(remote).toHaveLength(3);
  });

  it('is stood in for by our own where it dies in the middle of a sentence', async () => {
    const transcribe = withFallback(
      transcribeWith('elsewhere', serviceEars({ service, normalise })),
      vosk.transcribe,
      log,
    );
    const steps = [
      noise(300, 0.0005),
      lamp.subarray(0, 13_500),
      async () => server.stop(),
      lamp.subarray(13_500),
      'paused',
      'ended',
    ] as const;
    const seen = await collect(transcribe, speak(steps));
    expect(seen.at(-1)).toMatchObject({ kind: 'final', text: 'turn on the living room lamp', engine: 'vosk' });
  });
});
