import { workflowRun } from '../github/run.ts'
import type { Session } from '../postgres/session.ts'
import { validateNotNull } from '../target/not-null.ts'
import { validateForeignKeys } from '../target/prove-foreign-keys.ts'
import { putReplicaRoleBack } from '../target/replica-role.ts'
import type { AfterCommit } from './after-commit.ts'
import type { CutoverPorts } from './ports.ts'

/** What need not be done while clients wait. A failure here is said, and undoes nothing. */
export async function finishTidily(run: AfterCommit): Promise<string[]> {
  const { order, ports, sessions } = run
  const { from, to } = ports.names
  const left: string[] = []
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      left.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (order.run.direction === 'forward') {
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
  const { toParameters: parameters, toLogin } = ports
  if (parameters !== undefined) {
    await attempt(`put the ${to}’s parameter group back`, async () => {
      const { migration } = order.plan
      const context = { migration, run: workflowRun(), log: ports.log }
      const { signal } = ports
      await putReplicaRoleBack({ parameters, target: sessions.to, targetLogin: toLogin, signal, context })
    })
  }
  await attempt('stop the replication tasks that carried the rows here', () =>
    ports.stopTasks(
      run.carriers.map(({ identifier }) => identifier),
      ports.signal,
    ),
  )
  return left
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
