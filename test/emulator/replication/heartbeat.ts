import { readFileSync } from 'node:fs'
import { escapeIdentifier } from 'pg'
import type { AttemptState } from './attempt-state.ts'
import { isConnectionError } from './connect.ts'
import { databaseError } from './task-failure.ts'
import { createWakeSignal } from './wake-signal.ts'

const TABLE = readFileSync(new URL('./sql/awsdms_heartbeat.sql', import.meta.url), 'utf8')

/**
 * Writes DMS's heartbeat row on the source, once at the start and then at the endpoint's frequency, so that an idle source's
 * slot moves. A source that refuses the table is only logged: the task goes on without.
 */
export async function runHeartbeat(state: AttemptState): Promise<void> {
  const { job } = state.input
  if (job.source.heartbeat === undefined) return
  const { schema, frequencyMinutes } = job.source.heartbeat
  const relation = `${escapeIdentifier(schema)}.awsdms_heartbeat`
  const nap = createWakeSignal()
  state.context.stopping.addEventListener('abort', () => nap.wake(), { once: true })
  while (!state.over) {
    const client = await state.sessions.open('source', 'heartbeat')
    try {
      const { rows } = await client.query<{ found: string | null }>('SELECT to_regclass($1)::text AS found', [
        relation,
      ])
      if (rows[0]?.found === null)
        await client.query(TABLE.replaceAll('{{schema}}', escapeIdentifier(schema)))
      const updated = await client.query(
        `UPDATE ${relation} SET hb_last_heartbeat_at = now() AT TIME ZONE 'UTC', hb_last_heartbeat_by = $1 WHERE hb_created_by = $1`,
        [job.externalId],
      )
      if (updated.rowCount === 0)
        await client.query(
          `INSERT INTO ${relation} (hb_created_at, hb_created_by, hb_last_heartbeat_at, hb_last_heartbeat_by)
           VALUES (now() AT TIME ZONE 'UTC', $1, now() AT TIME ZONE 'UTC', $1)`,
          [job.externalId],
        )
    } catch (error) {
      if (isConnectionError(error)) throw error
      const message = `Heartbeat failed: ${databaseError(error)}`
      state.input.log({ component: 'SOURCE_CAPTURE', severity: 'warning', message })
    } finally {
      await state.sessions.close(client)
    }
    await nap.wait(frequencyMinutes * 60_000)
  }
}
