import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { DatabaseName } from '../migration/direction.ts'
import type { Session } from '../postgres/session.ts'
import { auditSchema, type CutoverAudit } from './audit.ts'
import { buildAudit, generationOf, type AuditFacts, type SideFacts } from './build-audit.ts'
import { writeJournal } from './decision.ts'

const readAuditFacts = readFileSync(new URL('./sql/read-audit-facts.sql', import.meta.url), 'utf8')

/** A record that was made, where it stands, and what of the making failed: what was done is done whatever becomes of it. */
export interface KeptAudit {
  readonly audit: CutoverAudit
  readonly path: string
  readonly trouble: readonly string[]
}

/** Where the document goes: where the input says, from the checkout on, else below the runner's own temporary folder. */
export function auditPath(
  given: string | undefined,
  about: { readonly action: string; readonly migration: string },
  environment: NodeJS.ProcessEnv = process.env,
): string {
  if (given !== undefined && given !== '')
    return resolve(environment['GITHUB_WORKSPACE'] ?? process.cwd(), given)
  return join(
    environment['RUNNER_TEMP'] ?? tmpdir(),
    'aurora-migration',
    about.migration,
    `${about.action}.json`,
  )
}

/**
 * Makes the record of a run that has ended, keeps it in the journal of both databases, each in a session of its own, and
 * writes it to a file. Throws nothing: `trouble` says what could not be done.
 */
export async function keepAudit(
  facts: Omit<AuditFacts, 'source' | 'target'>,
  open: Readonly<Record<DatabaseName, () => Promise<Session>>>,
  path: string,
): Promise<KeptAudit> {
  const trouble: string[] = []
  const quietly = async <T>(what: string, work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work()
    } catch (error) {
      trouble.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
      return null
    }
  }
  const { run } = facts.order
  const generation = generationOf(facts) ?? 0n
  const names = ['source', 'target'] as const
  const [source = null, target = null] = await Promise.all(
    names.map((name) => quietly(`open the ${name} for the record`, open[name])),
  )
  const sessions = { source, target }
  try {
    const [atSource = null, atTarget = null] = await Promise.all(
      names.map(async (name) => {
        const session = sessions[name]
        return session === null
          ? null
          : quietly(`read the ${name} for the record`, () => readSide(session, run.migration, generation))
      }),
    )
    const audit = buildAudit({ ...facts, source: atSource, target: atTarget })
    await quietly('write the record', async () => {
      auditSchema.parse(audit)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, `${JSON.stringify(audit, undefined, 2)}\n`)
    })
    await Promise.all(
      names.map(async (name) => {
        const session = sessions[name]
        if (session !== null)
          await quietly(`keep the record in the journal of the ${name}`, () =>
            writeJournal(session, run, generation, 'audit', { ...audit }),
          )
      }),
    )
    return { audit, path, trouble }
  } finally {
    await Promise.all([source?.close(), target?.close()])
  }
}

async function readSide(session: Session, migration: string, generation: bigint): Promise<SideFacts> {
  const [row] = await session.query<{ version: string; markers: string }>(readAuditFacts, [
    migration,
    generation.toString(),
  ])
  if (row === undefined) throw new Error('no row')
  return { version: row.version, markers: JSON.parse(row.markers) as SideFacts['markers'] }
}
