import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

// From `dms.lob.time-budget` of the file to what a reviewer reads.

let stack: MigrationStack
beforeAll(async () => {
  stack = await openMigrationStack('lob budget')
  await stack.pair.sql(
    'source',
    `create table shop.letters (id bigint primary key, body text); alter table shop.letters owner to shop_owner`,
  )
  await stack.pair.sql('target', 'create table shop.letters (id bigint primary key, body text)')
  await stack.pair.sql('target', 'alter table shop.letters owner to shop_owner')
  // Thousands of pages, and one value that no sample of them is sure to meet.
  await stack.pair.sql(
    'source',
    `insert into shop.letters select g, repeat('x', 400) from generate_series(1, 120000) as g`,
  )
  await stack.pair.sql('source', `update shop.letters set body = repeat('y', 700000) where id = 31415`)
})
afterAll(() => stack.close())

async function preflight(lob: string) {
  await stack.rewrite('empty-target: truncate\n', (text) => text.replace('dms:\n', `dms:\n  lob: ${lob}\n`))
  return stack.run('preflight', { migration: stack.file })
}

test(
  'what does not fit into the budget of the file is sampled, said with its confidence, and blocks a limit made from it',
  { timeout: 240_000 },
  async () => {
    // How many pages a budget is enough for depends on the machine, and on what else it does: the first one under which a sample
    // says anything, looked for upwards from where nothing was seen, and downwards from where everything was.
    let budgetMs = 400
    for (let round = 1; round <= 20; round += 1) {
      const result = await preflight(`{ time-budget: ${Math.ceil(budgetMs)}ms }`)
      const finding = lobFinding(result.outputs['result'])
      const letters = finding?.objects.find((object) => object.startsWith('shop.letters.body')) ?? ''
      if (!letters.includes('with 95 % confidence')) {
        budgetMs *= letters === '' ? 0.6 : 1.5
        continue
      }
      expect(letters).toMatch(
        /^shop\.letters\.body \(at least \d+ bytes as DMS counts them\); [\d,]+ of [\d,]+ pages \([\d,]+ rows\) were seen; with 95 % confidence at most 1 page in [\d,]+ holds a larger one$/u,
      )
      expect(finding).toMatchObject({ severity: 'blocker' })
      expect(result.summary).toContain('with 95 % confidence at most 1 page in')
      expect(result.exitCode).toBe(1)
      return
    }
    expect.unreachable('no budget led to a sample that says anything')
  },
)

test('with a limit of the file a sample is a warning', async () => {
  const result = await preflight('{ time-budget: 1ms, max-kb: 2048 }')
  expect(lobFinding(result.outputs['result'])).toMatchObject({ severity: 'warning' })
})

test('with time enough the largest value is found, and nothing is said of samples', async () => {
  const result = await preflight('{ time-budget: 10m }')
  expect(lobFinding(result.outputs['result'])).toBeUndefined()
  expect(result.summary).not.toContain('with 95 % confidence')
  expect(result.summary).toMatch(/letters[^\n]*700[., ]?000|letters[^\n]*KB/u)
})

interface Reported {
  readonly code: string
  readonly severity: string
  readonly objects: readonly string[]
}

function lobFinding(result: string | undefined): Reported | undefined {
  const { findings } = JSON.parse(result ?? '') as { findings: readonly Reported[] }
  return findings.find(({ code }) => code === 'source-lob-size')
}
