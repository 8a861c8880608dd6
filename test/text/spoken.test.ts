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
    ['no numbers here.', 'no numbers here.'],
  ])('%j is read %j', (written, read) => {
    expect(spoken(written)).toBe(read);
  });

  it('leaves other languages alone', () => {
    expect(spoken('21,5 °C', 'de')).toBe('21,5 °C');
  });
});
