import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

const root = fileURLToPath(new URL('..', import.meta.url))

/** One kind of test. Groups run one after another, quick ones first, so that a failure shows early. */
function project(
  group: number,
  name: string,
  include: string[],
  test: TestProjectInlineConfiguration['test'] = {},
): TestProjectInlineConfiguration {
  return { test: { name, root, include, sequence: { groupOrder: group }, ...test } }
}

const unlessLong = process.env.LONG === 'all' ? [] : ['**/*.long.test.ts']

/** One project per kind of test; each has its budget of time on 2 cores. */
export default defineConfig({
  test: {
    root,
    reporters: ['default', fileURLToPath(new URL('./closing-line-reporter.ts', import.meta.url))],
    maxWorkers: 2,
    projects: [
      project(0, 'unit', [
        'actions/**/*.test.ts',
        'shared/**/*.test.ts',
        'test/{chaos,emulator,runner,postgres,workload,rehearsal,bench,build,docs}/**/*.unit.test.ts',
      ]),
      project(0, 'contract', ['test/contract/**/*.test.ts'], { testTimeout: 30_000, hookTimeout: 60_000 }),
      project(1, 'integration', ['test/integration/**/*.test.ts'], {
        // What would take the whole past its budget: `npm run full` runs it.
        exclude: unlessLong,
        // They wait more than they work: three on two cores are no slower each, and a fifth is saved together.
        maxWorkers: 3,
        testTimeout: 60_000,
        hookTimeout: 60_000,
      }),
      project(2, 'bundle', ['test/bundle/**/*.test.ts'], { testTimeout: 60_000, hookTimeout: 60_000 }),
      project(3, 'rehearsal', ['test/rehearsal/**/*.test.ts'], {
        exclude: ['**/*.unit.test.ts', ...unlessLong],
        testTimeout: 180_000,
        hookTimeout: 60_000,
        maxWorkers: 1,
      }),
    ],
  },
})
