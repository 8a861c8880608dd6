import { describe, expect, it } from 'vitest';
import { parseServiceAddress, type ServiceOption } from '../../src/elsewhere/service-address.js';
import { Fault } from '../../src/faults.js';

const faultOf = (option: ServiceOption, value: string): Fault => {
  try {
    parseServiceAddress(option, value);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error(`${value} was taken`);
};

describe('the address of a service elsewhere', () => {
  it('is a host and a port, under either name', () => {
    const expected = { uri: 'tcp://192.168.1.5:10300', place: '192.168.1.5:10300' };
    expect(parseServiceAddress('stt.service', 'wyoming://192.168.1.5:10300')).toEqual(expected);
    expect(parseServiceAddress('stt.service', 'tcp://192.168.1.5:10300/')).toEqual(expected);
    expect(parseServiceAddress('wake.service', 'WYOMING://[fd00::1]:10400')).toEqual({
      uri: 'tcp://[fd00::1]:10400',
      place: '[fd00::1]:10400',
    });
  });

  it('is a socket', () => {
    expect(parseServiceAddress('voice.service', 'unix:///run/piper.sock?voice=amy')).toEqual({
      uri: 'unix:///run/piper.sock',
      place: '/run/piper.sock',
      voice: 'amy',
    });
  });

  it('says what is wanted of the service', () => {
    expect(parseServiceAddress('stt.service', 'wyoming://pi:1?model=base%20int8&language=en')).toMatchObject({
      model: 'base int8',
      language: 'en',
    });
    expect(
      parseServiceAddress('voice.service', 'wyoming://pi:1?voice=en_US-amy&speaker=7&language=en-GB'),
    ).toMatchObject({
      voice: 'en_US-amy',
      speaker: '7',
      language: 'en-GB',
    });
  });

  it.each<[ServiceOption, string, RegExp]>([
    ['stt.service', 'wyoming://pi', /host and a port/],
    ['stt.service', 'http://pi:80', /tcp:\/\//],
    ['stt.service', 'wyoming://pi:70000', /65535/],
    ['stt.service', 'stdio://', /no place/],
    ['stt.service', 'wyoming://pi:1?voice=amy', /"voice"/],
    ['stt.service', 'wyoming://pi:1?modle=base', /"modle"/],
    ['stt.service', 'wyoming://pi:1?model=', /"model" is empty/],
    ['stt.service', 'wyoming://pi:1?model=a&model=b', /twice/],
    ['wake.service', 'wyoming://pi:1?model=hey_jarvis', /"model"/],
  ])('refuses %s %s, naming the option', (option, value, why) => {
    const fault = faultOf(option, value);
    expect(fault.code).toBe('usage');
    expect(fault.message).toContain(option);
    expect(fault.message).toMatch(why);
  });

  it('says what could be chosen', () => {
    expect(faultOf('voice.service', 'wyoming://pi:1?pitch=3').hint).toBe(
      'What can be chosen: voice, speaker, language.',
    );
  });
});
