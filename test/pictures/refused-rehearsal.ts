import { openGivenServers } from '../rehearsal/given-servers.ts'
import { runRehearsal } from '../rehearsal/rehearsal-command.ts'

// A rehearsal that preflight refuses, for a picture of what it says: the source's WAL is not logical.
const [out] = process.argv.slice(2)
if (out === undefined) throw new Error('usage: node refused-rehearsal.ts <folder for the report>')
const servers = await openGivenServers('pictures', { wal_level: 'replica' })
try {
  const { stdout, stderr, exitCode } = await runRehearsal(out, '--approve', ...servers.flags)
  process.stdout.write(stdout)
  if (exitCode !== 1 || stdout === '') throw new Error(`it was not refused: ${stderr}`)
} finally {
  await servers.close()
}
