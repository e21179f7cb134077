import { availableParallelism } from 'node:os'
import path from 'node:path'
import { defineConfig } from 'vitest/config'

const root = path.resolve(import.meta.dirname, '..')

const shared = {
  root,
  resolve: {
    alias: [
      // One copy of graphql: without this Node loads its CommonJS and its ES modules side by side.
      { find: /^graphql$/, replacement: 'graphql/index.js' },
      {
        find: /^#(core|db|gateway|subgraphs|collectors|deploy|tests)\/(.*)\.js$/,
        replacement: `${root}/$1/$2.ts`,
      },
    ],
  },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
}

const alone = ['tests/e2e/launcher.test.ts', 'tests/e2e/worker-killed.test.ts']

export default defineConfig({
  root,
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: [
            '{core,db,collectors,subgraphs,gateway,deploy}/**/*.test.ts',
            'tests/*.test.ts',
            'tests/federation/**/*.test.ts',
            'web/src/**/*.test.{ts,tsx}',
          ],
          globalSetup: ['tests/kit/global-setup.ts'],
          setupFiles: ['reflect-metadata'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
          // Two even where two cores would give one: much of it is waiting for Argon2id, Redis and PostgreSQL.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          // Not 0: Vitest runs files of order 0 last where there is one worker.
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...shared,
        test: {
          // The whole product, as `npm start` runs it: after all else, two at a time, since most of it is waiting.
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          exclude: alone,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Browsers and whole products answer late on a busy machine.
          expect: { poll: { timeout: 20_000 } },
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        ...shared,
        test: {
          // What promises a time: with nothing beside it.
          name: 'e2e-alone',
          include: alone,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['{core,db,collectors,subgraphs,gateway,deploy}/**/*.ts'],
      exclude: ['**/*.test.ts'],
      reporter: ['text-summary'],
      thresholds: { lines: 80 },
    },
  },
})
