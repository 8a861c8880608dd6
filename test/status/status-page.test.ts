import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createLog } from '../../src/log.js';
import { openStatusPage, type StatusServer } from '../../src/status/server.js';
import { aStatus } from './a-status.js';

const log = createLog({ level: 'silent', format: 'plain' });
let server: StatusServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const ask = (path: string, { method = 'GET', headers = {} as Record<string, string> } = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: server!.port, path, method, headers }, async (response) => {
      let body = '';
      for await (const chunk of response.setEncoding('utf8')) body += chunk;
      resolve({ code: response.statusCode!, headers: response.headers, body });
    });
    asked.on('error', reject).end();
  });

const open = async (options: Partial<Parameters<typeof openStatusPage>[0]> = {}): Promise<void> => {
  server = await openStatusPage({ port: 0, ingress: false, status: () => aStatus, log, ...options });
};

test('the page, its files and what it shows', async () => {
  await open();
  const page = await ask('/');
  expect(page.code).toBe(200);
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  for (const [, file] of page.body.matchAll(/(?:href|src)="(?!data:)([^"]+)"/g)) {
    expect(file, 'relative, so that it is found under the path of ingress').not.toMatch(/^\/|:/);
    expect((await ask(`/${file}`)).code).toBe(200);
  }
  const status = await ask('/status.json');
  expect(status.headers['cache-control']).toBe('no-store');
  expect(JSON.parse(status.body)).toEqual(aStatus);
});

test('nothing may come from elsewhere, and nothing inline runs', async () => {
  await open();
  const page = await ask('/');
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  expect(page.body).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=/);
});

test('what has not changed is not sent again', async () => {
  await open();
  const { headers } = await ask('/page.js');
  const again = await ask('/page.js', { headers: { 'If-None-Match': String(headers.etag) } });
  expect(again.code).toBe(304);
  expect(again.body).toBe('');
});

test.each([
  ['POST', '/', 405],
  ['DELETE', '/status.json', 405],
  ['GET', '/nothing', 404],
  ['GET', '/../package.json', 404],
  ['GET', '/%2e%2e/package.json', 404],
  ['HEAD', '/status.json', 200],
  ['GET', '//page.css?v=1', 200],
])('%s %s is answered with %i', async (method, path, code) => {
  await open();
  expect((await ask(path, { method })).code).toBe(code);
});

test('behind ingress, only its gateway may look in', async () => {
  await open({ ingress: true });
  expect((await ask('/status.json')).code).toBe(403);
  await server!.close();
  await open({ ingress: true, gateway: '127.0.0.1' });
  expect((await ask('/status.json', { headers: { 'X-Ingress-Path': '/api/hassio_ingress/abc' } })).code).toBe(200);
});

test('on a machine of its own, only who calls it by its own name', async () => {
  await open();
  expect((await ask('/', { headers: { Host: 'evil.example:8099' } })).code).toBe(403);
  expect((await ask('/', { headers: { Host: '127.0.0.1.evil.example' } })).code).toBe(403);
  expect((await ask('/', { headers: { Host: 'localhost:8099' } })).code).toBe(200);
});

test('a status that cannot be had is an error of that request alone', async () => {
  let broken = true;
  await open({
    status: () => {
      if (broken) throw new Error('the secret reason');
      return aStatus;
    },
  });
  const answer = await ask('/status.json');
  expect(answer.code).toBe(500);
  expect(answer.body).not.toContain('secret');
  broken = false;
  expect((await ask('/status.json')).code).toBe(200);
});

test('nonsense on the wire ends that connection, and closing waits for nobody', async () => {
  await open();
  const idle = connect(server!.port, '127.0.0.1');
  const rude = connect(server!.port, '127.0.0.1');
  const gone = Promise.all(
    [idle, rude].map(
      (socket) =>
        new Promise((resolve) =>
          socket
            .resume()
            .on('error', () => {})
            .on('close', resolve),
        ),
    ),
  );
  rude.write('\0\0\0 nonsense\r\n\r\n');
  expect((await ask('/')).code).toBe(200);
  await server!.close();
  await gone;
});

test('a port that is taken is reported', async () => {
  await open();
  const taken = openStatusPage({ port: server!.port, ingress: false, status: () => aStatus, log });
  await expect(taken).rejects.toMatchObject({ code: 'usage' });
});
