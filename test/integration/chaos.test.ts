import { afterAll, beforeAll, expect, test } from 'vitest'
import { caseName } from '../chaos/chaos-case.ts'
import { openChaosLab, type ChaosLab } from '../chaos/chaos-lab.ts'
import { everyCase } from '../chaos/matrix.ts'
import { runCase } from '../chaos/run-case.ts'
import { sampleOf } from '../chaos/strike-points.ts'

// Always the same ones, one for each kind of blow and aftermath, spread over the length of a run; `npm run chaos -- --matrix`
// strikes everywhere.
let lab: ChaosLab
beforeAll(async () => {
  lab = await openChaosLab('chaos-sample')
}, 120_000)
afterAll(() => lab.close())

test('struck at any message, a cutover loses, doubles and splits no write, and pretends nothing', async () => {
  const every = (await everyCase(lab)).filter(({ blow }) => !blow.startsWith('long'))
  // A run changes something by dozens of messages: fewer would mean that they are not seen any more.
  expect(every.length).toBeGreaterThan(400)
  const chosen = sampleOf(every, 9)
  const faults: string[] = []
  let reached = 0
  for (const each of chosen) {
    const result = await runCase(lab, each)
    if (result === undefined) continue
    reached += 1
    expect(result.acknowledged).toBeGreaterThan(10)
    faults.push(...result.faults.map((fault) => `${caseName(each)}: ${fault}`))
  }
  expect(faults).toEqual([])
  // A run polls a little differently each time: one or the other point may not come.
  expect(reached).toBeGreaterThan(6)
}, 300_000)
