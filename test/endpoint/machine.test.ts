import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { close, type EndpointRules, initial, type Moment, step, type VoiceFrame } from '../../src/endpoint/machine.js';

const FRAME = 100;
/** Frames of 100 samples; three of speech start a segment, five of silence end it, twenty are too many. */
const rules: EndpointRules = {
  enter: 0.5,
  leave: 0.35,
  minSpeech: 3 * FRAME,
  finalSilence: 5 * FRAME,
  maxCommand: 20 * FRAME,
  lag: 50,
};

/** Probabilities written as digits: `0` is none, `4` between leaving and entering, `9` sure speech. */
const frames = (digits: string, start = 0): VoiceFrame[] =>
  [...digits].map((digit, i) => {
    const from = start + i * FRAME;
    return { from, to: from + FRAME, probability: Number(digit) / 10, fresh: i === 0 };
  });

const told = (moment: Moment): string => {
  switch (moment.kind) {
    case 'silence':
      return '.';
    case 'sound':
      return '~';
    case 'started':
      return `started ${moment.segment} at ${moment.at}`;
    case 'paused':
      return `paused ${moment.pause}, last ${moment.lastSound}`;
    case 'resumed':
      return `resumed ${moment.pause} at ${moment.at}`;
    case 'ended':
      return `ended ${moment.segment} ${moment.reason}, last ${moment.lastSound}`;
  }
};

const run = (input: readonly VoiceFrame[], closing = false): Moment[] => {
  let state = initial;
  const moments: Moment[] = [];
  for (const frame of input) {
    const next = step(state, frame, rules);
    state = next.state;
    moments.push(...next.moments);
  }
  return closing ? [...moments, ...close(state)] : moments;
};
/** What the machine says, sound and silence left out. */
const events = (input: readonly VoiceFrame[], closing = false): string[] =>
  run(input, closing)
    .map(told)
    .filter((text) => text.length > 1);

describe('a segment of speech', () => {
  it('starts when speech is long enough, and begins where it began', () => {
    expect(events(frames('00999'))).toEqual(['started 1 at 150']);
    expect(events(frames('0099'))).toEqual([]);
  });

  it('is not started by a click, a cough, or a murmur that never becomes speech', () => {
    expect(events(frames('009900990099009000'))).toEqual([]);
    expect(events(frames('4444444444'))).toEqual([]);
  });

  it('starts in spite of a weak frame, but not of a silent one', () => {
    expect(events(frames('09490'))).toEqual(['started 1 at 50', 'paused 1, last 350']);
    expect(events(frames('099099'))).toEqual([]);
  });

  it('pauses with the first silent frame, and ends after the final silence', () => {
    expect(events(frames('9999000000'))).toEqual(['started 1 at 0', 'paused 1, last 350', 'ended 1 silence, last 350']);
  });

  it('does not pause at a weak frame, and does not resume at one', () => {
    expect(events(frames('9994449990044400'))).toEqual([
      'started 1 at 0',
      'paused 1, last 850',
      'ended 1 silence, last 850',
    ]);
  });

  it('goes on when speech does, and counts its pauses', () => {
    expect(events(frames('99900990000990'))).toEqual([
      'started 1 at 0',
      'paused 1, last 250',
      'resumed 1 at 450',
      'paused 2, last 650',
      'resumed 2 at 1050',
      'paused 3, last 1250',
    ]);
  });

  it('is followed by the next', () => {
    expect(events(frames('9990000000999'))).toEqual([
      'started 1 at 0',
      'paused 1, last 250',
      'ended 1 silence, last 250',
      'started 2 at 950',
    ]);
  });

  it('never grows longer than the limit, and the rest of that speech starts nothing', () => {
    const cut = ['started 1 at 0', 'ended 1 max_command, last 2000'];
    expect(events(frames('9'.repeat(40)))).toEqual(cut);
    expect(events(frames(`${'9'.repeat(40)}0999`))).toEqual([...cut, 'started 2 at 4050']);
  });

  it('cut in a pause, has its last sound before the pause', () => {
    expect(events(frames(`${'9'.repeat(18)}00000`))).toEqual([
      'started 1 at 0',
      'paused 1, last 1750',
      'ended 1 max_command, last 1750',
    ]);
  });

  it('ends with the stream, with its last sound where speech was', () => {
    expect(events(frames('09999'), true)).toEqual(['started 1 at 50', 'ended 1 closed, last 500']);
    expect(events(frames('099900'), true).at(-1)).toBe('ended 1 closed, last 350');
    expect(events(frames('0099'), true)).toEqual([]);
  });
});

describe('lost sound', () => {
  it('counts as silence: a short gap leaves the segment, a long one ends it', () => {
    expect(events([...frames('999'), ...frames('99', 500)])).toEqual(['started 1 at 0']);
    expect(events([...frames('9990'), ...frames('99', 600)])).toEqual([
      'started 1 at 0',
      'paused 1, last 250',
      'resumed 1 at 550',
    ]);
    expect(events([...frames('999'), ...frames('999', 2_000)])).toEqual([
      'started 1 at 0',
      'ended 1 silence, last 250',
      'started 2 at 2000',
    ]);
  });

  it('puts no sound of after it into the segment that it ends', () => {
    const after = run([...frames('999'), ...frames('0', 2_000)]).map(told);
    expect(after).toEqual(['.', '.', 'started 1 at 0', '~', 'ended 1 silence, last 250', '.']);
  });

  it('joins no two clicks to a word', () => {
    expect(events([...frames('099'), ...frames('990', 310)])).toEqual([]);
  });

  it('ends the segment where the clock jumps back', () => {
    expect(events([...frames('999', 1_000), ...frames('999', 0)])).toEqual([
      'started 1 at 1000',
      'ended 1 closed, last 1300',
      'started 2 at 0',
    ]);
  });
});

describe('for any sound', () => {
  const digits = fc.string({ unit: fc.constantFrom('0', '2', '4', '6', '9'), maxLength: 200 });

  it('segments follow the grammar of speech events, and every frame is told of', () => {
    fc.assert(
      fc.property(digits, (input) => {
        const moments = run(frames(input), true);
        // s: started, a: sound, p: paused, r: resumed, e: ended, .: silence
        const line = moments
          .map((moment) => (moment.kind === 'sound' ? 'a' : moment.kind === 'silence' ? '.' : moment.kind[0]))
          .join('');
        expect(line).toMatch(/^(\.|sa+(pa+ra*)*(pa*)?e)*$/);
        expect(line).not.toMatch(/[^a][pr]/); // A frame's sound comes before what it causes.
        expect(line.replace(/[^a.]/g, '')).toHaveLength(input.length);
        const counted = moments.flatMap((moment) => (moment.kind === 'started' ? [moment.segment] : []));
        expect(counted).toEqual(counted.map((_, i) => i + 1));
      }),
    );
  });

  it('positions of a segment never go back, and it is never longer than the limit', () => {
    fc.assert(
      fc.property(digits, (input) => {
        let started = 0;
        let last = 0;
        for (const moment of run(frames(input), true)) {
          if (moment.kind === 'sound' || moment.kind === 'silence') continue;
          const at = 'at' in moment ? moment.at : moment.lastSound;
          expect(at).toBeGreaterThanOrEqual(last);
          if (moment.kind === 'started') started = at;
          expect(at - started).toBeLessThanOrEqual(rules.maxCommand);
          last = at;
        }
      }),
    );
  });
});
