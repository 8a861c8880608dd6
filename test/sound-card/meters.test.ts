import { describe, expect, it } from 'vitest';
import { pacatMeter, timeMeter } from '../../src/sound-card/meters.js';

const RATE = 22_050;
const ms = (samples: number): number => (samples * 1_000) / RATE;
const samples = (milliseconds: number): number => Math.round((milliseconds * RATE) / 1_000);

describe('what was heard by the word of pacat', () => {
  it('is nothing before its stream has started, and passes with time from then on', () => {
    const meter = pacatMeter(RATE);
    meter.wrote(samples(600), 0);
    meter.note('Time: 0.000 sec; Latency: 20000 usec.', 5);
    expect(meter.heard(50)).toBe(0);
    meter.note('Stream started.', 60);
    expect(ms(meter.heard(100))).toBeCloseTo(40, 0);
  });

  it('is set right by every report', () => {
    const meter = pacatMeter(RATE);
    meter.wrote(samples(600), 0);
    meter.note('Stream started.', 0);
    // A device that is 150 ms late: Bluetooth.
    meter.note('Time: 0.000 sec; Latency: 150000 usec.', 50);
    expect(ms(meter.heard(50))).toBeCloseTo(0, 0);
    meter.note('Time: 0.050 sec; Latency: 150000 usec.', 200);
    expect(ms(meter.heard(220))).toBeCloseTo(70, 0);
  });

  it('stands still while nothing is there to be heard', () => {
    const meter = pacatMeter(RATE);
    meter.wrote(samples(200), 0);
    meter.note('Stream started.', 0);
    meter.note('Stream underrun.', 197);
    meter.wrote(samples(200), 500);
    expect(ms(meter.heard(600))).toBeCloseTo(197, 0);
    meter.note('Stream started.', 610);
    expect(ms(meter.heard(700))).toBeCloseTo(287, 0);
  });

  it('is never more than was written, and all of it in the end', () => {
    const meter = pacatMeter(RATE);
    meter.wrote(samples(100), 0);
    meter.note('Stream started.', 0);
    expect(meter.heard(5_000)).toBe(samples(100));
    const drained = pacatMeter(RATE);
    drained.wrote(samples(100), 0);
    drained.drained();
    expect(drained.heard(0)).toBe(samples(100));
  });

  it('begins with the first time that passes where nobody says that it has', () => {
    const meter = pacatMeter(RATE);
    meter.wrote(samples(600), 0);
    meter.note('Time: 0.040 sec; Latency: 50000 usec.', 50);
    expect(ms(meter.heard(60))).toBeCloseTo(50, 0);
  });
});

describe('what was heard of a player that tells nothing', () => {
  it('begins when there is enough, and at the end in any case', () => {
    const meter = timeMeter(RATE, 40);
    meter.wrote(samples(20), 0);
    expect(meter.heard(1_000)).toBe(0);
    meter.wrote(samples(20), 1_000);
    expect(ms(meter.heard(1_010))).toBeCloseTo(10, 0);
    const short = timeMeter(RATE, 40);
    short.wrote(samples(20), 0);
    short.ended(100);
    expect(ms(short.heard(110))).toBeCloseTo(10, 0);
  });

  it('does not count the time in which it had nothing', () => {
    const meter = timeMeter(RATE, 0);
    meter.wrote(samples(100), 0);
    meter.wrote(samples(100), 500);
    expect(ms(meter.heard(550))).toBeCloseTo(150, 0);
  });
});
