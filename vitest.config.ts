import { defineConfig } from 'vitest/config'

// Three tiers, told apart by where a test lives: beside its source (unit), in a `test/` folder (real Postgres, real
// sockets), in an `e2e/` folder (the whole platform and Chromium).

/** how long what must become true may take: two cores run several servers here, and a busy second proves nothing */
const POLL_MS = 15_000

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          testTimeout: 20_000,
          include: ['{apps,packages,tooling,bench}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/{test,e2e}/**'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{apps,packages}/*/test/**/*.test.ts'],
          globalSetup: ['packages/store/src/testing-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: POLL_MS } },
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['apps/*/e2e/**/*.test.ts'],
          globalSetup: ['packages/store/src/testing-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: POLL_MS } },
          fileParallelism: false,
        },
      },
    ],
  },
})
