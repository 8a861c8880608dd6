import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openVosk } from '../../src/stt/vosk.js';
import { makeWav } from '../audio/wavs.js';
import { modelFolder } from '../models.js';
import { finalText, listen } from '../stt/speech.js';
import { type Ended, isRunning, runProgram, STACK_TRACE, startProgram, temporaryFolder } from './program.js';
import {
  level,
  longestClip,
  loudest,
  RECORDINGS,
  type Sound,
  seconds,
  soundOf,
  whiteNoise,
  wordErrors,
} from './sound.js';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const COMMAND = 'turn on the living room lamp';

interface AskedTurn {
  readonly ending: string;
  readonly word: string;
  readonly intents: readonly string[];
  readonly heard: string;
  readonly said: readonly string[];
  readonly changes: readonly { readonly name: string; readonly from: string; readonly to: string }[];
}
interface Asked {
  readonly file: string;
  readonly turns: readonly AskedTurn[];
  readonly replies: readonly string[];
}

/** One line of JSON for each recording. */
const answersIn = ({ stdout }: Ended): Asked[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Asked);

const put = (name: string, bytes: Uint8Array): string => {
  const path = join(folder.path, name);
  writeFileSync(path, bytes);
  return path;
};

const transcribe = async (samples: Float32Array): Promise<string | undefined> => {
  const vosk = openVosk({
    model: modelFolder('vosk-small-en-us'),
    library: join(modelFolder('libvosk'), 'libvosk.so'),
  });
  try {
    return finalText(await listen(vosk.transcribe, [samples, 'paused', 'ended']));
  } finally {
    await vosk.close();
  }
};

describe('a recorded command', () => {
  test('is heard, done and answered in a voice that can be understood; the turn is told to a script', async () => {
    const out = join(folder.path, 'reply.wav');
    const ended = await runProgram(['ask', RECORDINGS.command, '--out', out, '--json'], { folder });
    expect(ended.code, ended.stderr).toBe(0);
    const [answer] = answersIn(ended);
    expect(answer).toMatchObject({ file: RECORDINGS.command, replies: [out] });
    expect(answer?.turns).toHaveLength(1);
    const [turn] = answer!.turns;
    expect(turn).toMatchObject({
      ending: 'answered',
      word: 'hey_jarvis',
      intents: ['HassTurnOn'],
      heard: COMMAND,
      changes: [{ name: 'living room lamp', from: 'off', to: expect.stringMatching(/^on\b/) }],
    });

    const reply = await soundOf(out);
    const said = turn!.said.join(' ');
    // Nobody speaks faster than 30 or slower than 4 letters a second, a demon's tail of reverberation included.
    expect(seconds(reply)).toBeGreaterThan(said.length / 30);
    expect(seconds(reply)).toBeLessThan(said.length / 4 + 2);
    expect(level(reply)).toBeGreaterThan(0.03);
    expect(loudest(reply)).toBeLessThanOrEqual(1);
    expect(longestClip(reply)).toBeLessThan(4);
    const readBack = await transcribe((await soundOf(out, 16_000)).samples);
    // A word of his own making may be misheard; noise would have next to nothing in common.
    expect(wordErrors(readBack ?? '', said), `said “${said}”, read back “${readBack}”`).toBeLessThanOrEqual(0.6);
    expect(folder.leftovers()).toEqual([]);
  });

  test('is told to a person with what was heard, done and said, a waterfall, and where the reply lies', async () => {
    const out = join(folder.path, 'told.wav');
    const ended = await runProgram(['ask', RECORDINGS.command, RECORDINGS.withoutWakeWord, '-o', out], { folder });
    expect(ended.stdout).toMatch(/^heard +“turn on the living room lamp”$/m);
    expect(ended.stdout).toMatch(/^did +living room lamp: off → on\b/m);
    expect(ended.stdout).toMatch(/^said +\S+/m);
    expect(ended.stdout).toContain(out);
    for (const stage of ['wake word', 'end of speech', 'recognition', 'voice', 'last sound to answer'])
      expect(ended.stdout).toMatch(new RegExp(`^${stage} .* ms`, 'm'));
    // Nothing for a terminal where there is none.
    expect(ended.stdout).not.toContain('\u001b[');
    // What was said belongs to the result, not to the log.
    expect(ended.stderr).not.toContain('living room lamp');
    // Speech that does not call it is none of its business.
    expect(ended.stdout).toMatch(
      /turn-on-the-living-room-lamp\.wav: no wake word was heard in \d\.\d s, so nothing happened/,
    );
    expect(ended.code, ended.stderr).toBe(3);
  });
});

/** Mono sound as frames of `channels` alike. */
const frames = (sound: Sound, channels = 1, gain = 1): number[][] =>
  Array.from(sound.samples, (it) => Array.from({ length: channels }, () => it * gain));

