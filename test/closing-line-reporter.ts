import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends a run with one plain line, `N passed, N failed`, that any CI can read without knowing vitest.
 * A module that could not be loaded counts as one failure; a file whose tests were all skipped fails the
 * run, since a suite that silently checks nothing is worse than none.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let passed = 0
    let failed = 0
    let skipped = 0
    for (const module of modules) {
      const results = [...module.children.allTests()].map((test) => test.result().state)
      passed += results.filter((state) => state === 'passed').length
      failed += results.filter((state) => state === 'failed').length
      skipped += results.filter((state) => state === 'skipped').length
      if (module.errors().length > 0) failed += 1
      if (
        results.length > 0 &&
        results.every((state) => state === 'skipped') &&
        module.state() !== 'failed'
      ) {
        console.error(`every test in ${module.relativeModuleId} was skipped`)
        failed += 1
        process.exitCode = 1
      }
    }
    console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  }
}
