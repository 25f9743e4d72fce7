import { afterAll, expect, test } from 'vitest'
import { makeOutFolder, readReport, runRehearsal } from './rehearsal-command.ts'

const folder = makeOutFolder('fall-back')
afterAll(() => folder.remove())

test(
  'a rehearsal falls back with every write of the target, and cuts over again',
  { timeout: 300_000 },
  async () => {
    const ended = await runRehearsal(folder.out, '--approve', '--fall-back', '--fall-back-after', '5s')
    expect(ended.exitCode, ended.stdout + ended.stderr).toBe(0)
    const report = readReport(folder.out)
    expect(report).toMatchObject({
      clean: true,
      lostWrites: 0,
      duplicateWrites: 0,
      splitBrainWrites: 0,
      sequenceCollisions: 0,
      sequencesBehind: 0,
      rowMismatches: 0,
      turns: { lostOnTheWayBack: 0 },
    })
    expect(report.turns?.taken.map(({ name, freezeMs }) => [name, typeof freezeMs])).toEqual([
      ['fall-back', 'number'],
      ['cutover again', 'number'],
    ])
  },
)