test('odd recordings: the usable are answered; silence, noise and speech without a wake word are not', async () => {
  const command = await soundOf(RECORDINGS.command);
  const whole = makeWav(frames(command));
  const files = {
    silence: put('silence.wav', makeWav(frames({ rate: 16_000, samples: new Float32Array(16_000) }))),
    noise: put('noise.wav', makeWav(frames({ rate: 16_000, samples: whiteNoise(32_000, 0.3) }))),
    withoutWakeWord: RECORDINGS.withoutWakeWord,
    eightBit: put('8-bit.wav', makeWav(frames(command), { bits: 8 })),
    // Claims more sound than there is, as after a crash of the recorder.
    truncated: put('truncated.wav', whole.subarray(0, whole.length - 2001)),
    sevenChannels: put(
      '7-channels.wav',
      makeWav(frames(await soundOf(RECORDINGS.command, 96_000), 7), { rate: 96_000, channels: 7, extensible: true }),
    ),
    clipped: put('clipped.wav', makeWav(frames(command, 1, 20))),
  };
  const out = join(folder.path, 'odd.wav');
  const ended = await runProgram(['ask', ...Object.values(files), '--out', out, '--json'], { folder });
  const answers = new Map(answersIn(ended).map((answer) => [answer.file, answer]));
  const heard = (file: string) => answers.get(file)?.turns.map(({ heard: text }) => text);

  for (const file of [files.silence, files.noise, files.withoutWakeWord]) {
    expect(heard(file)).toEqual([]);
    expect(answers.get(file)?.replies).toEqual([]);
  }
  for (const file of [files.eightBit, files.sevenChannels, files.truncated]) expect(heard(file)).toEqual([COMMAND]);
  // Of a recording that is clipped by 26 dB not every word need survive, but it is answered.
  expect(answers.get(files.clipped)?.turns).toMatchObject([{ ending: 'answered' }]);
  expect(answers.get(files.clipped)?.replies).toHaveLength(1);
  expect(ended.stderr).toMatch(/truncated\.wav breaks off: 0\.06 s of its 3\.\d+ s are missing/);
  expect(ended.stderr).not.toMatch(STACK_TRACE);
  expect(ended.code).toBe(3);
  expect(folder.leftovers()).toEqual([]);
}, 90_000);

test('two at once with the same folders, both new, do not disturb each other', async () => {
  using shared = temporaryFolder();
  const ask = (out: string) => runProgram(['ask', RECORDINGS.command, '--out', out, '--json'], { folder: shared });
  const both = await Promise.all([ask('one.wav'), ask('two.wav')]);
  for (const ended of both) {
    expect(ended.code, ended.stderr).toBe(0);
    expect(answersIn(ended)[0]?.turns).toMatchObject([{ ending: 'answered', intents: ['HassTurnOn'] }]);
    // A target missed on a busy machine is told, and no trouble.
    expect(ended.stderr).not.toMatch(/ERROR|WARN (?!.*the target is)/);
  }
  expect(shared.files()).toEqual(expect.arrayContaining(['one.wav', 'two.wav']));
  expect(shared.leftovers()).toEqual([]);
});

test('a recogniser that is killed in mid-turn: another takes over, and the next recording is answered as ever', async () => {
  using own = temporaryFolder();
  const asked = startProgram(['ask', RECORDINGS.command, RECORDINGS.command, '--out', 'reply.wav'], { folder: own });
  const recogniser = () => asked.descendants().find(({ command }) => command.includes('vosk.host'));
  await asked.until(/vosk is loaded[\s\S]*voice is loaded|voice is loaded[\s\S]*vosk is loaded/);
  // The recording is played from now on: its command is spoken between 1.2 and 3.0 s.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const { pid } = recogniser()!;
  process.kill(pid, 'SIGKILL');
  const ended = await asked.ended;
  expect(isRunning(pid)).toBe(false);
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stderr).toMatch(/vosk.* has stopped unexpectedly/);
  expect(ended.stderr).not.toMatch(STACK_TRACE);
  const [first, second] = ended.stdout.split(/^file /m).slice(1);
  // Moonshine hears the sentence again; if it cannot make it out, the persona says so. Either way somebody answers.
  expect(first).toMatch(/^heard +“.*living room lamp”$/m);
  expect(first).toMatch(/^said +\S+/m);
  expect(second).toMatch(/^heard +“turn on the living room lamp”$/m);
  expect(second).toMatch(/^said +\S+/m);
  expect(own.files()).toEqual(expect.arrayContaining(['reply.wav', 'reply-2.wav']));
  expect(own.leftovers()).toEqual([]);
});
