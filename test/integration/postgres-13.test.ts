import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openServerGroup } from '../postgres/server-group.ts'
import type { PostgresServer, ServerGroup } from '../postgres/server-group.ts'

let group: ServerGroup

beforeAll(async () => {
  group = await openServerGroup('the oldest major')
})
afterAll(() => group.close())

async function decodingMajor(server: PostgresServer): Promise<string> {
  const client = new Client({ connectionString: server.superuserUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ major: number }>(
      `SELECT current_setting('server_version_num')::int / 10000 AS major
         FROM pg_create_logical_replication_slot('s', 'test_decoding')`,
    )
    return `decodes on ${rows[0]?.major}`
  } finally {
    await client.end()
  }
}

test('a server of major 13 decodes logically, or is refused by name where no package has it', async () => {
  const outcome = await group
    .start({ name: 'old', major: 13 })
    .then(decodingMajor, (error: unknown) => String(error))
  expect(outcome).toMatch(process.arch === 'x64' ? /^decodes on 13$/ : /only for linux-x64/)
})
