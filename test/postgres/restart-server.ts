import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { recordProcess } from './group-record.ts'
import { Postmaster } from './postmaster.ts'
import { identify } from './process-table.ts'
import { serverAccount } from './server-account.ts'

const stopBudgetMs = 20_000

/**
 * Restarts a server of a group from another process than the one that started it, with the same program and port; the group
 * goes on guarding it. Whoever started it sees it end, and must not start it again. One that is down is started.
 * @param whileDown what is to happen between stop and start
 * @throws Error where it does not stop, or does not start again (with the end of its log)
 */
export async function restartServer(
  dataFolder: string,
  logFile: string | undefined,
  whileDown: () => void,
): Promise<void> {
  // What the server was started with, which stays there when it has ended: the program, and every argument in quotes.
  const options = readFileSync(join(dataFolder, 'postmaster.opts'), 'utf8')
  const postgres = options.slice(0, options.indexOf(' "'))
  const port = Number(/"-p" "(\d+)"/.exec(options)?.[1])
  await stopServer(dataFolder)
  whileDown()
  const group = dirname(dirname(dirname(dataFolder)))
  await Postmaster.start({
    postgres,
    dataFolder,
    port,
    logFile: logFile ?? '/dev/null',
    account: serverAccount(),
    onSpawn: (postmaster) => {
      if (existsSync(join(group, 'postmasters'))) recordProcess(group, 'postmasters', postmaster)
    },
  })
}

async function stopServer(dataFolder: string): Promise<void> {
  const file = join(dataFolder, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  process.kill(pid, 'SIGINT')
  const deadline = Date.now() + stopBudgetMs
  while (identify(pid) !== undefined) {
    if (Date.now() > deadline) throw new Error(`The server in ${dataFolder} does not stop`)
    await delay(5)
  }
}
