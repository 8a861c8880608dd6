import { expect, it } from 'vitest';
import { homeRows, noHomeMeasurements, type SpokenCommand } from '../../../src/bench/home/home-rows.js';
import { openMicrophone } from '../../../src/bench/microphone.js';

const spoken = (more: Partial<SpokenCommand> = {}): SpokenCommand => ({
  say: 'turn on the lamp',
  heard: 'turn on the lamp',
  verdict: 'right',
  replies: ['Done.'],
  covered: false,
  changed: 200,
  marks: { draft: 80, firstAudio: 250 },
  ...more,
});

it('commands that were not carried out are counted and not timed, and a line that claims nothing is no reply', () => {
  const rows = homeRows(
    {
      ...noHomeMeasurements(),
      written: [10, 20, 30],
      spoken: [
        spoken(),
        spoken({ covered: true, changed: 400, marks: { firstAudio: 160 } }),
        spoken({ verdict: 'nothing', marks: { firstAudio: 900 } }),
        spoken({ verdict: 'wrong', changed: 5 }),
      ],
    },
    'nobody has measured it',
  );
  const row = (id: string) => rows.find((one) => one.id === id);
  expect(row('written')).toMatchObject({ n: 3, p50: 20, met: true });
  expect(row('spoken')).toMatchObject({ n: 2, p50: 300, max: 400, met: true });
  expect(row('total')).toMatchObject({ n: 1, p50: 250, met: true });
  expect(row('right')).toMatchObject({ value: 50 });
  expect(row('wrong')).toMatchObject({ value: 25 });
  expect(row('covered')).toMatchObject({ value: 50 });
  expect(row('understand_new')).toMatchObject({ n: 0, missing: 'nobody has measured it' });
});

it('a microphone hears what is said after what is still being said, and silence else', async () => {
  const microphone = openMicrophone(() => 0.5);
  const blocks = microphone[Symbol.asyncIterator]();
  const next = async (): Promise<Float32Array> => (await blocks.next()).value!.samples;
  expect((await next()).every((sample) => sample === 0)).toBe(true);
  expect(microphone.say(new Float32Array(500).fill(1))).toBe(320);
  expect(microphone.say(new Float32Array(320).fill(-1))).toBe(960);
  const heard = [...(await next()), ...(await next()), ...(await next()), ...(await next())];
  expect(heard.slice(0, 500).every((sample) => sample === 1)).toBe(true);
  expect(heard.slice(500, 640).every((sample) => sample === 0)).toBe(true);
  expect(heard.slice(640, 960).every((sample) => sample === -1)).toBe(true);
  expect(heard.slice(960).every((sample) => sample === 0)).toBe(true);
  expect(microphone.position).toBe(1_600);
});
