import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changesAws } from './call-proxy.ts'
import { difference } from './killed-cell.ts'
import { openKilledLab, type KilledLab } from './killed-lab.ts'
import { variants } from './killed-variants.ts'

let lab: KilledLab
beforeAll(async () => {
  lab = await openKilledLab('preflight-repeated')
})
afterAll(() => lab.close())

describe('preflight, run twice', { timeout: 60_000 }, () => {
  test.each([
    { after: [], quiet: ['source', 'target'] },
    { after: ['prepare-target'], quiet: ['source', 'target'] },
    // DMS writes its own tables from here on.
    { after: ['create-task'], quiet: ['source'] },
    { after: ['create-task', 'wait-full-load'], quiet: ['source'] },
  ] as const)('changes nothing after $after', async ({ after, quiet }) => {
    await lab.begin(variants.plain)
    for (const action of after) await lab.run(action)
    const before = await lab.state()
    const written = await Promise.all(quiet.map((side) => lab.rowsWritten(side)))
    lab.proxies.aws.watch(changesAws)
    // It may find fault with the sample; what counts is that it looks to the end.
    const first = await lab.start('preflight', () => undefined)
    const second = await lab.start('preflight', () => undefined)
    expect(first.outputs['verdict']).toBeDefined()
    expect(second.outputs['plan-digest']).toBe(first.outputs['plan-digest'])
    expect(lab.proxies.aws.operations).toEqual([])
    expect(difference(before, await lab.state())).toEqual([])
    expect(await Promise.all(quiet.map((side) => lab.rowsWritten(side)))).toEqual(written)
  })
})
