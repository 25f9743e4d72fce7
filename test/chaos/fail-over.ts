import { chownSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PostgresServer } from '../postgres/server-group.ts'

/**
 * What clients meet after a failover to a synchronous physical standby at the same address: the server dies, and one comes that
 * has every acknowledged commit, a new timeline, and no logical slot.
 * @param sql runs a statement on that server as a superuser
 */
export async function failOver(
  server: PostgresServer,
  sql: (text: string) => Promise<unknown>,
): Promise<void> {
  await server.kill()
  const { dataFolder } = server
  const slots = join(dataFolder, 'pg_replslot')
  for (const name of readdirSync(slots)) rmSync(join(slots, name), { recursive: true })
  const signal = join(dataFolder, 'standby.signal')
  writeFileSync(signal, '')
  const { uid, gid } = statSync(join(dataFolder, 'PG_VERSION'))
  chownSync(signal, uid, gid)
  await server.start()
  await sql('select pg_promote()')
}
