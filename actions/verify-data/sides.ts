import type { ComparedSide } from '../../shared/comparison/comparison.ts'
import { readPlan } from '../../shared/control/plan-store.ts'
import { readDecision } from '../../shared/cutover/decision.ts'
import { allOrProblems } from '../../shared/databases/all-or-problems.ts'
import { demandAnotherServer } from '../../shared/databases/another-server.ts'
import { loginOfUrl, sideLogin } from '../../shared/databases/open-database.ts'
import { withBoth } from '../../shared/databases/with-both.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { openSession, type DatabaseLogin, type Session } from '../../shared/postgres/session.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import { missingInput, type InputsOf } from '../../shared/runtime/inputs.ts'
import type { inputs as schema } from './inputs.ts'

type Inputs = InputsOf<typeof schema>

/** Both databases, opened. */
export interface Sides {
  readonly source: Session
  readonly target: Session
  readonly logins: { readonly source: DatabaseLogin; readonly target: DatabaseLogin }
  /** Undefined with the two URLs alone. */
  readonly plan: Plan | undefined
}

const application = 'aurora-migration verify-data'

/**
 * Opens both sides by the migration file or the two URLs, and refuses where they are one server, which would always be
 * equal, or where the target has opened and has writes of its own.
 */
export async function withSides<T>(
  migration: Migration | undefined,
  inputs: Inputs,
  signal: AbortSignal,
  work: (sides: Sides) => Promise<T>,
): Promise<T> {
  const logins = await findLogins(migration, inputs, signal)
  return withBoth(logins, { application, signal }, async ({ source, target }) => {
    await demandAnotherServer(source, target)
    if (migration === undefined) return work({ source, target, logins, plan: undefined })
    const plan = await readPlan(source, migration.name, inputs['plan-digest'] ?? '')
    await refuseAfterCutover(source, migration.name)
    return work({ source, target, logins, plan })
  })
}

/** How the comparison opens its own sessions on a side. */
export function comparedSide(
  login: DatabaseLogin,
  label: 'source' | 'target',
  signal: AbortSignal,
): ComparedSide {
  return { open: (settings) => openSession(login, { label, application, signal, settings }) }
}

async function findLogins(
  migration: Migration | undefined,
  inputs: Inputs,
  signal: AbortSignal,
): Promise<Sides['logins']> {
  if (migration !== undefined) {
    const [source, target] = await allOrProblems<[DatabaseLogin, DatabaseLogin]>([
      sideLogin(migration, 'source', signal),
      sideLogin(migration, 'target', signal),
    ])
    return { source, target }
  }
  const { 'source-url': source, 'target-url': target, tls } = inputs
  if (source === undefined)
    throw missingInput('source-url', '${{ secrets.SOURCE_DATABASE_URL }}', 'without migration')
  if (target === undefined)
    throw missingInput('target-url', '${{ secrets.TARGET_DATABASE_URL }}', 'without migration')
  return { source: loginOfUrl(source, 'source-url', tls), target: loginOfUrl(target, 'target-url', tls) }
}

async function refuseAfterCutover(source: Session, migration: string): Promise<void> {
  const decision = await readDecision(source, migration)
  if (decision?.phase !== 'committed') return
  throw new MigrationError('refused', 'the cutover has committed: the target has writes of its own', {
    remedy:
      'Nothing is left to compare: what the source held when it was fenced was on the target before that opened. For a comparison before a fall-back give the two URLs.',
  })
}
