import { Client } from 'pg'
import { DescribeDBClustersCommand, DescribeDBInstancesCommand } from '@aws-sdk/client-rds'
import type { CopyWork } from '../../shared/copy/copy-server.ts'
import { makeCopy } from '../../shared/copy/make-copy.ts'
import { targetServer } from '../../shared/copy/make-server.ts'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import { plainDecisions } from '../../shared/migration/plan-decisions.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import { planDigest } from '../../shared/migration/digest.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { readSourceCatalogue } from '../../shared/postgres/catalogue.ts'
import { openSession, type Session } from '../../shared/postgres/session.ts'
import { rdsCopies } from '../../shared/rds/copies.ts'
import { copyStates } from '../../shared/rds/copy-states.ts'
import { redoDone, serverLogLines } from '../../shared/rds/server-log.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { openTestEmulator, type TestEmulator } from '../emulator/open-test-emulator.ts'
import { openServerGroup, type PostgresServer, type ServerGroup } from '../postgres/server-group.ts'
import { createSampleDatabase, randomPasswords, type RolePasswords } from '../workload/sample-database.ts'
import { placeOf } from './rds-lab.ts'

/** A source that RDS plays, to be copied, and what a copy needs. */
export interface CopyLab {
  readonly source: PostgresServer
  readonly aws: TestEmulator
  readonly lines: string[]
  /** The plan that a migration file gives now. */
  plan(load: string): Promise<{ migration: Migration; plan: Plan }>
  /** Makes the copy as prepare-target does; gives what was changed. */
  copy(
    load: string,
    dryRun?: boolean,
    /** Done while the position of the copy is looked for in RDS's log. */
    during?: () => Promise<void>,
  ): Promise<{ exists: boolean; changes: string[] }>
  session(side: 'source' | 'copy', role: keyof RolePasswords, migration: Migration): Promise<Session>
  sql(side: 'source' | 'copy', statement: string): Promise<Record<string, unknown>[]>
  /** The same in another database of the server. */
  inDatabase(side: 'source' | 'copy', database: string, statement: string): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

/** Opens a source of that kind with the sample, known to the emulator as `shop`. */
export async function openCopyLab(label: string, kind: 'cluster' | 'instance'): Promise<CopyLab> {
  const group: ServerGroup = await openServerGroup(label)
  const source = await group.start({ name: 'source', major: 15 })
  const passwords = randomPasswords()
  await createSampleDatabase({ superuserUrl: source.superuserUrl, side: 'source', passwords, scale: 0.02 })
  await onDatabase(source.port, source.superuserUrl, 'alter role dms_source with replication')
  const place = { identifier: 'shop', ...placeOf(source) }
  const aws = await openTestEmulator({
    rds: kind === 'cluster' ? { instances: [], clusters: [place] } : { instances: [place], clusters: [] },
  })
  const abort = new AbortController()
  const sessions: Session[] = []
  const lines: string[] = []
  const log = {
    line: (text: string) => lines.push(text),
    debug: () => undefined,
    warn: () => undefined,
    group: async <T>(_: string, work: () => Promise<T>) => work(),
  }

  const portOf = async (migration: Migration): Promise<number> => {
    const { identifier } = targetServer(migration)
    const client = aws.rds
    if (targetServer(migration).kind === 'cluster') {
      const answer = await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }))
      return answer.DBClusters?.[0]?.Port ?? 0
    }
    const answer = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }))
    return answer.DBInstances?.[0]?.Endpoint?.Port ?? 0
  }
  let copyPort = 0
  const open = async (port: number, user: keyof RolePasswords, side: string): Promise<Session> => {
    const session = await openSession(
      { host: '127.0.0.1', port, database: 'shop', user, password: passwords[user], tls: 'disable' },
      { label: side, application: 'test', signal: abort.signal },
    )
    sessions.push(session)
    return session
  }
  const plan = async (load: string) => {
    const migration = parseMigration(fileOf(load, kind), 'shop.yml')
    const reader = await open(source.port, 'migrator', 'source')
    const catalogue = await readSourceCatalogue(reader, migration)
    await reader.close()
    const decisions = plainDecisions(catalogue.planned, 128)
    return { migration, plan: buildPlan(migration, { source: catalogue, decisions }) }
  }
  return {
    source,
    aws,
    lines,
    plan,
    copy: async (load, dryRun = false, during = () => Promise.resolve()) => {
      const facts = await plan(load)
      const account = { copies: rdsCopies(aws.rds, abort.signal), states: copyStates(aws.rds, abort.signal) }
      const changes: string[] = []
      const control = await open(source.port, 'migrator', 'source')
      const work: CopyWork = {
        context: { signal: abort.signal, log, clock: systemClock },
        control,
        source: account,
        target: account,
        targetAccount: async () => Promise.resolve('123456789012'),
        tags: { migration: 'shop', planDigest: planDigest(facts.plan), runId: '1' },
        dryRun,
        changes,
      }
      const exists = await makeCopy(work, facts.migration, facts.plan, {
        source: control,
        dmsSourceUser: 'dms_source',
        dmsTargetUser: () => Promise.resolve('dms_target'),
        openDmsSource: () => open(source.port, 'dms_source', 'source'),
        openCopy: async () => {
          copyPort = await portOf(facts.migration)
          return open(copyPort, 'migrator', 'copy')
        },
        openDmsCopy: async () => open(await portOf(facts.migration), 'dms_source', 'copy'),
        redoDone: async () => {
          await during()
          const { identifier } = targetServer(facts.migration)
          for await (const line of serverLogLines(aws.rds, identifier, abort.signal)) {
            const found = redoDone(line)
            if (found !== undefined) return found
          }
          return undefined
        },
      })
      await control.close()
      return { exists, changes }
    },
    session: async (side, role, migration) =>
      open(side === 'source' ? source.port : await portOf(migration), role, side),
    sql: (side, statement) =>
      onDatabase(side === 'source' ? source.port : copyPort, source.superuserUrl, statement),
    inDatabase: (side, database, statement) =>
      onDatabase(side === 'source' ? source.port : copyPort, source.superuserUrl, statement, database),
    close: async () => {
      abort.abort()
      await Promise.all(sessions.map((session) => session.close()))
      await aws.close()
      await group.close()
    },
  }
}

function fileOf(load: string, kind: 'cluster' | 'instance'): string {
  return `name: shop
source: { secret: s, tls: disable, rds-${kind}: shop }
target: { secret: t, tls: disable, rds-${load.includes('aurora') ? 'cluster' : kind}: shop-new }
dms:
  replication-instance: rep
  source: { secret: ds }
  target: { secret: dt }
  reverse: { source: { secret: drs }, target: { secret: drt } }
tables: { include: ['shop.%', 'billing.%', 'Warehouse.%'] }
empty-target: truncate
${load}
cutover:
  application-roles: [shop_app, shop_batch]
  switch: [{ secret: shop/app }]
`
}

async function onDatabase(
  port: number,
  superuserUrl: string,
  statement: string,
  database = 'shop',
): Promise<Record<string, unknown>[]> {
  const url = new URL(superuserUrl)
  url.port = String(port)
  url.pathname = `/${database}`
  const client = new Client({ connectionString: url.href })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}
