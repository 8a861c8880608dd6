import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildChain, parseProfile, profileSchema } from '../../src/effects/profile.js';
import { Fault } from '../../src/faults.js';

const YAML = `
- pitch: { shift: -8, formants: -3, lowest: 75, highest: 300 }
- sub_octave: { mix: 0.3 }
- ring_modulator: { frequency: 38, mix: 0.15 }
- bass: { gain: 5, corner: 200 }
- distortion: { drive: 1.5 }
- reverb: { mix: 0.06, room: 0.7 }
- limiter: { ceiling: -1 }
`;

const faultOf = (effects: unknown): Fault => {
  try {
    parseProfile(effects, 'personas/imp.yaml');
  } catch (error) {
    if (error instanceof Fault) return error;
  }
  throw new Error('It was accepted');
};

describe('the effects of a persona', () => {
  it('are read from YAML and made in their order', () => {
    const profile = parseProfile(parse(YAML), 'a persona');
    expect(profile.map(({ type }) => type)).toEqual(parse(YAML).flatMap((entry: object) => Object.keys(entry)));
    expect(profile[0]).toEqual({ type: 'pitch', shift: -8, formants: -3, lowest: 75, highest: 300 });
  });

  it('may leave out what has a default', () => {
    expect(parseProfile(parse('- reverb\n- limiter:\n- bass: {}'), 'a persona')).toEqual([
      { type: 'reverb', mix: 0.1, room: 0.5 },
      { type: 'limiter', ceiling: -1 },
      { type: 'bass', gain: 5, corner: 200 },
    ]);
  });

  it('are plain data that survives the way to another thread', () => {
    const profile = parseProfile(parse(YAML), 'a persona');
    expect(structuredClone(profile)).toEqual(profile);
    expect(JSON.parse(JSON.stringify(profile))).toEqual(profile);
  });

  it('name the known effects where one is unknown', () => {
    const fault = faultOf([{ flanger: {} }]);
    expect(fault.code).toBe('input');
    expect(fault.message).toContain('personas/imp.yaml');
    expect(fault.message).toContain('"flanger" is no effect');
    expect(fault.message).toContain('ring_modulator');
    expect(faultOf([{ constructor: {} }]).message).toContain('"constructor" is no effect');
  });

  it('report all that is wrong at once, each with its place', () => {
    const { message } = faultOf([
      { pitch: { shift: -99, lowest: 200, highest: 210 } },
      { reverb: { mix: 2, rooom: 1 } },
      { bass: {}, limiter: {} },
      7,
      { distortion: { drive: 'much' } },
    ]);
    for (const place of [
      'effects.0.pitch.shift',
      'effects.1.reverb.mix',
      'effects.2',
      'effects.3',
      'effects.4.distortion.drive',
    ]) {
      expect(message).toContain(place);
    }
    expect(message).toContain('rooom');
    expect(faultOf([{ pitch: { lowest: 200, highest: 210 } }]).message).toContain('at least 1.5 times');
    expect(faultOf([{ chorus: { depth: 5, distance: 3 } }]).message).toContain('effects.0.chorus.depth');
  });

  it.each([undefined, null, 'reverb', {}, Array.from({ length: 25 }, () => 'bass')])(
    'are a list of bounded length: %j',
    (effects) => {
      expect(faultOf(effects).code).toBe('input');
    },
  );

  it('can be part of a larger schema', () => {
    expect(profileSchema.safeParse([{ flanger: {} }]).error?.issues[0]?.path).toEqual([0, 'flanger']);
  });
});

describe('the personas that ship', () => {
  const folder = new URL('../../personas/', import.meta.url);
  it.each(readdirSync(folder).filter((name) => name.endsWith('.yaml')))('%s has effects that can be made', (name) => {
    const { effects = [] } = parse(readFileSync(new URL(name, folder), 'utf8')) as { effects?: unknown };
    const chain = buildChain(parseProfile(effects, name), 22_050);
    expect(chain.delay / 22_050).toBeLessThan(0.05);
  });
});

describe('the chain of a profile', () => {
  it('lags by the sum of its effects', () => {
    const delayOf = (list: unknown[]): number => buildChain(parseProfile(list, 'a test'), 22_050).delay;
    expect(delayOf(['pitch', 'bass', 'distortion', 'limiter'])).toBe(
      delayOf(['pitch']) + delayOf(['distortion']) + delayOf(['limiter']),
    );
  });

  it('lags by less than 20 ms besides the pitch', () => {
    for (const rate of [16_000, 22_050, 48_000]) {
      const names = ['sub_octave', 'ring_modulator', 'bass', 'distortion', 'reverb', 'chorus', 'leveller', 'limiter'];
      expect(buildChain(parseProfile(names, 'a test'), rate).delay / rate).toBeLessThan(0.02);
    }
  });

  it('is nothing for an empty profile', () => {
    const chain = buildChain([], 22_050);
    expect(chain.delay).toBe(0);
    expect(chain.process(Float32Array.of(0.5, -0.5))).toEqual(Float32Array.of(0.5, -0.5));
    expect(chain.flush().length).toBe(0);
  });

  it.each([0, 100, 1e9, Number.NaN])('refuses a rate of %d', (rate) => {
    expect(() => buildChain([], rate)).toThrow(Fault);
  });
});
