import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const PATIENCE = 20_000;

/** A page in a real browser without a window, driven by the DevTools protocol. */
export interface Page {
  /** What went wrong in it: exceptions, errors on the console, violations of the content security policy. */
  readonly complaints: readonly string[];
  /** Every address that was asked for. */
  readonly addresses: readonly string[];
  send(method: string, parameters?: object): Promise<Readonly<Record<string, unknown>>>;
  evaluate<T>(expression: string): Promise<T>;
  /** Waits until an expression is true. */
  until(expression: string): Promise<void>;
  press(key: 'Tab' | 'Enter' | ' '): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @throws with what to install, where there is no browser. */
export const openPage = async (): Promise<Page> => {
  const browser = NAMES.find((name) => spawnSync('which', [name]).status === 0);
  if (!browser) throw new Error('No Chromium was found: apt-get install chromium (or Google Chrome)');
  const profile = mkdtempSync(join(tmpdir(), 'evil-browser-'));
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(
    browser,
    [
      '--headless=new',
      ...root,
      '--disable-gpu',
      '--no-first-run',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const closed = new Promise((resolve) => child.on('close', resolve));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const waitFor = async (what: string, is: () => boolean | Promise<boolean>): Promise<void> => {
    for (const begin = Date.now(); !(await is()); await pause(50)) {
      if (Date.now() - begin > PATIENCE) throw new Error(`Waited in vain for ${what}\n${said}`);
    }
  };
  await waitFor('the browser', () => /DevTools listening on ws:\/\/\S+/.test(said));
  const port = /ws:\/\/[^:]+:(\d+)/.exec(said)![1];
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    type: string;
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(targets.find(({ type }) => type === 'page')!.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));

  const complaints: string[] = [];
  const addresses: string[] = [];
  const waiting = new Map<number, { resolve: (it: Record<string, unknown>) => void; reject: (error: Error) => void }>();
  socket.on('message', (data) => {
    const { id, result, error, method, params } = JSON.parse(String(data));
    if (id !== undefined) {
      const asked = waiting.get(id);
      waiting.delete(id);
      if (error) asked?.reject(new Error(error.message));
      else asked?.resolve(result);
    } else if (method === 'Runtime.exceptionThrown')
      complaints.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    else if (method === 'Log.entryAdded' && params.entry.level === 'error') complaints.push(params.entry.text);
    else if (method === 'Network.requestWillBeSent') addresses.push(params.request.url);
  });
  let last = 0;
  const send: Page['send'] = (method, parameters = {}) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params: parameters }));
    });
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`);
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = (await send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    })) as { result: { value: T }; exceptionDetails?: { text: string } };
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`);
    return result.value;
  };
  return {
    complaints,
    addresses,
    send,
    evaluate,
    until: (expression) => waitFor(expression, () => evaluate<boolean>(`Boolean(${expression})`)),
    press: async (key) => {
      const code = { Tab: 9, Enter: 13, ' ': 32 }[key];
      const text = { Tab: undefined, Enter: '\r', ' ': ' ' }[key];
      const event = { key, code: key === ' ' ? 'Space' : key, windowsVirtualKeyCode: code, ...(text && { text }) };
      await send('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
      await send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    },
    [Symbol.asyncDispose]: async () => {
      socket.terminate();
      child.kill('SIGKILL');
      await closed;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};
