import { workflowRun } from '../github/run.ts'
import type { Session } from '../postgres/session.ts'
import { validateNotNull } from '../target/not-null.ts'
import { validateForeignKeys } from '../target/prove-foreign-keys.ts'
import { putReplicaRoleBack } from '../target/replica-role.ts'
import type { AfterCommit } from './after-commit.ts'
import { recordOpenedSchema } from './opened-since.ts'
import type { CutoverPorts } from './ports.ts'
import { dropSpentTriggers } from './read-only/give-back.ts'
import { createReadOnlyFunctions } from './read-only/statements.ts'
import type { StartedWayBack } from './way-back/start-way-back.ts'

export interface Tidied {
  readonly wayBack: StartedWayBack
  /** What is to be known, and done by hand. */
  readonly left: readonly string[]
  /** What another run of the same job has to do: the cutover is not finished without it. */
  readonly failed: readonly string[]
}

/** What need not be done while clients wait. A failure here is said, and undoes nothing. */
export async function finishTidily(run: AfterCommit): Promise<Tidied> {
  const { order, ports, sessions, generation } = run
  const { from, to } = ports.names
  const left: string[] = []
  const failed: string[] = []
  const attempt = async (what: string, work: () => Promise<void>, told = left) => {
    try {
      await work()
    } catch (error) {
      told.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  // Later the way back has taken NOT NULLs off it.
  if (order.run.direction === 'forward' && !run.opened) {
    await attempt(`compare the ${from}’s schema with the plan`, async () => {
      if ((await ports.readFingerprint(sessions.from)) === order.plan.sourceFingerprint) return
      throw new Error(
        `it changed at the very moment of the commit point or since: look on the ${from} for tables that the plan does not know, their rows are not on the ${to}`,
      )
    })
  }
  await attempt(`validate the restored NOT NULLs on the ${to}`, async () => {
    await withoutTimeLimit(ports, (session) => validateNotNull(session, order.plan.migration))
  })
  await attempt(`validate the restored foreign keys on the ${to}`, async () => {
    const { migration } = order.plan
    const context = { migration, run: workflowRun(), log: ports.log }
    await withoutTimeLimit(ports, (session) => validateForeignKeys(session, migration, context))
  })
  if (run.fencedBy !== undefined) {
    await attempt(`remove the triggers of the former fence from the ${to}`, async () => {
      await sessions.to.query(createReadOnlyFunctions)
      const inUse = await dropSpentTriggers(sessions.to, 10_000)
      if (inUse > 0)
        throw new Error(
          `${inUse} tables were in use; the triggers refuse nobody, and another cutover removes them`,
        )
    })
  }
  const { toParameters: parameters, toLogin } = ports
  if (parameters !== undefined) {
    await attempt(`put the ${to}’s parameter group back`, async () => {
      const { migration } = order.plan
      const context = { migration, run: workflowRun(), log: ports.log }
      const { signal } = ports
      await putReplicaRoleBack({ parameters, target: sessions.to, targetLogin: toLogin, signal, context })
    })
  }
  await attempt(`keep the schema of the ${to}`, async () => {
    await recordOpenedSchema(sessions.to, order.run, generation, await ports.readFingerprint(sessions.to))
  })
  let wayBack: StartedWayBack = { kind: 'none', changes: [] }
  await attempt(
    `stop the tasks that carried rows to the ${to}, and start the way back`,
    async () => {
      wayBack = await ports.wayBack.start({
        order,
        generation,
        carried: run.carriers,
        from: sessions.from,
        to: sessions.to,
      })
    },
    failed,
  )
  return { wayBack, left, failed }
}

/** Validating reads whole tables: a session of its own, whose statements may take as long as they need. */
async function withoutTimeLimit(ports: CutoverPorts, work: (to: Session) => Promise<unknown>): Promise<void> {
  const to = await ports.openTo(ports.signal, { statement_timeout: '0' })
  try {
    await work(to)
  } finally {
    await to.close()
  }
}
