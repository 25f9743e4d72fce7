import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openServerGroup } from '../postgres/server-group.ts'
import type { ServerGroup } from '../postgres/server-group.ts'

let group: ServerGroup

beforeAll(async () => {
  group = await openServerGroup('the oldest major')
})
afterAll(() => group.close())

// Only x64 has the package: elsewhere the refusal is what is tested.
if (process.arch === 'x64') {
  test('a server of major 13 decodes logically, as the source of an upgrade must', async () => {
    const server = await group.start({ name: 'old', major: 13 })
    const client = new Client({ connectionString: server.superuserUrl })
    await client.connect()
    try {
      const { rows } = await client.query<Record<string, unknown>>(
        `SELECT current_setting('server_version_num')::int / 10000 AS major, slot_name::text
           FROM pg_create_logical_replication_slot('s', 'test_decoding')`,
      )
      expect(rows).toEqual([{ major: 13, slot_name: 's' }])
    } finally {
      await client.end()
    }
  })
} else {
  test('a server of major 13 is refused by name', async () => {
    await expect(group.start({ name: 'old', major: 13 })).rejects.toThrow('only for linux-x64')
  })
}
