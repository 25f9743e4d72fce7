import { Client } from 'pg'
import * as z from 'zod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { roundTripsInFreeze } from '../../actions/wait-cdc-sync/predict.ts'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'
import type { MigrationStack } from './migration-stack.ts'

// What the freeze costs: statements, counted over all sessions of the run, under writers that do not stop by themselves.
let lab: CutoverLab
const result = z.object({ freezeMs: z.number(), freezeRoundTrips: z.number(), lockAttempts: z.number() })

beforeAll(async () => {
  lab = await openCutoverLab('cutover-freeze', '  freeze-budget: 20s\n  watch: 200ms\n', manySequences)
}, 180_000)
afterAll(() => lab.close())

test('a freeze takes 12 statements at most, with 8 writers and 500 sequences and more', async () => {
  const writers = Array.from({ length: 8 }, () => startWriter(lab.stack))
  const run = await (await lab.cutover()).ended
  const ends = await Promise.all(writers)
  expect(run.exitCode, run.log).toBe(0)
  const { freezeMs, freezeRoundTrips } = result.parse(JSON.parse(run.outputs['result'] ?? '{}'))
  expect(roundTripsInFreeze).toBe(12)
  // A beat of the lock session every 300 ms keeps it awake; nothing waits for it.
  expect(freezeRoundTrips - Math.floor(freezeMs / 300)).toBeLessThanOrEqual(12)
  expect(freezeRoundTrips).toBeGreaterThan(5)
  for (const { written, lastError } of ends) {
    expect(written).toBeGreaterThan(0)
    expect(lastError).toMatch(/terminat|denied|moved|closed|permission|connection/iu)
  }
  // Nothing that was acknowledged is missing.
  const acknowledged = ends.reduce((sum, { written }) => sum + written, 0)
  const [there] = await lab.sql(
    'target',
    `select count(*)::int as rows, (select last_value from shop.freeze_500)::int as last from shop.writes where writer like 'freeze%'`,
  )
  expect(there?.['rows']).toBeGreaterThanOrEqual(acknowledged)
  expect(there?.['last']).toBeGreaterThanOrEqual(500)
})

async function manySequences({ pair }: MigrationStack): Promise<void> {
  for (const side of ['source', 'target'] as const)
    await pair.sql(
      side,
      `do $$ begin for i in 1..500 loop execute format('create sequence shop.freeze_%s', i); execute format('alter sequence shop.freeze_%s owner to shop_owner', i); end loop; end $$`,
    )
  await pair.sql('source', `select setval('shop.freeze_500', 500)`)
}

/** Writes one row after the other until it is refused for good. */
async function startWriter({ pair }: MigrationStack): Promise<{ written: number; lastError: string }> {
  const client = new Client({
    connectionString: pair.source.url({ user: 'shop_app', password: pair.passwords.shop_app }, 'shop'),
  })
  client.on('error', () => undefined)
  await client.connect()
  let written = 0
  for (;;) {
    try {
      await client.query(`insert into shop.writes (writer, seq, note) values ('freeze', $1, '')`, [written])
      written += 1
    } catch (error) {
      await client.end().catch(() => undefined)
      return { written, lastError: error instanceof Error ? error.message : String(error) }
    }
  }
}
