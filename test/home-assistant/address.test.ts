import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/home-assistant/address.js';

describe('the address of Home Assistant', () => {
  it.each([
    ['http://host:8123', 'ws://host:8123/api/websocket', 'http://host:8123/api'],
    ['https://host/', 'wss://host/api/websocket', 'https://host/api'],
    [' ws://host:8123/api/websocket ', 'ws://host:8123/api/websocket', 'http://host:8123/api'],
    ['wss://host/below/api/websocket', 'wss://host/below/api/websocket', 'https://host/below/api'],
    ['http://[::1]:8123', 'ws://[::1]:8123/api/websocket', 'http://[::1]:8123/api'],
    // The Supervisor has the two beside each other.
    ['ws://supervisor/core/websocket', 'ws://supervisor/core/websocket', 'http://supervisor/core/api'],
    ['http://supervisor/core', 'ws://supervisor/core/websocket', 'http://supervisor/core/api'],
  ])('%j', (url, websocket, rest) => {
    expect(parseAddress(url)).toEqual({ websocket, rest });
  });
});
