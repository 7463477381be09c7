import { defineConfig } from 'vitest/config';

export default defineConfig({
  // What job types import; installed, it is the compiled package.
  resolve: { alias: { jobwright: new URL('./src/models/index.ts', import.meta.url).pathname } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text', 'html', 'json-summary'],
    },
  },
});
