import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { Approval } from '../approval/approval.ts'
import type { Evidence } from '../migration/evidence.ts'
import type { Plan } from '../migration/plan.ts'
import type { DatabaseLogin, Session } from '../postgres/session.ts'
import type { ServerParameters } from '../rds/server-parameters.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { CutoverRun } from './decision.ts'

/** A replication task as the cutover needs it. */
export interface ForwardTask {
  readonly identifier: string
  /** The last part of its ARN: its name in DMS's control tables. */
  readonly externalId: string
  readonly status: string
  readonly tablesErrored: number
}

/** What a cutover acts on and through. */
export interface CutoverPorts {
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** A session on one side; `signal` ends its queries, `settings` win over the defaults of every session. */
  readonly openSource: (
    signal: AbortSignal,
    settings?: Readonly<Record<string, string>>,
    connectTimeoutMs?: number,
  ) => Promise<Session>
  readonly openTarget: (signal: AbortSignal, settings?: Readonly<Record<string, string>>) => Promise<Session>
  /** Tries a login on the target: `let-in`, `guarded` (authenticated, but the guard refused), or the server's refusal. */
  readonly tryTargetLogin: (
    user: string,
    password: string,
  ) => Promise<{ readonly outcome: 'let-in' | 'guarded' | 'refused'; readonly message: string }>
  readonly readFingerprint: (session: Session) => Promise<string>
  /** Builds the plan anew from file and source; throws `refused` with the difference where it is not the approved one. */
  readonly verifyPlan: (source: Session) => Promise<void>
  readonly forwardTasks: () => Promise<readonly ForwardTask[]>
  readonly stopForwardTasks: (signal: AbortSignal) => Promise<void>
  /** The target's parameter group, where it makes DMS's sessions replicas; put back when the target is open. */
  readonly targetParameters: ServerParameters | undefined
  readonly targetLogin: DatabaseLogin
  readonly secrets: SecretsManagerClient
  /** Where clients are pointed at. */
  readonly targetAddress: Pick<DatabaseLogin, 'host' | 'port' | 'database'>
  readonly sourceUser: string
  readonly dmsSourceUser: string
  readonly dmsTargetUser: string
  /** Saves what a `post` step needs to tidy up, before anything is changed. */
  readonly announce: (state: { readonly generation: bigint; readonly lockPid: number }) => void
}

/** What is to be done, as it was approved. */
export interface CutoverOrder {
  readonly run: CutoverRun
  readonly plan: Plan
  readonly evidence: { readonly evidence: Evidence; readonly ageMs: number } | undefined
  /** How it was approved, for the journal; a dry run has none. */
  readonly approval?: Approval
}
