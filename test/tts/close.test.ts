import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { modelFolder } from '../models.js';

const program = fileURLToPath(new URL('./fixtures/speaks-for-long.mjs', import.meta.url));

describe('a signal', () => {
  it.each([
    ['SIGTERM', 'worker'],
    ['SIGINT', 'worker'],
    ['SIGTERM', 'process'],
  ] as const)('%s ends a program with 0 while its voice, in a %s, synthesizes', async (signal, carrier) => {
    const child = spawn(process.execPath, [program, modelFolder('piper-libritts_r-medium'), carrier], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
    });
    child.stdout.once('data', () => child.kill(signal));
    const end = await new Promise((resolve) => child.on('exit', (code, killedBy) => resolve(killedBy ?? code)));
    expect(said).toBe('');
    expect(end).toBe(0);
  });
});
