import { spawn } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { planDigest } from '../../shared/migration/digest.ts'
import { plainDecisions } from '../../shared/migration/plan-decisions.ts'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import { readSourceCatalogue } from '../../shared/postgres/catalogue.ts'
import { withSession } from '../../shared/postgres/session.ts'
import { inputEnvironment, readOutputs } from '../integration/action-files.ts'
import type { CutoverTimes, ReadyMigration } from './cutover-floor.ts'
import type { CutoverServers } from './cutover-servers.ts'

const runner = fileURLToPath(new URL('../integration/source-action.ts', import.meta.url))

/** What the action reports of its freeze, as its output `result` has it. */
interface CutoverReport {
  readonly freezeMs: number
  readonly freezeRoundTrips: number
  readonly drainMs: number
  readonly lockAttempts: number
  readonly phases: readonly { readonly name: string; readonly ms: number }[]
}

export interface OurTimes extends CutoverTimes {
  /** Statements inside the freeze. */
  readonly statements: number
  readonly lockAttempts: number
}

/** The cutover gave the source back, as it must where no pause can be had: no measurement, and no fault. */
export class EndedBeforeCommit extends Error {}

/** The actions themselves, each in a process of its own from its sources: task, load, evidence; then the cutover. */
export async function prepareOurs(servers: CutoverServers): Promise<ReadyMigration<OurTimes>> {
  const digest = await digestOf(servers)
  const about = { migration: servers.file, 'plan-digest': digest, 'max-wait': '120s' }
  await run(servers, 'create-task', about)
  await run(servers, 'wait-full-load', about)
  let evidenceId = ''
  return {
    warm: async () => {
      const { 'evidence-id': id = '' } = await run(servers, 'wait-cdc-sync', about)
      evidenceId = id
    },
    cutOver: async () => {
      const outputs = await run(servers, 'cutover', {
        migration: servers.file,
        'plan-digest': digest,
        'evidence-id': evidenceId,
        'require-approval': 'false',
        'github-token': 'none',
      }).catch(async (error: unknown) => {
        throw (await isAborted(servers)) ? new EndedBeforeCommit(String(error)) : error
      })
      const report = JSON.parse(outputs['result'] ?? '') as CutoverReport
      const phases = Object.fromEntries(report.phases.map(({ name, ms }) => [name, ms]))
      return {
        freeze: report.freezeMs,
        drain: report.drainMs,
        switched: report.freezeMs + (phases['switch'] ?? 0),
        phases,
        statements: report.freezeRoundTrips,
        lockAttempts: report.lockAttempts,
      }
    },
    close: () => Promise.resolve(),
  }
}

async function isAborted(servers: CutoverServers): Promise<boolean> {
  const source = await servers.connect('source')
  try {
    const { rows } = await source.query<{ phase: string }>('SELECT phase FROM aurora_migration.decision')
    return rows[0]?.phase === 'aborted'
  } finally {
    await source.end()
  }
}

/** The plan's digest, as preflight gives it. */
async function digestOf({ file, source, passwords }: CutoverServers): Promise<string> {
  const migration = parseMigration(await readFile(file, 'utf8'), file)
  const login = {
    host: source.host,
    port: source.port,
    database: 'shop',
    user: 'migrator',
    password: passwords.migrator,
    tls: 'disable' as const,
  }
  const options = { label: 'source', application: 'cutover bench', signal: new AbortController().signal }
  return withSession(login, options, async (session) => {
    const catalogue = await readSourceCatalogue(session, migration)
    return planDigest(
      buildPlan(migration, { source: catalogue, decisions: plainDecisions(catalogue.planned, 128) }),
    )
  })
}

/** Runs an action as a runner does and gives its outputs; throws with its log where it failed. */
async function run(
  servers: CutoverServers,
  action: string,
  inputs: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(servers.folder, `${action} `))
  const [output, summary, state] = ['output', 'summary', 'state'].map((name) => join(folder, name))
  if (output === undefined || summary === undefined || state === undefined) throw new Error('no files')
  await Promise.all([output, summary, state].map((name) => writeFile(name, '')))
  const child = spawn(process.execPath, [runner, action], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: servers.folder,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_STATE: state,
      GITHUB_RUN_ID: '4711',
      GITHUB_RUN_ATTEMPT: '1',
      ...servers.emulator.environment(),
      ...(await inputEnvironment(action, inputs)),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve))
  if (exitCode !== 0) throw new Error(`${action} ended with ${exitCode}:\n${log}`)
  return readOutputs(await readFile(output, 'utf8'))
}
