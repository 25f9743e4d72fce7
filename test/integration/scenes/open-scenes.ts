import { randomUUID } from 'node:crypto'
import { closeSync, fchownSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { Client } from 'pg'
import { vi } from 'vitest'
import { awsClientOptions } from '../../../shared/aws/client-options.ts'
import { parseMigration } from '../../../shared/migration/migration-file.ts'
import { openSession } from '../../../shared/postgres/session.ts'
import type { PreflightFacts } from '../../../shared/preflight/facts.ts'
import { inspect } from '../../../shared/preflight/inspect.ts'
import { openTestEmulator, type TestEmulator } from '../../emulator/open-test-emulator.ts'
import { startGitHubServer, type GitHubServer } from '../../runner/github-server.ts'
import { allOffences } from '../offences/all.ts'
import { cannotBeMade } from '../offences/cannot-be-made.ts'
import type { SceneName } from '../offences/offence.ts'
import { keptLog, openSamplePair, type SamplePair } from '../sample-pair.ts'
import { emulatedAws, offendAws } from './emulated-aws.ts'
import { migrationFiles } from './migration-files.ts'
import { openSettingsServer, type SettingsServer } from './settings-server.ts'
import { environments, repository, workflowVariables, writeWorkflows } from './workflow-files.ts'

/** What preflight has read: of the clean sample, and of each scene. */
export interface Scenes {
  readonly clean: PreflightFacts
  readonly offending: Readonly<Record<SceneName, PreflightFacts>>
}

/** Makes every scene, looks at each with preflight's own readers, and removes all again. */
export async function readScenes(): Promise<Scenes> {
  const closing: (() => unknown)[] = []
  const kept = <T>(opened: T, close: (opened: T) => unknown): T => {
    closing.unshift(() => close(opened))
    return opened
  }
  try {
    const checkout = kept(mkdtempSync(join(tmpdir(), 'preflight scenes ')), (folder) =>
      rmSync(folder, { recursive: true, force: true }),
    )
    writeWorkflows(checkout)
    const [pair, server] = await bothOpened(
      openSamplePair('preflight-offending').then((one) => kept(one, (made) => made.close())),
      openSettingsServer().then((one) => kept(one, (made) => made.close())),
    )
    const { passwords } = pair
    const { host, port } = server.server
    const config = emulatedAws(
      { host: pair.source.host, port: pair.source.port, passwords },
      { host: pair.target.host, port: pair.target.port, passwords },
      { host, port, passwords: server.passwords },
    )
    const aws = kept(await openTestEmulator(config), (one) => one.close())
    const github = kept(await startGitHubServer({ repository, environments }), (one) => one.close())
    for (const [name, value] of Object.entries({
      ...aws.emulator.environment(),
      GITHUB_API_URL: github.url,
      ...workflowVariables(checkout, 'clean'),
    }))
      vi.stubEnv(name, value)
    await setFsync(pair, 'on')
    const [clean] = await Promise.all([look('clean', github), server.grow()])
    await setFsync(pair, 'off')
    vi.stubEnv('GITHUB_WORKFLOW_REF', workflowVariables(checkout, 'offending')['GITHUB_WORKFLOW_REF'])
    return { clean, offending: await offend({ pair, server, aws, github }, clean) }
  } finally {
    vi.unstubAllEnvs()
    for (const close of closing) await close()
  }
}

async function offend(
  {
    pair,
    server,
    aws,
    github,
  }: {
    readonly pair: SamplePair
    readonly server: SettingsServer
    readonly aws: TestEmulator
    readonly github: GitHubServer
  },
  clean: PreflightFacts,
): Promise<Scenes['offending']> {
  await Promise.all([offendPair(pair), offendServer(server), offendAws(aws)])
  const [sample, settings, copy] = await whileOthersAreThere(pair, () =>
    Promise.all([look('sample', github), look('settings', github), look('copy', github)]),
  )
  await server.recover()
  const standby = await look('standby', github)
  return {
    sample,
    settings,
    copy,
    standby,
    told: cannotBeMade.reduce((facts, one) => one.change(facts), clean),
  }
}

async function offendPair(pair: SamplePair): Promise<void> {
  for (const { scene = 'sample', side = 'source', sql = [] } of allOffences)
    if (scene === 'sample') for (const statement of sql) await pair.sql(side, statement)
  await makeVast(pair)
  // In the scene `copy` the pair's target is a source.
  await pair.sql('target', 'create role dms_source login replication in role pg_read_all_data')
  await pair.sql('target', 'create role dms_reverse_source login')
}

async function offendServer(server: SettingsServer): Promise<void> {
  for (const [scene, database] of [
    ['settings', 'shop'],
    ['copy', 'latin'],
  ] as const)
    await server.run(
      database,
      allOffences.filter((one) => one.scene === scene).flatMap(({ sql = [] }) => sql),
    )
  await server.starve()
}

/** Both, or what one of them throws, but not before the other is there to be closed. */
async function bothOpened<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other])
  return Promise.all([one, other])
}

