import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need big installations: see vitest.live.config.ts.
    exclude: ['test/live/**'],
    globalSetup: ['test/global-setup.ts'],
    // Engines load native libraries whose threads outlive a worker thread's teardown; processes do not mind.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
