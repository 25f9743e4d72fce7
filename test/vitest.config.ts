import { defineConfig } from 'vitest/config'

/** One project per kind of test; design section 9 gives each its budget of time. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    reporters: ['default', new URL('./closing-line-reporter.ts', import.meta.url).pathname],
    projects: [
      {
        test: {
          name: 'unit',
          root: new URL('..', import.meta.url).pathname,
          include: [
            'actions/**/*.test.ts',
            'shared/**/*.test.ts',
            'test/{emulator,runner,postgres,workload,rehearsal,bench}/**/*.unit.test.ts',
          ],
        },
      },
      {
        test: {
          name: 'contract',
          root: new URL('..', import.meta.url).pathname,
          include: ['test/contract/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          root: new URL('..', import.meta.url).pathname,
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'bundle',
          root: new URL('..', import.meta.url).pathname,
          include: ['test/bundle/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'rehearsal',
          root: new URL('..', import.meta.url).pathname,
          include: ['test/rehearsal/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
