import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { runAgain, runPoints, runUndisturbed, type Cell, type Undisturbed } from './killed-cell.ts'
import { openKilledLab, type KilledLab } from './killed-lab.ts'

const all = process.env['KILL'] === 'all'
const minutes = all ? 60 : 2

/**
 * Every action is run, killed at a statement or a call of AWS, and run again: it must end as if nothing had happened, and a
 * third run must change nothing. `npm test` takes a sample of the points; `KILL=all` takes all of them, for an hour.
 *
 * The tests of some cells, on servers of their own. `runs`: false leaves a cell out, after telling why.
 */
export function describeCells(
  label: string,
  cells: readonly Cell[],
  runs: (cell: Cell, context: TestContext) => Promise<boolean> = () => Promise.resolve(true),
): void {
  let lab: KilledLab
  beforeAll(async () => {
    lab = await openKilledLab(label)
  })
  afterAll(() => lab.close())

  const taken = cells.filter(({ sample }) => all || sample > 0)
  describe.each(taken.map((cell) => ({ name: `${cell.action}, ${cell.variant.name}`, cell })))(
    '$name',
    ({ cell }) => {
      let undisturbed: Undisturbed | undefined
      let isLeftOut = false

      test('run twice, the second time changes nothing', { timeout: 180_000 }, async (context) => {
        isLeftOut = !(await runs(cell, context))
        if (isLeftOut) return
        undisturbed = await runUndisturbed(lab, cell)
        expect(await runAgain(lab, cell, undisturbed.state)).toEqual([])
      })

      test(
        'killed and run again, it ends as if nothing had happened',
        { timeout: minutes * 60_000 },
        async (context) => {
          if (isLeftOut) return
          if (undisturbed === undefined) throw new Error('the undisturbed run failed, so nothing was killed')
          const started = performance.now()
          const { points, failures } = await runPoints(lab, cell, undisturbed)
          await context.annotate(`${points} points in ${Math.round((performance.now() - started) / 1000)} s`)
          expect(points).toBeGreaterThan(0)
          expect(failures.join('\n\n')).toBe('')
        },
      )
    },
  )
}
