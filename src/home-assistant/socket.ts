import type { HaWebSocket } from 'home-assistant-js-websocket';
import { WebSocket } from 'ws';
import { Fault } from '../faults.js';

/** A registry of a very big home is a few megabytes; more than this is no answer of Core. */
const LARGEST_MESSAGE = 64 * 2 ** 20;

/** A socket that has been let in. */
export interface OpenSocket {
  /** What the library's `Connection` needs of a browser's socket. */
  readonly facade: HaWebSocket;
  readonly version: string;
  /** Ends it at once, whatever the network thinks. The listeners for 'close' are called before this returns. */
  kill(): void;
}

/** Why the token is not taken. No other answer of Core ends the attempts. */
const wrongToken = (): Fault =>
  new Fault('usage', 'Home Assistant does not take the token', {
    hint: 'Create a long-lived access token in the profile of an administrator (Security, at the bottom) and set home_assistant.token.',
  });

/**
 * Connects and logs in. Rejects with a `Fault`: 'usage' for a token that is not taken, 'network' with `retry` for
 * anything that may pass. Nothing of the socket is left over then.
 */
export const openSocket = (url: string, token: string, signal: AbortSignal): Promise<OpenSocket> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // Compression costs more time than it saves on a home network.
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: LARGEST_MESSAGE,
      followRedirects: false,
    });
    const fail = (fault: unknown): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('message', onMessage);
      socket.off('close', onClose);
      reject(fault);
      socket.terminate();
    };
    const onAbort = (): void => fail(signal.reason);
    const onClose = (): void => fail(unreachable('closed the connection before it let us in'));
    const onMessage = (data: unknown): void => {
      const message = parse(data);
      if (message?.type === 'auth_required') socket.send(JSON.stringify({ type: 'auth', access_token: token }), ignore);
      else if (message?.type === 'auth_invalid') fail(wrongToken());
      else if (message?.type === 'auth_ok') {
        signal.removeEventListener('abort', onAbort);
        socket.off('message', onMessage);
        socket.off('close', onClose);
        // Core then sends what happens at once in one frame. The library begins its own numbers at 3.
        socket.send(JSON.stringify({ id: 1, type: 'supported_features', features: { coalesce_messages: 1 } }), ignore);
        resolve(dress(socket, String(message.ha_version ?? 'unknown').slice(0, 32)));
      }
    };
    signal.addEventListener('abort', onAbort, { once: true });
    // Stays for good: an 'error' that nobody listens for would end the program.
    socket.on('error', (error) => fail(unreachable(...describe(error))));
    socket.on('unexpected-response', (request, response) => {
      response.resume();
      fail(unreachable(`answers ${response.statusCode}`, STATUS[response.statusCode ?? 0]));
      request.destroy();
    });
    socket.on('close', onClose);
    socket.on('message', onMessage);
  });

const ignore = (): void => {};

const STATUS: Readonly<Record<number, string>> = {
  400: 'There is a proxy in between, or use_x_forwarded_for is missing in the http section of configuration.yaml.',
  401: 'The add-on needs homeassistant_api: true.',
  403: 'Home Assistant may have banned this machine after failed logins: look into ip_bans.yaml.',
  404: 'Is this the address of Home Assistant itself?',
};

const unreachable = (what: string, hint?: string): Fault =>
  new Fault('network', `Home Assistant ${what}`, { retry: true, ...(hint === undefined ? {} : { hint }) });

const describe = (error: Error & { readonly code?: string }): [what: string, hint?: string] => {
  const { code = error.message } = error;
  if (code === 'ECONNREFUSED') return ['is not running at that address (connection refused)'];
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return ['is not found: the name of its host is unknown'];
  if (/CERT|SIGNATURE/.test(code))
    return [
      `has a certificate that this machine does not trust (${code})`,
      'Use the http:// address inside the house, or name the certificate in NODE_EXTRA_CA_CERTS.',
    ];
  return [`is not reached (${code})`];
};

const parse = (data: unknown): Record<string, unknown> | undefined => {
  try {
    const message: unknown = JSON.parse(String(data));
    return typeof message === 'object' && message !== null ? (message as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

type Listener = (event: { readonly data?: string }) => void;

/** The library listens like a browser does; what it throws at an unreadable message ends the link, not the program. */
const dress = (socket: WebSocket, version: string): OpenSocket => {
  const listeners = { message: new Set<Listener>(), close: new Set<Listener>() };
  let closed = false;

  const close = (): void => {
    if (closed) return;
    closed = true;
    for (const listener of [...listeners.close]) listener({});
  };
  const kill = (): void => {
    socket.terminate();
    close();
  };
  socket.on('close', close);
  socket.on('message', (data) => {
    if (closed) return;
    try {
      for (const listener of [...listeners.message]) listener({ data: String(data) });
    } catch {
      kill();
    }
  });

  const facade = {
    OPEN: WebSocket.OPEN,
    get readyState() {
      return closed ? WebSocket.CLOSED : socket.readyState;
    },
    haVersion: version,
    send: (data: string) => socket.send(data, ignore),
    close: () => socket.close(),
    addEventListener: (type: 'message' | 'close', listener: Listener) => void listeners[type]?.add(listener),
    removeEventListener: (type: 'message' | 'close', listener: Listener) => void listeners[type]?.delete(listener),
  };
  return { facade: facade as unknown as HaWebSocket, version, kill };
};
