import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { listProcesses, descendants } from './process-table.ts'
import { openServerGroup } from './server-group.ts'

/*
 * A run that waits to be killed, for test/integration/postgres-servers.test.ts: a server with a backend that is busy in a loop and
 * never looks up, and a watched process whose own child is in another process group. One line of JSON tells what runs.
 */
export interface DoomedRun {
  readonly folder: string
  readonly dataFolder: string
  /** everything that this run started, the supervisor included */
  readonly pids: number[]
}

const group = await openServerGroup('doomed')
const server = await group.start({ name: 'source', major: 17 })

const client = new Client({ connectionString: server.superuserUrl })
client.on('error', () => undefined)
await client.connect()
// In the select list, so that nothing is kept: in FROM the rows would go to disk.
client
  .query('SELECT count(*) FROM (SELECT generate_series(1, 1000000000000)) AS numbers')
  .catch(() => undefined)

const sleeper = `
  const child = require('node:child_process').spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
  setInterval(() => child.pid, 1000)`
const watched = spawn(process.execPath, ['-e', sleeper], { stdio: 'ignore' })
group.watch(watched.pid ?? 0)

// The supervisor looks at families once a second.
await delay(1_500)
const family = descendants([process.pid], listProcesses())
const run: DoomedRun = {
  folder: group.folder,
  dataFolder: server.dataFolder,
  pids: family.map(({ pid }) => pid),
}
console.log(JSON.stringify(run))
setInterval(() => undefined, 60_000)
