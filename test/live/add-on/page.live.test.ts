/** The status page in a real browser, behind a stand-in for Home Assistant's ingress. */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLog } from '../../../src/log.js';
import { openStatusPage, type StatusServer } from '../../../src/status/server.js';
import type { Status } from '../../../src/status/status.js';
import { aStatus } from '../../status/a-status.js';
import { openPage, type Page } from './browser.js';

const PREFIX = '/api/hassio_ingress/Zm9vYmFyYmF6/';
let status: Status = aStatus;
let page: StatusServer;
let ingress: Server;
let address: string;

beforeAll(async () => {
  const log = createLog({ level: 'error', format: 'plain' });
  page = await openStatusPage({ port: 0, ingress: true, gateway: '127.0.0.1', status: () => status, log });
  // As the Supervisor does it: the prefix goes, a header tells of it.
  ingress = createServer((asked, answer) => {
    if (!asked.url?.startsWith(PREFIX)) {
      answer.writeHead(404).end();
      return;
    }
    const path = asked.url.slice(PREFIX.length - 1);
    const headers = { ...asked.headers, 'x-ingress-path': PREFIX.slice(0, -1) };
    const forwarded = request(
      { port: page.port, host: '127.0.0.1', path, method: asked.method, headers },
      (response) => {
        answer.writeHead(response.statusCode!, response.headers);
        response.pipe(answer);
      },
    );
    forwarded.on('error', () => answer.destroy());
    asked.pipe(forwarded);
  });
  await new Promise<void>((resolve) => ingress.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(ingress.address() as AddressInfo).port}${PREFIX}`;
});
afterAll(async () => {
  ingress?.closeAllConnections();
  ingress?.close();
  await page?.close();
});

const visit = async (
  browser: Page,
  { width = 1280, height = 800, scheme = 'light' }: { width?: number; height?: number; scheme?: string } = {},
): Promise<void> => {
  await browser.send('Emulation.setDeviceMetricsOverride', {
    width,
    height,
    deviceScaleFactor: 1,
    mobile: width < 600,
  });
  await browser.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
  await browser.send('Page.navigate', { url: address });
  await browser.until('document.querySelectorAll("#services li").length === 2');
};

/** The contrast of every element with text of its own against what is behind it (WCAG 2.2, 1.4.3). */
const LEAST_CONTRAST = `(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let it = element; it; it = it.parentElement) {
      const colour = numbers(getComputedStyle(it).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const own = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  return Math.min(...[...document.body.querySelectorAll('*')].filter((it) => own(it) && it.checkVisibility()).map((it) => {
    const [a, b] = [light(numbers(getComputedStyle(it).color)), light(behind(it))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }));
})()`;

describe('the status page', () => {
  test.each([
    { width: 360, height: 740, scheme: 'light' },
    { width: 360, height: 740, scheme: 'dark' },
    { width: 1280, height: 800, scheme: 'light' },
    { width: 1280, height: 800, scheme: 'dark' },
  ])('can be read at $width × $height, $scheme, and asks for nothing from elsewhere', async (look) => {
    status = aStatus;
    await using browser = await openPage();
    await visit(browser, look);
    expect(await browser.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(
      await browser.evaluate(
        '[...document.querySelectorAll(".scroll")].every((it) => it.scrollWidth <= it.clientWidth)',
      ),
    ).toBe(true);
    const back = await browser.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const brightness = Number(/\d+/.exec(back)![0]);
    if (look.scheme === 'dark') expect(brightness).toBeLessThan(64);
    else expect(brightness).toBeGreaterThan(192);
    expect(await browser.evaluate<number>(LEAST_CONTRAST)).toBeGreaterThanOrEqual(4.5);
    expect(browser.complaints).toEqual([]);
    const asked = browser.addresses.filter((it) => !/^(about|data):/.test(it));
    expect(asked.length).toBeGreaterThan(3);
    for (const one of asked) expect(one.startsWith(address), one).toBe(true);
  });

  test('shows what there is, and text as text', async () => {
    status = aStatus;
    await using browser = await openPage();
    await visit(browser);
    const shown = await browser.evaluate<string>('document.body.innerText');
    for (const text of [
      'Fetching its models',
      'Vosk, small',
      '31 MB of 78 MB',
      'the host is not known here',
      'HassTurnOn',
      '880 ms',
    ]) {
      expect(shown).toContain(text);
    }
    expect(shown).toContain('<b>at all</b>');
    expect(await browser.evaluate('document.querySelector("progress").position')).toBeCloseTo(31 / 78, 5);
    expect(await browser.evaluate('document.querySelectorAll("#turns svg rect.missed").length')).toBe(2);
    expect(browser.complaints).toEqual([]);
  });

  test('can be used with the keyboard alone, and keeps the focus when it has news', async () => {
    status = aStatus;
    await using browser = await openPage();
    await visit(browser);
    await browser.press('Tab');
    expect(await browser.evaluate('document.activeElement.tagName')).toBe('SUMMARY');
    expect(await browser.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    expect(await browser.evaluate('document.activeElement.parentElement.open')).toBe(true);
    await browser.press('Enter');
    expect(await browser.evaluate('document.activeElement.parentElement.open')).toBe(false);
    await browser.press('Enter');
    expect(await browser.evaluate('document.activeElement.parentElement.open')).toBe(true);
    const before = await browser.evaluate<string>('document.activeElement.textContent');

    status = {
      ...aStatus,
      phase: 'ready',
      turns: [{ ...aStatus.turns[0]!, at: aStatus.turns[0]!.at + 60_000 }, ...aStatus.turns],
    };
    await browser.until('document.querySelectorAll("#turns details").length === 3');
    expect(await browser.evaluate('document.activeElement.textContent')).toBe(before);
    expect(await browser.evaluate<string>('document.getElementById("phase").textContent')).toContain('Awake');
    await browser.press('Tab');
    expect(await browser.evaluate('document.activeElement.tagName')).toBe('SUMMARY');
  });
});
