import { describe, expect, it } from 'vitest';
import { type Address, formatUri, parseUri } from '../../src/wyoming/index.js';

describe('an address', () => {
  it.each<[string, Address]>([
    ['tcp://127.0.0.1:10400', { kind: 'tcp', host: '127.0.0.1', port: 10_400 }],
    ['tcp://homeassistant.local:0', { kind: 'tcp', host: 'homeassistant.local', port: 0 }],
    ['tcp://[::1]:10300', { kind: 'tcp', host: '::1', port: 10_300 }],
    ['tcp://[fe80::1%eth0]:1', { kind: 'tcp', host: 'fe80::1%eth0', port: 1 }],
    ['unix:///run/my demon.sock', { kind: 'unix', path: '/run/my demon.sock' }],
    ['stdio://', { kind: 'stdio' }],
  ])('%s', (uri, address) => {
    expect(parseUri(uri)).toEqual(address);
    expect(formatUri(address)).toBe(uri);
  });

  it('may be written in capitals and end with a slash', () => {
    expect(parseUri('TCP://host:1/')).toEqual({ kind: 'tcp', host: 'host', port: 1 });
  });

  it.each([
    ['', 'begin with tcp://'],
    ['host:10300', 'begin with tcp://'],
    ['http://host:1', 'begin with tcp://'],
    ['tcp://host', 'a host and a port'],
    ['tcp://:10300', 'a host and a port'],
    ['tcp://host:65536', 'at most 65535'],
    ['tcp://host:-1', 'a host and a port'],
    ['tcp://::1:10300', 'a host and a port'],
    ['tcp://user@host:1', 'a host and a port'],
    ['tcp://host:1/path', 'a host and a port'],
    ['unix://run/a.sock', 'absolute'],
    ['unix://', 'absolute'],
    [`unix:///${'x'.repeat(110)}`, 'longer than'],
    ['stdio://x', 'nothing follows'],
  ])('%s is none', (uri, why) => {
    expect(() => parseUri(uri)).toThrow(
      expect.objectContaining({ code: 'uri', message: expect.stringContaining(why) }),
    );
  });
});
