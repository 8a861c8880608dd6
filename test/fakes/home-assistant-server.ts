import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

type Json = Record<string, unknown>;
export interface FakeMessage extends Json {
  readonly type: string;
}

/** A state as the fake keeps it. */
export interface FakeState {
  readonly state: string;
  readonly attributes?: Json;
}

/** What is in the fake house; a test may change the maps at any time and then says so with the functions of the server. */
export interface FakeHouse {
  readonly states: Map<string, FakeState>;
  /** Rows of `config/entity_registry/get_entries`. */
  readonly entries: Map<string, Json>;
  readonly exposed: Set<string>;
  areas: Json[];
  floors: Json[];
  devices: Json[];
}

/** Thrown by an answer: Core's error. */
export class CoreError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** An answer of `SILENCE` is none: the request stays open. */
export const SILENCE: unique symbol = Symbol('silence');

export interface FakeCore {
  readonly url: string;
  readonly token: string;
  readonly house: FakeHouse;
  /** Every message that came after the login, of all connections. */
  readonly received: readonly FakeMessage[];
  /** How many connections were opened, logged in or not; how many logins were tried; how many are open now. */
  readonly opened: number;
  readonly logins: number;
  readonly open: number;
  /** POSTs to `/api/states/<entity>`. */
  readonly posted: readonly { readonly entity: string; readonly body: Json }[];
  /** How many POSTs were answered with an error. */
  readonly refusedPosts: number;
  /** `get_config`'s state, and what the user is. Change as wanted. */
  running: string;
  admin: boolean;
  acceptedToken: string;
  /** HTTP status for everything instead of an answer, as a proxy before Core has started: 502. */
  status: number | undefined;
  /** Answers a type of message with what `answer` gives, instead of the fake's own answer; null takes it back. */
  answer(type: string, answer: ((message: FakeMessage) => unknown) | null): void;
  /** Sets a state and tells the subscribers. Undefined removes the entity. */
  setState(entity: string, state: string | undefined, attributes?: Json): void;
  /** Fires an event on the bus. */
  fire(type: string, data?: Json): void;
  /** Resolves with the first message, from `received[from]` on, that fits. */
  message(fits: (message: FakeMessage) => boolean, from?: number): Promise<FakeMessage>;
  /** Sends text as it is to all that are logged in. */
  send(text: string): void;
  /** Says nothing more, and reads on, like a Core whose event loop hangs or a network that swallows everything. */
  silence(on?: boolean): void;
  /** Breaks all connections without a word. */
  drop(): void;
  /** Closes all connections and refuses new ones until `start`; the port stays the same. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

interface Client {
  readonly socket: WebSocket;
  readonly buses: Map<number, string | undefined>;
  readonly entities: Map<number, ReadonlySet<string> | undefined>;
}

export const fakeHouse = (): FakeHouse => ({
  states: new Map(),
  entries: new Map(),
  exposed: new Set(),
  areas: [],
  floors: [],
  devices: [],
});

/**
 * Speaks Home Assistant's websocket interface (login, results, events, `subscribe_entities`) and takes states by REST.
 * For faults and for size; what Core really does is the live tests' business.
 */
export const fakeHomeAssistant = async (house: FakeHouse = fakeHouse()): Promise<FakeCore> => {
  const clients = new Set<Client>();
  const sockets = new Set<Socket>();
  const received: FakeMessage[] = [];
  const posted: { entity: string; body: Json }[] = [];
  const watchers = new Set<() => void>();
  const answers = new Map<string, (message: FakeMessage) => unknown>();
  let silent = false;
  let opened = 0;
  let logins = 0;
  let refusedPosts = 0;

  const http = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => {
      body += data;
    });
    request.on('end', () => {
      if (silent) return;
      const entity = /^\/api\/states\/(\w+\.\w+)$/.exec(request.url ?? '')?.[1];
      const allowed = request.headers.authorization === `Bearer ${core.acceptedToken}`;
      const status = core.status ?? (!allowed ? 401 : entity && request.method === 'POST' ? 200 : 404);
      if (status !== 200) refusedPosts += 1;
      else posted.push({ entity: entity!, body: JSON.parse(body) });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      look();
    });
  });
  http.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  const server = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    if (core.status === undefined) return server.handleUpgrade(request, socket, head, welcome);
    socket.end(`HTTP/1.1 ${core.status} Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });

  const look = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  const say = (socket: WebSocket, message: unknown): void => {
    if (!silent) socket.send(JSON.stringify(message), () => {});
  };

  const compressed = ({ state, attributes = {} }: FakeState): Json => ({
    s: state,
    a: attributes,
    c: 'context',
    lc: 0,
  });

  const own = (message: FakeMessage, client: Client): unknown => {
    switch (message.type) {
      case 'auth/current_user':
        return { id: 'user', name: 'Somebody', is_admin: core.admin, is_owner: false };
      case 'get_config':
        return { state: core.running, version: VERSION };
      case 'homeassistant/expose_entity/list':
        return { exposed_entities: Object.fromEntries([...house.exposed].map((id) => [id, { conversation: true }])) };
      case 'config/area_registry/list':
        return house.areas;
      case 'config/floor_registry/list':
        return house.floors;
      case 'config/device_registry/list':
        return house.devices;
      case 'config/entity_registry/get_entries':
        return Object.fromEntries((message.entity_ids as string[]).map((id) => [id, house.entries.get(id) ?? null]));
      case 'subscribe_events':
        client.buses.set(message.id as number, message.event_type as string | undefined);
        return null;
      case 'subscribe_entities': {
        const ids = message.entity_ids as string[] | undefined;
        client.entities.set(message.id as number, ids?.length ? new Set(ids) : undefined);
        return null;
      }
      case 'unsubscribe_events':
        client.buses.delete(message.subscription as number);
        client.entities.delete(message.subscription as number);
        return null;
      case 'supported_features':
      case 'fire_event':
      case 'call_service':
        return null;
      default:
        throw new CoreError('unknown_command', 'Unknown command.');
    }
  };

  const serve = async (message: FakeMessage, client: Client): Promise<void> => {
    const { id, type } = message;
    if (type === 'ping') return say(client.socket, { id, type: 'pong' });
    try {
      const given = answers.get(type);
      const result = await (given ? given(message) : own(message, client));
      if (result === SILENCE) return;
      say(client.socket, { id, type: 'result', success: true, result });
      if (type !== 'subscribe_entities') return;
      const wanted = client.entities.get(id as number);
      const all = [...house.states].filter(([entity]) => !wanted || wanted.has(entity));
      const a = Object.fromEntries(all.map(([entity, state]) => [entity, compressed(state)]));
      say(client.socket, { id, type: 'event', event: { a } });
    } catch (error) {
      const { code = 'unknown_error', message: text } = error as CoreError;
      say(client.socket, { id, type: 'result', success: false, error: { code, message: text } });
    }
  };

  const welcome = (socket: WebSocket): void => {
    opened += 1;
    const client: Client = { socket, buses: new Map(), entities: new Map() };
    let welcomed = false;
    say(socket, { type: 'auth_required', ha_version: VERSION });
    socket.on('error', () => {});
    socket.on('close', () => {
      clients.delete(client);
      look();
    });
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as FakeMessage;
      if (welcomed) {
        received.push(message);
        look();
        void serve(message, client);
        return;
      }
      logins += 1;
      if (message.access_token !== core.acceptedToken) {
        say(socket, { type: 'auth_invalid', message: 'Invalid access token or password' });
        socket.close();
      } else {
        welcomed = true;
        clients.add(client);
        say(socket, { type: 'auth_ok', ha_version: VERSION });
      }
      look();
    });
  };

  const listen = async (port: number): Promise<void> => {
    http.listen(port, '127.0.0.1');
    await once(http, 'listening');
  };
  const shut = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (!http.listening) return;
    http.close();
    await once(http, 'close');
  };
  await listen(0);
  const { port } = http.address() as AddressInfo;

  const core: FakeCore = {
    url: `http://127.0.0.1:${port}`,
    token: TOKEN,
    house,
    received,
    posted,
    get opened() {
      return opened;
    },
    get logins() {
      return logins;
    },
    get refusedPosts() {
      return refusedPosts;
    },
    get open() {
      return clients.size;
    },
    running: 'RUNNING',
    admin: true,
    acceptedToken: TOKEN,
    status: undefined,
    answer(type, answer) {
      if (answer) answers.set(type, answer);
      else answers.delete(type);
    },
    setState(entity, state, attributes) {
      const before = house.states.get(entity);
      if (state === undefined) house.states.delete(entity);
      else house.states.set(entity, { state, attributes: attributes ?? before?.attributes ?? {} });
      const after = house.states.get(entity);
      const event = !after
        ? { r: [entity] }
        : !before
          ? { a: { [entity]: compressed(after) } }
          : { c: { [entity]: difference(before, after) } };
      for (const { socket, entities } of clients)
        for (const [id, wanted] of entities)
          if (!wanted || wanted.has(entity)) say(socket, { id, type: 'event', event });
    },
    fire(type, data = {}) {
      for (const { socket, buses } of clients)
        for (const [id, wanted] of buses)
          if (wanted === undefined || wanted === type)
            say(socket, { id, type: 'event', event: { event_type: type, data, origin: 'LOCAL' } });
    },
    message: (fits, from = 0) =>
      new Promise((resolve) => {
        const watcher = (): void => {
          const found = received.slice(from).find(fits);
          if (!found) return;
          watchers.delete(watcher);
          resolve(found);
        };
        watchers.add(watcher);
        watcher();
      }),
    send(text) {
      for (const { socket } of clients) socket.send(text);
    },
    silence(on = true) {
      silent = on;
    },
    drop() {
      for (const socket of sockets) socket.destroy();
    },
    stop: shut,
    start: () => listen(port),
    async close() {
      await shut();
      server.close();
    },
  };
  return core;
};

const VERSION = '2026.11.0';
const TOKEN = 'token-of-the-fake';

const difference = (before: FakeState, after: FakeState): Json => {
  const old = before.attributes ?? {};
  const now = after.attributes ?? {};
  const a = Object.fromEntries(Object.entries(now).filter(([name, value]) => old[name] !== value));
  const gone = Object.keys(old).filter((name) => !(name in now));
  return {
    '+': {
      ...(after.state === before.state ? {} : { s: after.state, lc: 1 }),
      ...(Object.keys(a).length > 0 ? { a } : {}),
    },
    ...(gone.length > 0 ? { '-': { a: gone } } : {}),
  };
};
