import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'

/** Clients that change a table at a rate, in every way that a comparison could take for a difference. */
export interface Writers {
  /** Statements committed so far. */
  readonly committed: number
  stop(): Promise<void>
}

/** Rows that are there all the time; each writer changes these, and makes and removes its own beyond them. */
export interface WrittenTable {
  /** `id bigint primary key, note text, amount numeric, data jsonb`. */
  readonly name: string
  readonly rows: number
}

/**
 * Updates, updates that are taken back at once, key-preserving delete and insert, new rows that soon go, and one row that
 * everybody writes. `perSecond` statements in all.
 */
export async function startWriters(
  connect: () => Promise<Client>,
  table: WrittenTable,
  perSecond: number,
  count = 4,
): Promise<Writers> {
  const stopping = new AbortController()
  let committed = 0
  const clients = await Promise.all(Array.from({ length: count }, connect))
  const pauseMs = (1000 * count) / perSecond
  const writing = clients.map(async (client, writer) => {
    const startedAt = performance.now()
    for (let turn = 0; !stopping.signal.aborted; turn += 1) {
      const id = 1 + ((turn * 7919 + writer * 104_729) % table.rows)
      for (const statement of change(table, turn, writer, id)) {
        await client.query(statement)
        committed += 1
      }
      const behind = startedAt + (committed * pauseMs) / count - performance.now()
      if (behind > 0) await sleep(behind)
    }
  })
  return {
    get committed() {
      return committed
    },
    stop: async () => {
      stopping.abort()
      await Promise.all(writing)
      await Promise.all(clients.map((client) => client.end()))
    },
  }
}

function change({ name, rows }: WrittenTable, turn: number, writer: number, id: number): string[] {
  const own = rows * 10 + writer * 1_000_000
  switch (turn % 10) {
    case 0:
      return [
        `update ${name} set note = note || '!' where id = ${id}`,
        `update ${name} set note = rtrim(note, '!') where id = ${id}`,
      ]
    case 1:
      return [
        `begin; delete from ${name} where id = ${id}; insert into ${name} values (${id}, 'again ${turn}', ${turn}, '{"a": 1}'); commit`,
      ]
    case 2:
      return [`insert into ${name} values (${own + turn}, 'new', 1, '{}')`]
    case 3:
      return [`delete from ${name} where id = ${own + turn - 1}`]
    case 4:
      return [`update ${name} set amount = amount + 1 where id = 1`]
    case 5:
      return [
        `delete from ${name} where id = ${own}`,
        `insert into ${name} values (${own}, 'there and not', 1, '{}')`,
      ]
    default:
      return [`update ${name} set amount = amount + 1, data = data || '{"t": ${turn}}' where id = ${id}`]
  }
}
