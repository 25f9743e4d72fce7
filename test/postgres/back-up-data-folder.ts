import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { makeOwnFolder, writeOwnFile } from './own-folder.ts'
import { runProgram } from './run-program.ts'
import type { ServerAccount } from './server-account.ts'
import type { Major } from './server-binaries.ts'

/** A running server, as far as a physical copy needs to know it. */
export interface RunningServer {
  readonly superuserUrl: string
  readonly dataFolder: string
  readonly major: Major
}

/** Files that belong to the running server, not to its data. */
const leftOut = new Set(['postmaster.pid', 'postmaster.opts', 'standby.signal', 'recovery.signal'])

/** Folders that a starting server expects to be there, and fills itself (PostgreSQL's basebackup.c leaves them out, too). */
const emptied = [
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
] as const

/** A file that was replaced while cp looked at it is skipped: then everything is copied once more. */
const copyTries = 5

/**
 * A physical copy of a running server's data, as a storage snapshot makes it: consistent once a server has recovered from
 * it, on the same timeline and with the same LSNs, **with the replication slots** (pg_basebackup leaves those out) and all
 * WAL that they need. Writers do not notice.
 * @param target the data folder to make
 * @throws Error when the server cannot be asked, or has tablespaces of its own (the copy would share them)
 */
export async function backUpDataFolder(
  source: RunningServer,
  target: string,
  account: ServerAccount,
): Promise<void> {
  if (readdirSync(join(source.dataFolder, 'pg_tblspc')).length > 0) {
    throw new Error(`${source.dataFolder} has tablespaces outside of it; such a server cannot be copied.`)
  }
  makeOwnFolder(target, account)
  const client = new Client({ connectionString: source.superuserUrl })
  client.on('error', () => undefined) // a lost connection also fails the query that is waiting
  await client.connect()
  try {
    const functions = source.major >= 15 ? backupFunctions : oldBackupFunctions
    await client.query(functions.start)
    const kept = readdirSync(source.dataFolder).filter(
      (name) => name !== 'pg_wal' && !leftOut.has(name) && !emptied.some((folder) => folder === name),
    )
    // WAL before the slots: what a slot needs when it is copied cannot have been removed before.
    const names = ['pg_wal', ...kept]
    await copyLive(source.dataFolder, names, target)
    for (const folder of emptied) makeOwnFolder(join(target, folder), account)
    const { rows } = await client.query<{ label: string }>(functions.stop)
    // Once more: what was written meanwhile is needed, and what a checkpoint removed meanwhile is in the first copy.
    await copyLive(source.dataFolder, ['pg_wal'], target)
    writeOwnFile(join(target, 'backup_label'), rows[0]?.label ?? '', account)
  } finally {
    await client.end()
  }
}

const backupFunctions = {
  start: `SELECT pg_backup_start('copy', true)`,
  stop: 'SELECT labelfile AS label FROM pg_backup_stop(false)',
}

/** The names before PostgreSQL 15. */
const oldBackupFunctions = {
  start: `SELECT pg_start_backup('copy', true, false)`,
  stop: 'SELECT labelfile AS label FROM pg_stop_backup(false, false)',
}

/** Copies what may change under it: a file that goes meanwhile is one that the WAL takes away again. */
async function copyLive(from: string, names: readonly string[], to: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await runProgram('cp', ['-a', '--reflink=auto', ...names.map((name) => join(from, name)), to], {
        cwd: to,
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      })
      return
    } catch (error) {
      const complaints = String(error).split('\n').slice(1)
      if (complaints.length > 0 && complaints.every((line) => line.endsWith('No such file or directory')))
        return
      if (tries === copyTries || !complaints.some((line) => line.includes('as it was replaced'))) throw error
    }
  }
}
