import { Fault } from '../faults.js';

/** Where a Core, or the Supervisor in front of it, is reached. */
export interface Address {
  readonly websocket: string;
  /** Base of the REST interface, without a slash at the end. */
  readonly rest: string;
}

const HINT = 'Write it as http://homeassistant.local:8123, with the port.';

/**
 * The address as the user writes it: `http(s)://host:8123` or `ws(s)://host:8123/api/websocket`. In an add-on it is
 * `ws://supervisor/core/websocket`, whose REST interface is `http://supervisor/core/api`.
 * Throws a `Fault` 'usage' for anything else.
 */
export const parseAddress = (url: string): Address => {
  let parsed: URL;
  try {
    parsed = new URL(url.trim());
  } catch {
    throw new Fault('usage', 'home_assistant.url is no address of a Home Assistant', { hint: HINT });
  }
  const { protocol, username, password, host } = parsed;
  if (!['http:', 'https:', 'ws:', 'wss:'].includes(protocol) || host === '')
    throw new Fault('usage', `home_assistant.url has to begin with http://, https://, ws:// or wss://`, { hint: HINT });
  if (username !== '' || password !== '')
    throw new Fault('usage', 'home_assistant.url must not carry a user name or a password', {
      hint: 'Home Assistant is entered with the token alone.',
    });

  const secure = protocol === 'https:' || protocol === 'wss:';
  const path = parsed.pathname.replace(/\/+$/, '').replace(/(\/api)?\/websocket$/, '');
  const at = (kind: 'http' | 'ws'): string => `${kind}${secure ? 's' : ''}://${host}${path}`;
  // The Supervisor's proxy has the websocket beside `api`, Core has it below.
  const supervised = parsed.hostname === 'supervisor';
  return { websocket: `${at('ws')}${supervised ? '' : '/api'}/websocket`, rest: `${at('http')}/api` };
};
