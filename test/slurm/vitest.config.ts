import { defineConfig } from 'vitest/config';

/** Not part of `npm test`: these bring up a Slurm cluster. */
export default defineConfig({
  test: {
    include: ['test/slurm/*.slurm.ts'],
    globalSetup: 'test/global-setup.ts',
    fileParallelism: false,
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
  },
});
