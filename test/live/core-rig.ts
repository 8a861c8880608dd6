import { execFile, spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';

const run = promisify(execFile);

/** A real Home Assistant Core in a furnished home of its own. */
export interface Core {
  /** `http://127.0.0.1:8131`. */
  readonly url: string;
  /** Of the owner, long-lived. */
  readonly token: string;
  readonly folder: string;
  /** Sends a websocket message as the owner (or with another token) and gives its result; throws Core's error. */
  call<T = unknown>(message: { readonly type: string; readonly [field: string]: unknown }, token?: string): Promise<T>;
  /** Collects the bus events of a type until `stop`; `next` waits for one that fits. */
  events(type: string): Promise<CoreEvents>;
  rest(path: string, init?: RequestInit & { readonly token?: string }): Promise<Response>;
  /** A token of a new user who is no administrator. */
  userToken(name: string): Promise<string>;
  /** A further long-lived token of the owner, and what revokes it. */
  furtherToken(name: string): Promise<{ readonly token: string; revoke(): Promise<void> }>;
  /** Stops the process in the middle of whatever it does, as a machine that hangs; the sockets stay open. `thaw` lets it go on. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Ends the process; the home stays. */
  halt(): Promise<void>;
  /** Starts the same home again after `halt`; resolves when it answers, which is before it has started wholly. */
  relaunch(): Promise<void>;
  /** Ends it and deletes the home. */
  stop(): Promise<void>;
}

export interface CoreEvents {
  readonly seen: readonly CoreEvent[];
  next(fits: (event: CoreEvent) => boolean): Promise<CoreEvent>;
  stop(): void;
}
export interface CoreEvent {
  readonly event_type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const rigFolder = (): string => resolve(import.meta.dirname, '../../rigs/home-assistant');

const installation = (): string =>
  process.env.HA_RIG ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'home-assistant-rig');

/** Starts a Core on loopback in a new home. Fails, with what to do, where the rig is not installed: nothing is skipped. */
export const startCore = async ({
  port,
  folder: given,
}: {
  readonly port: number;
  /** For a home that is to be looked at afterwards; else a temporary one. */
  readonly folder?: string;
}): Promise<Core> => {
  const scripts = rigFolder();
  if (!existsSync(join(installation(), 'installed')))
    throw new Error(
      `Home Assistant is not installed for the tests. As root, once (about a minute, 1.3 GB):\n  ${join(scripts, 'install')}`,
    );
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'evil-assistant-core-')));
  await run(join(scripts, 'start'), [folder, String(port)], { timeout: 120_000 });
  const url = `http://127.0.0.1:${port}`;
  const token = (await readFile(join(folder, 'token'), 'utf8')).trim();

  const call: Core['call'] = async (message, as = token) => {
    const session = await openSession(url, as);
    try {
      return (await session.ask(message)) as never;
    } finally {
      session.close();
    }
  };
  const rest: Core['rest'] = (path, { token: as = token, ...init } = {}) =>
    fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${as}`, ...init.headers } });

  /** Logs in as people do, in the browser. */
  const login = async (username: string, password: string): Promise<string> => {
    const client = `${url}/`;
    const post = async (path: string, body: string | URLSearchParams): Promise<Record<string, string>> =>
      (await (await fetch(`${url}${path}`, { method: 'POST', body })).json()) as Record<string, string>;
    const flow = await post(
      '/auth/login_flow',
      JSON.stringify({ client_id: client, handler: ['homeassistant', null], redirect_uri: client }),
    );
    const step = await post(
      `/auth/login_flow/${flow.flow_id}`,
      JSON.stringify({ client_id: client, username, password }),
    );
    const grant = new URLSearchParams({ grant_type: 'authorization_code', code: step.result!, client_id: client });
    return (await post('/auth/token', grant)).access_token!;
  };

  const signal = async (name: NodeJS.Signals): Promise<void> => {
    process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')), name);
  };

  return {
    url,
    token,
    folder,
    call,
    rest,
    async events(type) {
      const session = await openSession(url, token);
      const seen: CoreEvent[] = [];
      const waiting = new Set<() => void>();
      await session.ask({ type: 'subscribe_events', event_type: type }, (event) => {
        seen.push(event as CoreEvent);
        for (const look of [...waiting]) look();
      });
      return {
        seen,
        next: (fits) =>
          new Promise((found) => {
            const look = (): void => {
              const event = seen.find(fits);
              if (!event) return;
              waiting.delete(look);
              found(event);
            };
            waiting.add(look);
            look();
          }),
        stop: () => session.close(),
      };
    },
    async userToken(name) {
      const { user } = await call<{ user: { id: string } }>({
        type: 'config/auth/create',
        name,
        group_ids: ['system-users'],
      });
      const username = name.toLowerCase();
      await call({ type: 'config/auth_provider/homeassistant/create', user_id: user.id, username, password: username });
      const access = await login(username, username);
      return call<string>({ type: 'auth/long_lived_access_token', client_name: name, lifespan: 1 }, access);
    },
    async furtherToken(name) {
      const further = await call<string>({ type: 'auth/long_lived_access_token', client_name: name, lifespan: 1 });
      return {
        token: further,
        async revoke() {
          const tokens = await call<{ id: string; client_name: string | null }[]>({ type: 'auth/refresh_tokens' });
          const id = tokens.find(({ client_name }) => client_name === name)?.id;
          await call({ type: 'auth/delete_refresh_token', refresh_token_id: id });
        },
      };
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async halt() {
      await run(join(scripts, 'stop'), [folder], { timeout: 30_000 });
    },
    async relaunch() {
      await launch(folder);
      await answers(url);
    },
    async stop() {
      await run(join(scripts, 'stop'), [folder], { timeout: 30_000 });
      if (!given) await rm(folder, { recursive: true, force: true });
    },
  };
};

/** What `start` does, without making the home anew. */
const launch = async (folder: string): Promise<void> => {
  const output = openSync(join(folder, 'console.log'), 'a');
  const script = `
    mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount --bind "$2" "$1/config" &&
    mount --bind "$1/etc/rig-resolv.conf" "$1/etc/resolv.conf" &&
    exec nice chroot "$1" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/opt/ha/bin:/usr/local/bin:/usr/bin:/bin \
      /opt/ha/bin/hass --config /config --skip-pip`;
  const child = spawn(
    'unshare',
    ['--mount', '--propagation', 'private', 'bash', '-c', script, 'rig', join(installation(), 'root'), folder],
    { detached: true, stdio: ['ignore', output, output] },
  );
  child.unref();
  await writeFile(join(folder, 'pid'), `${child.pid}\n`);
};

const answers = async (url: string): Promise<void> => {
  for (let attempt = 0; attempt < 600; attempt++) {
    try {
      // Answers 401 without a token: good enough.
      await fetch(`${url}/api/`);
      return;
    } catch {
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }
  throw new Error('Home Assistant did not answer within a minute after it was started again');
};

/** The plainest client that can be: the tests must not lean on what they test. */
const openSession = (url: string, token: string) =>
  new Promise<{
    ask(message: object, onEvent?: (event: unknown) => void): Promise<unknown>;
    close(): void;
  }>((opened, failed) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/websocket`);
    const waiting = new Map<number, (answer: { success: boolean; result: unknown; error?: unknown }) => void>();
    const events = new Map<number, (event: unknown) => void>();
    let last = 0;
    socket.on('error', failed);
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      if (message.type === 'auth_required') socket.send(JSON.stringify({ type: 'auth', access_token: token }));
      else if (message.type === 'auth_invalid') failed(new Error('Home Assistant did not take the token'));
      else if (message.type === 'event') events.get(message.id)?.(message.event);
      else if (message.type === 'result') waiting.get(message.id)?.(message);
      else if (message.type === 'auth_ok')
        opened({
          ask: (body, onEvent) =>
            new Promise((resolve, reject) => {
              const id = ++last;
              if (onEvent) events.set(id, onEvent);
              waiting.set(id, ({ success, result, error }) => {
                waiting.delete(id);
                if (success) resolve(result);
                else reject(Object.assign(new Error(JSON.stringify(error)), { core: error }));
              });
              socket.send(JSON.stringify({ id, ...body }));
            }),
          close: () => socket.close(),
        });
    });
  });
