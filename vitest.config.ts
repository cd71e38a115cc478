import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/global-setup.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // All cores: by default vitest leaves one of them to nobody.
    maxWorkers: '100%',
    env: { IRNN_RUN_CACHE: 'node_modules/.cache/irnn-run-test' },
  },
});
