import { describe, expect, it } from 'vitest';
import { spoken } from '../../src/text/spoken.js';

describe('spoken English', () => {
  it.each([
    ['It is 21.5 °C.', 'It is twenty one point five degrees.'],
    ['1 °C', 'one degree'],
    ['-3°', 'minus three degrees'],
    ['Humidity is 45%', 'Humidity is forty five percent'],
    ['It is 7:30.', 'It is seven thirty.'],
    ['It is 07:05 now', 'It is seven oh five now'],
    ['at 12:00', "at twelve o'clock"],
    ['at 9:00 pm', 'at nine p m'],
    ['at 00:15', 'at zero fifteen'],
    ['1,250 W', 'one thousand two hundred and fifty watts'],
    ['2.4 kWh', 'two point four kilowatt hours'],
    ['1013 hPa', 'one thousand and thirteen hectopascals'],
    ['1 min', 'one minute'],
    ['107 lamps', 'one hundred and seven lamps'],
    ['2000001', 'two million and one'],
    ['12 m', 'twelve metres'],
    ['12 mortals', 'twelve mortals'],
    ['code 007', 'code zero zero seven'],
    ['salt & ash', 'salt and ash'],
    ['lamp3 stays', 'lamp3 stays'],
    ['See https://www.example.com/a/b?c=1.', 'See example dot com.'],
    ['write to imp@pit.org now', 'write to imp at pit dot org now'],
    ['the 1st and the 22nd', 'the first and the twenty second'],
    ['It costs $5.20 or €1', 'It costs five dollars and twenty cents or one euro'],
    ['12 £', 'twelve pounds'],
    ['on 2026-11-22', 'on November the twenty second, twenty twenty six'],
    ['since 1666, in 2005', 'since sixteen sixty six, in two thousand and five'],
    ['in 2000 W', 'in two thousand watts'],
    ['5–10 °C', 'five to ten degrees'],
    ['call 555-1234-77', 'call five five five, one two three four, seven seven'],
    ['1/2 of it, 24/7', 'one half of it, twenty four seven'],
    ['~30%', 'about thirty percent'],
    ['#1', 'number one'],
    ['no numbers here.', 'no numbers here.'],
  ])('%j is read %j', (written, read) => {
    expect(spoken(written)).toBe(read);
  });

  it('leaves other languages alone', () => {
    expect(spoken('21,5 °C', 'de')).toBe('21,5 °C');
  });
});
