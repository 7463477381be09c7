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
      // The parts that decide what becomes of a job. What is left are defaults that TypeScript asks for.
      thresholds: {
        'src/workers/{execute,run-attempt}.ts': { branches: 90 },
        'src/queue/{job-queue,stored-job,connection}.ts': { branches: 90 },
        'src/queue/worker/{job-worker,attempt,conclude,job-ends}.ts': { branches: 80 },
        'src/api/{explain,problem}.ts': { branches: 90 },
        'src/api/middleware/failures.ts': { branches: 100 },
        'src/models/{type-id,failure}.ts': { branches: 90 },
      },
    },
  },
});
