/**
 * Which of a Piper voice's speakers makes the best demon? Measured in three rounds; docs/voices.md has the result.
 *
 *   1 all speakers say one sentence: those with the lowest voices go on;
 *   2 they say more, without effects: pitch, formants, pace, and word errors when Moonshine reads them back;
 *   3 the best of these by formants say all sentences, without and with a persona's effects.
 *
 * Needs a build and the fetched models; some ten minutes of one core.
 *   node scripts/choose-voice.mjs [--persona personas/demon.yaml] [--finalists 28] [--speakers 186,811]
 */
import { readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { resampleAll } from '../dist/audio/resample.js';
import { buildChain, parseProfile } from '../dist/effects/profile.js';
import { loadMoonshine } from '../dist/stt/moonshine-model.js';
import { spoken } from '../dist/text/spoken.js';
import { loadPiper } from '../dist/tts/piper.js';
import { readPiperModel } from '../dist/tts/piper-model.js';
import { sentenceSound } from '../dist/tts/render.js';
import { formants, pitches, quantile, wordErrors, wordsOf } from './choose-voice/measure.mjs';

const { values: options } = parseArgs({
  options: {
    persona: { type: 'string', default: 'personas/demon.yaml' },
    models: { type: 'string', default: join(homedir(), '.cache', 'evil-assistant', 'models') },
    finalists: { type: 'string', default: '28' },
    /** Only these, at once in the third round. */
    speakers: { type: 'string' },
  },
});

const SENTENCES = readFileSync(new URL('choose-voice/sentences.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const { signal } = new AbortController();
const model = await readPiperModel(join(options.models, 'piper-libritts_r-medium'));
const { rate } = model;
const piper = await loadPiper({ model, threads: 1 });
const moonshine = await loadMoonshine({
  model: join(options.models, 'moonshine-tiny-en'),
  cacheFolder: join(tmpdir(), 'choose-voice'),
  threads: 1,
});
const dry = buildChain(parseProfile(['limiter'], 'the script'), rate);
const demon = buildChain(parseProfile(parse(readFileSync(options.persona, 'utf8')).effects, options.persona), rate);

/** What the voice sounds like with these effects, −1…1. */
const through = async (effects, speech) => {
  effects.reset();
  const sentence = sentenceSound(effects, rate);
  const chunks = [];
  for await (const chunk of sentence.add(speech, 0, signal)) chunks.push(...chunk);
  for (const chunk of sentence.end()) chunks.push(...chunk);
  return Float32Array.from(chunks, (sample) => sample / 32_768);
};

/** As a person speaks to a microphone: at an even level, with a little silence around. */
const readBack = async (sound) => {
  const heard = resampleAll(sound, rate, 16_000);
  const loudest = heard.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-6);
  const framed = new Float32Array(heard.length + 3200);
  framed.set(
    heard.map((x) => (x / loudest) * 0.9),
    1600,
  );
  return wordsOf(spoken((await moonshine.transcribe(framed, signal)).text));
};

const measure = async (speaker, sentences, withEffects) => {
  const [voiced, resonances] = [[], []];
  const errors = { dry: 0, demon: 0 };
  let [words, seconds] = [0, 0];
  for (const sentence of sentences) {
    const speech = await piper.speak(sentence, { speaker, speed: 1 });
    const sound = await through(dry, speech);
    const said = wordsOf(sentence);
    words += said.length;
    seconds += sound.length / rate;
    voiced.push(...pitches(sound, rate));
    resonances.push(formants(resampleAll(sound, rate, 10_000)));
    errors.dry += wordErrors(said, await readBack(sound));
    if (withEffects) errors.demon += wordErrors(said, await readBack(await through(demon, speech)));
  }
  const formant = (k) => Math.round(quantile(resonances.map((found) => found[k]).filter(Number.isFinite), 0.5));
  const percent = (count) => ((100 * count) / words).toFixed(1);
  return {
    speaker,
    pitch: Math.round(quantile(voiced, 0.5)),
    low: Math.round(quantile(voiced, 0.05)),
    high: Math.round(quantile(voiced, 0.95)),
    f3: formant(2),
    f4: formant(3),
    pace: (words / seconds).toFixed(1),
    'dry WER %': percent(errors.dry),
    ...(withEffects ? { 'demon WER %': percent(errors.demon) } : {}),
  };
};

const table = (rows) => {
  const names = Object.keys(rows[0]);
  const line = (cells) => console.log(`| ${cells.join(' | ')} |`);
  line(names);
  line(names.map(() => '---:'));
  for (const row of rows) line(Object.values(row));
  console.log();
};

const measureAll = async (speakers, sentences, withEffects = false) => {
  const rows = [];
  for (const speaker of speakers) rows.push(await measure(speaker, sentences, withEffects));
  return rows;
};

/** Speakers with the lowest voices: by the median and the lowest 5 % of one sentence, where enough of it is voiced. */
const lowest = async (count) => {
  const found = [];
  for (let speaker = 0; speaker < model.speakers; speaker++) {
    const voiced = pitches(
      await piper.speak('I was here long before your house was built.', { speaker, speed: 1 }),
      rate,
    );
    if (voiced.length > 40) found.push({ speaker, pitch: quantile(voiced, 0.5) + quantile(voiced, 0.05) });
  }
  return found
    .sort((a, b) => a.pitch - b.pitch)
    .slice(0, count)
    .map(({ speaker }) => speaker);
};

let finalists = options.speakers?.split(',').map(Number);
if (finalists === undefined) {
  const rows = await measureAll(await lowest(Number(options.finalists)), SENTENCES.slice(0, 20));
  table(rows.sort((a, b) => a.f4 - b.f4));
  const understood = rows.filter((row) => Number(row['dry WER %']) <= 5);
  finalists = understood.slice(0, 6).map(({ speaker }) => speaker);
}
table(await measureAll(finalists, SENTENCES, true));
