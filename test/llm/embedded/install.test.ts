import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installLlama } from '../../../src/llm/embedded/install.js';

const never = new AbortController().signal;
let root: string;
let manifest: string;
let folder: string;
let runs: (readonly string[])[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'evil-install-'));
  manifest = join(root, 'manifest');
  folder = join(root, 'models', 'llama');
  runs = [];
  mkdirSync(manifest);
  writeFileSync(join(manifest, 'package.json'), '{"version":"1"}');
  writeFileSync(join(manifest, 'package-lock.json'), '{}');
});
afterEach(() => rmSync(root, { recursive: true }));

const npm = async (args: readonly string[], where: string): Promise<void> => {
  runs.push(args);
  const modules = join(where, 'node_modules');
  for (const name of ['linux-x64', 'linux-arm64', 'linux-x64-cuda', 'mac-x64', 'mac-arm64-metal']) {
    mkdirSync(join(modules, '@node-llama-cpp', name), { recursive: true });
  }
  mkdirSync(join(modules, 'node-llama-cpp', 'llama'), { recursive: true });
  writeFileSync(join(modules, 'node-llama-cpp', 'llama', 'gitRelease.bundle'), 'large');
  writeFileSync(join(modules, 'node-llama-cpp', 'index.js'), '');
};

describe('the library for embedded models', () => {
  it('is installed once, as its lock file has it, without scripts', async () => {
    const path = await installLlama({ folder, manifest, signal: never, npm });
    expect(path).toBe(join(folder, 'node_modules', 'node-llama-cpp'));
    expect(existsSync(join(path, 'index.js'))).toBe(true);
    expect(runs).toEqual([['ci', '--ignore-scripts', '--no-audit', '--no-fund']]);
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('{"version":"1"}');
    expect(await installLlama({ folder, manifest, signal: never, npm })).toBe(path);
    expect(runs).toHaveLength(1);
  });

  it('keeps nothing but what this machine needs', async () => {
    const path = await installLlama({ folder, manifest, signal: never, npm });
    const kept = readdirSync(join(folder, 'node_modules', '@node-llama-cpp'));
    expect(kept.every((it) => it.includes(process.arch) || it.startsWith('mac'))).toBe(true);
    expect(kept).not.toContain('linux-x64-cuda');
    expect(kept.length).toBeGreaterThan(0);
    expect(readdirSync(join(path, 'llama'))).toEqual([]);
  });

  it('is replaced by another version', async () => {
    await installLlama({ folder, manifest, signal: never, npm });
    writeFileSync(join(manifest, 'package.json'), '{"version":"2"}');
    await installLlama({ folder, manifest, signal: never, npm });
    expect(runs).toHaveLength(2);
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('{"version":"2"}');
  });

  it('leaves nothing half done, and the old one in place', async () => {
    await installLlama({ folder, manifest, signal: never, npm });
    writeFileSync(join(manifest, 'package.json'), '{"version":"2"}');
    const failing = async () => {
      throw Object.assign(new Error('Command failed'), {
        stderr: 'npm warn x\nnpm error code ENOTFOUND\nnpm error no net\n',
      });
    };
    await expect(installLlama({ folder, manifest, signal: never, npm: failing })).rejects.toMatchObject({
      code: 'model',
      retry: true,
      message: 'The library for embedded language models could not be installed: code ENOTFOUND; no net',
    });
    expect(readdirSync(join(root, 'models'))).toEqual(['llama']);
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('{"version":"1"}');
    const abort = new AbortController();
    const given = installLlama({
      folder,
      manifest,
      signal: abort.signal,
      npm: async () => {
        abort.abort(new Error('enough'));
        throw new Error('aborted');
      },
    });
    await expect(given).rejects.toThrow('enough');
  });
});
