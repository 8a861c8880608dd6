import { defineConfig } from 'vitest/config';

/** Tests against what needs a big installation: a real Home Assistant, a real Ollama, Python's Wyoming. */
export default defineConfig({
  test: {
    include: ['test/live/**/*.live.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    pool: 'forks',
    // They share the machine with the servers they talk to.
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
