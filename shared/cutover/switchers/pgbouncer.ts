import { switchName } from '../../migration/planned-switch.ts'
import { showDatabases } from '../../pgbouncer/facts.ts'
import { MigrationError, type Problem } from '../../runtime/errors.ts'
import { poolerOf, type PoolerEntry, type PoolerNode } from '../pausers/pooler.ts'
import type { ClientTools } from './client-tools.ts'
import { judged } from './judged.ts'
import { addressEnvironment, runHook } from './run-hook.ts'
import type { Address, Switcher } from './switcher.ts'

/**
 * PgBouncer as what points clients at their database: the file's own command writes the configuration of all nodes, which
 * is on their machines; RELOAD follows, and SHOW DATABASES must then name the new address on every node.
 */
export function pgbouncerSwitcher(entry: PoolerEntry, field: string, tools: ClientTools): Switcher {
  const name = switchName(entry)
  const pooler = poolerOf(entry, field, tools)
  const wanted = (to: Address) => [
    { name: entry.database, host: to.host, port: to.port },
    ...(entry['reader-database'] === undefined || to.reader === undefined
      ? []
      : [{ name: entry['reader-database'], ...to.reader }]),
  ]
  /** What of a node does not name the address, in words. */
  const elsewhere = async (node: PoolerNode, to: Address, reload: boolean): Promise<string[]> => {
    const opened = await node.open()
    try {
      if (reload) await opened.query('RELOAD')
      const all = await showDatabases(opened)
      return wanted(to).flatMap((want) => {
        const is = all.find((one) => one.name === want.name)
        if (is === undefined) return [`${node.label} has no database ${want.name}`]
        return is.host === want.host && is.port === want.port && is.database === to.database
          ? []
          : [`${node.label} has ${want.name} at ${is.host ?? 'a socket'}:${is.port}/${is.database}`]
      })
    } finally {
      opened.close()
    }
  }
  const allElsewhere = async (to: Address, reload: boolean) =>
    (await Promise.all(pooler.nodes.map((node) => elsewhere(node, to, reload)))).flat()

  return {
    name,
    describe: (to) =>
      `PgBouncer PAUSE ${pooler.databases.join(', ')} on ${pooler.nodes.length} node(s) before the locks; when the target is open run ${entry.reload.command.trim()}, RELOAD, read ${to.host}:${to.port} back, RESUME`,
    check: async (to) => {
      const notes: string[] = []
      const problems = await judged(field, async (): Promise<Problem[]> => {
        if (entry['reader-database'] !== undefined && to.reader === undefined)
          return [
            {
              field,
              message: `${name} has a database for readers, whose address is not known`,
              remedy: 'Give `cutover.endpoints`, or the `rds-cluster` of that side.',
            },
          ]
        if ((await allElsewhere(to, false)).length === 0)
          notes.push(`${name} names the new address already: its clients are refused there`)
        return []
      })
      return { problems, notes, users: [] }
    },
    switch: async (to, generation) => {
      if ((await allElsewhere(to, false)).length === 0)
        return { name, changed: false, detail: `${pooler.nodes.length} node(s)` }
      await runHook({
        name: `reload of ${name}`,
        command: entry.reload.command,
        timeoutMs: entry.reload.timeout,
        env: addressEnvironment(tools.migration, to, generation),
        log: tools.log,
      })
      const left = await allElsewhere(to, true)
      if (left.length > 0)
        throw new MigrationError(
          'unavailable',
          `${name} was reloaded and is not repointed: ${left.join('; ')}`,
          {
            remedy:
              'Let `reload.command` write $AURORA_MIGRATION_HOST, …_PORT and …_DATABASE into the file that each node reads, then run the job again.',
          },
        )
      return { name, changed: true, detail: `${pooler.nodes.length} node(s) reloaded and read back` }
    },
  }
}