/** What preflight reads with one of the migration files: as its own `perform` does, without judging. */
async function look(file: keyof typeof migrationFiles, github: GitHubServer): Promise<PreflightFacts> {
  // GitHub's toolkit takes the address of the API when it is loaded.
  const { readCredentials } = await import('../../../actions/preflight/credentials.ts')
  const { readLogins } = await import('../../../actions/preflight/logins.ts')
  const { readOutside } = await import('../../../actions/preflight/outside.ts')
  const { signal } = new AbortController()
  const migration = parseMigration(migrationFiles[file], `${file}.yml`)
  const secrets = new SecretsManagerClient(awsClientOptions({}))
  const logins = await readLogins(migration, signal)
  const open = (side: 'source' | 'target') => {
    const login = logins[side]
    if (login === undefined) throw new Error(`${file}: the target is not there`)
    const settings = { default_transaction_read_only: 'on', statement_timeout: '0' }
    return openSession(login, { label: side, application: `look ${randomUUID()}`, signal, settings })
  }
  const [source, target] = await Promise.all([open('source'), open('target')])
  try {
    const now = new Date()
    const [told, credentials] = await Promise.all([
      readOutside(migration, logins, secrets, { now, signal, githubToken: github.token }),
      readCredentials(migration, logins, secrets, signal),
    ])
    return (await inspect(migration, { source, target }, { ...told, ...credentials }, keptLog())).facts
  } finally {
    await Promise.all([source.close(), target.close()])
    secrets.destroy()
  }
}

/** The servers of the tests do without it, which preflight rightly minds. */
async function setFsync(pair: SamplePair, value: 'on' | 'off'): Promise<void> {
  for (const side of ['source', 'target'] as const) {
    await pair.sql(side, `alter system set fsync = ${value}`)
    await pair.sql(side, 'select pg_reload_conf()')
  }
}

const gib = 1024 ** 3
const vastGib = 60

/** The files of a table of many GiB, all of it holes, which take no room: empty pages, were anybody to read them. */
async function makeVast(pair: SamplePair): Promise<void> {
  const [row] = await pair.sql('source', "select pg_relation_filepath('shop.offending_vast') as path")
  const file = join(pair.source.dataFolder, String(row?.['path']))
  const { uid, gid } = statSync(file)
  // A table's segments are a GiB each, the first without a number.
  for (let segment = 0; segment < vastGib; segment += 1) {
    const handle = openSync(segment === 0 ? file : `${file}.${segment}`, 'a', 0o600)
    fchownSync(handle, uid, gid)
    ftruncateSync(handle, gib)
    closeSync(handle)
  }
}

/** Two sessions of an application on the target, and a writer on the source, for as long as `work` takes. */
async function whileOthersAreThere<T>(pair: SamplePair, work: () => Promise<T>): Promise<T> {
  const connectionString = pair.target.url({ user: 'shop_app', password: pair.passwords.shop_app }, 'shop')
  const clients = [1, 2].map(() => new Client({ connectionString, application_name: 'psql' }))
  for (const client of clients) client.on('error', () => undefined)
  await Promise.all(clients.map((client) => client.connect()))
  const ending = new AbortController()
  const writing = writeUntil(ending.signal, pair)
  try {
    return await work()
  } finally {
    ending.abort()
    await writing
    await Promise.all(clients.map((client) => client.end()))
  }
}

async function writeUntil(ended: AbortSignal, pair: SamplePair): Promise<void> {
  while (!ended.aborted) {
    await pair.sql('source', "select pg_logical_emit_message(false, 'offending', repeat('x', 8000))")
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
