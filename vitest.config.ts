import { defineConfig } from 'vitest/config';
import { patienceMs } from './test/fixtures/patience-ms.ts';

// Slow suites (real servers) are their own projects, so that `npx vitest --project unit` stays quick.
const common = {
  testTimeout: 120_000,
  hookTimeout: 300_000,
  restoreMocks: true,
  expect: { poll: { timeout: patienceMs } },
  setupFiles: ['test/fixtures/patience.ts'],
};
/** Every answer of the REST API that a test sees is as the OpenAPI document says. */
const contract = { setupFiles: [...common.setupFiles, 'test/contract/checked-fetch.ts'] };
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          ...contract,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/chaos/**'],
        },
      },
      {
        test: {
          ...common,
          name: 'chaos',
          include: ['test/chaos/**/*.test.ts'],
          testTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...common,
          ...contract,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          // More than a few waits in vain of a minute, so that each can say what it waited for.
          testTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
