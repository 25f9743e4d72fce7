import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { openGivenServers } from '../rehearsal/given-servers.ts'
import { runRehearsal, startRehearsal } from '../rehearsal/rehearsal-command.ts'
import type { CommandEnd } from '../rehearsal/rehearsal-command.ts'

// The rehearsals whose job summaries are drawn: a clean one, and two that are refused for what migrations are refused for.
const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: node rehearse.ts <folder for the reports>')
const out = resolve(folder)
rmSync(out, { recursive: true, force: true })

ended('clean', 0, await runRehearsal(join(out, 'clean'), '--approve', '--scale', '1'))
await blocked()
await spoilt()

/** Preflight refuses: the source's WAL is not logical, the usual state of a server that nobody has prepared. */
async function blocked(): Promise<void> {
  const servers = await openGivenServers('pictures', { wal_level: 'replica' })
  try {
    ended('blocked', 1, await runRehearsal(join(out, 'blocked'), '--approve', ...servers.flags))
  } finally {
    await servers.close()
  }
}

/**
 * Behind the back of replication, once the load is done: the target loses the end of a long text and a row, and on the
 * source somebody empties a table by TRUNCATE, which DMS does not carry.
 */
async function spoilt(): Promise<void> {
  const servers = await openGivenServers('pictures')
  try {
    const rehearsal = startRehearsal(join(out, 'spoilt'), '--approve', ...servers.flags)
    await rehearsal.untilSaid('job load: success')
    await servers.sql('target', 'update shop.documents set body = left(body, 100) where id = 4')
    await servers.sql('target', 'delete from shop.reviews where id = 4')
    await servers.sql('source', 'truncate shop.coupons')
    ended('spoilt', 1, await rehearsal.ended)
  } finally {
    await servers.close()
  }
}

function ended(name: string, exitCode: 0 | 1, end: CommandEnd): void {
  process.stdout.write(`${name}: ${end.stdout}`)
  // Without a verdict on standard output it was not the rehearsal that was refused.
  if (end.exitCode !== exitCode || end.stdout === '')
    throw new Error(`the ${name} rehearsal ended with ${end.exitCode}: ${end.stderr}`)
}
