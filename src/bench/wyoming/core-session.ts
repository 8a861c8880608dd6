import { WebSocket } from 'ws';
import { Fault } from '../../faults.js';
import type { Milliseconds } from '../../units.js';

/** A websocket to Home Assistant, as its own user interface has one. */
export interface CoreSession {
  readonly url: string;
  /** The result of a command. `onEvent` is given what the command's subscription brings. Rejects with what Core says. */
  ask<Result = unknown>(command: CoreCommand, onEvent?: (event: CoreEvent) => void): Promise<Result>;
  sendBinary(bytes: Uint8Array): void;
  /** A request to the REST API as the same user. */
  rest<Result = unknown>(path: string, body?: object): Promise<Result>;
  /** Rejects what is still waiting. */
  close(): void;
}

export interface CoreCommand {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface CoreEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>> | null;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const OPEN_WITHIN: Milliseconds = 10_000;

/** @param url `http://127.0.0.1:8123`. @throws Fault `network` where nobody answers, or the token is refused. */
export const openCoreSession = async (url: string, token: string): Promise<CoreSession> => {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/websocket`, { handshakeTimeout: OPEN_WITHIN });
  const waiting = new Map<number, Waiting>();
  const listening = new Map<number, (event: CoreEvent) => void>();
  let last = 0;
  const fail = (why: string): void => {
    for (const { reject } of waiting.values()) reject(new Fault('network', why));
    waiting.clear();
  };
  const opened = new Promise<void>((resolve, reject) => {
    const refuse = (why: string): void => reject(new Fault('network', `Home Assistant at ${url}: ${why}`));
    socket.on('error', (error) => refuse(error.message));
    socket.on('close', () => {
      refuse('the connection was closed');
      fail('Home Assistant has closed the connection');
    });
    socket.on('message', (text) => {
      const message = JSON.parse(String(text)) as Incoming;
      switch (message.type) {
        case 'auth_required':
          return socket.send(JSON.stringify({ type: 'auth', access_token: token }));
        case 'auth_ok':
          return resolve();
        case 'auth_invalid':
          return refuse('the token is refused');
        case 'event':
          return listening.get(message.id)?.(message.event);
        case 'result': {
          const asked = waiting.get(message.id);
          waiting.delete(message.id);
          if (message.success) asked?.resolve(message.result);
          else asked?.reject(new Fault('network', `Home Assistant: ${message.error?.message ?? 'refused'}`));
        }
      }
    });
  });
  await opened;
  return {
    url,
    ask: (command, onEvent) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
        if (onEvent) listening.set(id, onEvent);
        socket.send(JSON.stringify({ id, ...command }));
      }),
    sendBinary: (bytes) => socket.send(bytes),
    async rest(path, body) {
      const response = await fetch(`${url}${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${token}` },
        ...(body && { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Fault('network', `Home Assistant: ${path}: ${response.status}`);
      return (await response.json()) as never;
    },
    close() {
      fail('The session was closed');
      socket.close();
    },
  };
};

type Incoming =
  | { readonly type: 'auth_required' | 'auth_ok' | 'auth_invalid' }
  | { readonly type: 'event'; readonly id: number; readonly event: CoreEvent }
  | {
      readonly type: 'result';
      readonly id: number;
      readonly success: boolean;
      readonly result: unknown;
      readonly error?: { readonly message: string };
    };
