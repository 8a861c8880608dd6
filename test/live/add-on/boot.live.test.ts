import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ours } from '../../end-to-end/program.js';
import { type Container, startContainer } from './container.js';
import { buildImage, type Image, missing } from './image.js';

/** What a user has who has changed nothing. */
const defaults = (parse(readFileSync(ours('config.yaml'), 'utf8')) as { options: Record<string, object> }).options;

let image: Image;

beforeAll(async () => {
  const lacking = missing();
  if (lacking) throw new Error(`The add-on cannot be booted here: ${lacking}`);
  image = await buildImage();
  console.log(`the image: ${image.size.all} MB unpacked, ${image.size.own} of them ours`);
}, 280_000);

const discoveries = ({ requests }: Container) => requests.filter(({ path }) => path === '/discovery');

describe('the add-on', () => {
  test('is healthy, tells Home Assistant once of services that can serve, and ends politely', async () => {
    await using container = await startContainer(image, { options: defaults, models: true });
    await container.until('an answer to describe', async () => (await container.exec(...image.healthcheck)).code === 0);
    await container.until('a discovery', () => discoveries(container).length > 0);
    expect((await container.exec('evil-assistant-describe', 'ready')).code).toBe(0);
    expect(JSON.parse(discoveries(container)[0]!.body!)).toEqual({
      service: 'wyoming',
      config: { uri: 'tcp://local-evil-assistant:10400' },
    });

    const [program] = await container.pids('dist/cli.js start');
    const { output: status } = await container.exec('cat', `/proc/${program}/status`);
    const { output: user } = await container.exec('id', '-u', 'evil');
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toBe(user.trim());
    expect(user.trim()).not.toBe('0');

    const { output } = await container.exec('evil-assistant', 'wyoming', 'converse', 'tell me about yourself');
    expect(output.trim()).not.toBe('');

    expect(await container.stop()).toBe(0);
    expect(discoveries(container)).toHaveLength(1);
    expect(container.log).not.toMatch(/SUPERVISOR_TOKEN|a-token-of-the-supervisor/);
  });

  test('says what is wrong with an option, and ends with its exit code', async () => {
    const options = { ...defaults, wake: { ...defaults.wake, threshold: 7 } };
    await using container = await startContainer(image, { options, models: false });
    expect(await container.ended).toBe(2);
    expect(container.log).toContain('wake.threshold: 7 given');
    expect(discoveries(container)).toHaveLength(0);
  });

  test('counts as started while models are being fetched, is not announced, and can be stopped', async () => {
    await using container = await startContainer(image, { options: defaults, models: false });
    await container.until('an answer to describe', async () => (await container.exec(...image.healthcheck)).code === 0);
    await container.until('the download', () => container.log.includes('Fetching'));
    const waiting = async () => (await container.exec('s6-svstat', '-o', 'up', '/run/service/discovery')).output.trim();
    await container.until('the wait for the services', async () => (await waiting()) === 'true');
    expect((await container.exec('evil-assistant-describe', 'ready')).code).toBe(1);
    expect(await container.stop()).toBe(0);
    expect(discoveries(container)).toHaveLength(0);
  });

  test('takes the container with it where it crashes, exit code and all', async () => {
    await using container = await startContainer(image, { options: defaults, models: true });
    await container.until('the program', async () => (await container.exec(...image.healthcheck)).code === 0);
    const [program] = await container.pids('dist/cli.js start');
    await container.exec('/bin/bash', '-c', `kill -SEGV ${program}`);
    expect(await container.ended).toBe(128 + 11);
  });
});
