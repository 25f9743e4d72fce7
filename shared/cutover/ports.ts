import type { Approval } from '../approval/approval.ts'
import type { Carrier } from '../migration/carriers.ts'
import type { DatabaseName, Sides } from '../migration/direction.ts'
import type { Evidence } from '../migration/evidence.ts'
import type { Plan } from '../migration/plan.ts'
import type { DatabaseLogin, Session } from '../postgres/session.ts'
import type { ServerParameters } from '../rds/server-parameters.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { CutoverRun } from './decision.ts'
import type { PhaseTime } from './phase.ts'
import type { Address, Pauser, Switcher } from './switchers/switcher.ts'
import type { WayBackState } from './way-back/way-back-state.ts'
import type { StartedWayBack } from './way-back/start-way-back.ts'

/** A replication task as the cutover needs it. */
export interface CarryingTask {
  readonly identifier: string
  /** The last part of its ARN: its name in DMS's control tables. */
  readonly externalId: string
  readonly status: string
  readonly tablesErrored: number
  /** It applies net changes table by table (BatchApplyEnabled), whatever the plan says. */
  readonly inBatches: boolean
  /** Rows that DMS's own validation found different. */
  readonly rowsFailedValidation: number
}

/** When something of a way back is done, and with which sessions. */
export interface WayBackMoment {
  readonly order: CutoverOrder
  /** Which the cutover takes, or has taken. */
  readonly generation: bigint
  /** Who carries rows to `to` until then. */
  readonly carried: readonly Carrier[]
  readonly from: Session
  readonly to: Session
}

/** Opens a session; `signal` ends its queries, `settings` win over the defaults of every session. */
export type OpenSession = (
  signal: AbortSignal,
  settings?: Readonly<Record<string, string>>,
  connectTimeoutMs?: number,
) => Promise<Session>

/** What a cutover acts on and through. `from` is the database that is left, `to` the one that is entered. */
export interface CutoverPorts {
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** What the two databases are called: a cutover goes from source to target, a fall-back the other way. */
  readonly names: Sides
  readonly openFrom: OpenSession
  readonly openTo: OpenSession
  readonly readFingerprint: (session: Session) => Promise<string>
  /** Builds the plan anew from file and source; throws `refused` with the difference where it is not the approved one. */
  readonly verifyPlan: (source: Session) => Promise<void>
  /** Replication tasks by their identifiers; those that do not exist are missing from the answer. */
  readonly tasks: (identifiers: readonly string[]) => Promise<readonly CarryingTask[]>
  readonly wayBack: {
    /** In the check: everything of the way back that takes time or can fail. Gives its slots on `to`. */
    readonly prepare: (moment: WayBackMoment) => Promise<readonly string[]>
    /** After the switch: whoever carried rows until now is stopped, and where the plan wants a way back it is started and proved. */
    readonly start: (moment: WayBackMoment) => Promise<StartedWayBack>
    /** How it stands: reads only. */
    readonly state: (moment: WayBackMoment) => Promise<WayBackState>
  }
  /** In the order in which clients are pointed at `to`. */
  readonly switchers: readonly Switcher[]
  /** Who holds clients still around the freeze. */
  readonly pausers: readonly Pauser[]
  /** The parameter group of `to`, where it makes DMS's sessions replicas; put back when it is open. */
  readonly toParameters: ServerParameters | undefined
  readonly toLogin: DatabaseLogin
  /** Where clients are pointed at. */
  readonly toAddress: Address
  /** The migration's own login on `from`. */
  readonly fromUser: string
  /** DMS's users of this direction: what reads on `from`, and what writes on `to`. */
  readonly dmsFromUser: string
  readonly dmsToUser: string
  /** What DMS writes with on `from` in the other direction: the fence lets it pass. */
  readonly dmsBackUser: string | undefined
  /** Phases that have ended, well or not, are added here: what is told of a run that fails has them, too. */
  readonly phases: PhaseTime[]
  /** Saves what a `post` step needs to tidy up, before anything is changed. */
  readonly announce: (state: { readonly generation: bigint; readonly lockPid: number }) => void
}

/** What is to be done, as it was approved. */
export interface CutoverOrder {
  readonly run: CutoverRun
  readonly plan: Plan
  /** A fall-back has none: what it needs to know it measures itself. */
  readonly evidence: { readonly evidence: Evidence; readonly ageMs: number } | undefined
  /** How it was approved, for the journal; a dry run has none. */
  readonly approval?: Approval
}

/** The session of one database of the plan, whichever way the cutover goes. */
export function ofDatabase<T>(
  names: Sides,
  sessions: { readonly from: T; readonly to: T },
  wanted: DatabaseName,
): T {
  return names.from === wanted ? sessions.from : sessions.to
}
