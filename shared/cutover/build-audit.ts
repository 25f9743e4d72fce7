import type { Approval } from '../approval/approval.ts'
import type { WorkflowRun } from '../github/run.ts'
import { plannedTables } from '../migration/plan-schemas.ts'
import type { MigrationError } from '../runtime/errors.ts'
import { withoutAddresses, type CutoverAudit } from './audit.ts'
import type { PastFreezes } from './past-freezes.ts'
import type { PhaseTime } from './phase.ts'
import type { CutoverOrder } from './ports.ts'
import type { CutoverResult } from './run-cutover.ts'
import type { RowNow, TrueNow } from './true-now.ts'
import type { WayBackState } from './way-back/way-back-state.ts'

/** A secret, parameter, record or pooler that was pointed elsewhere. */
export interface SwitchDone {
  readonly name: string
  readonly changed: boolean
  readonly detail: string
}

/** What a record takes from one database. */
export interface SideFacts {
  /** `server_version`, for example `15.18`. */
  readonly version: string
  /** Markers that proved a drain into it, in this generation. */
  readonly markers: readonly { readonly id: string; readonly at: string }[]
}

/** What is known when a run has ended. */
export interface AuditFacts {
  readonly order: CutoverOrder
  readonly approval: Approval
  readonly run: WorkflowRun
  /** Commit of the workflow run (GITHUB_SHA), and the ref at which these actions were used (GITHUB_ACTION_REF). */
  readonly commit: string
  readonly release: string
  /** What each side says of itself; null where it could not be asked. */
  readonly source: SideFacts | null
  readonly target: SideFacts | null
  /** What earlier runs measured, read before this one began. */
  readonly past: PastFreezes
  /** Undefined where the run failed. */
  readonly result: CutoverResult | undefined
  readonly switches: readonly SwitchDone[]
  readonly phases: readonly PhaseTime[]
  readonly wayBack: WayBackState | undefined
  readonly failure: MigrationError | undefined
  readonly standing: TrueNow | undefined
  /** Milliseconds since the epoch, by the runner's clock: a record's time, nothing is judged by it. */
  readonly now: number
}

/** The document of a run. Pure. */
export function buildAudit(facts: AuditFacts): CutoverAudit {
  const { order, result, run, past } = facts
  const { plan, evidence } = order
  return {
    version: 1,
    action: order.run.direction === 'forward' ? 'cutover' : 'fall-back',
    migration: plan.migration,
    outcome: result === undefined ? 'failed' : 'finished',
    direction: order.run.direction,
    generation: generationOf(facts)?.toString() ?? null,
    resumed: result?.resumed ?? false,
    writtenAt: new Date(facts.now).toISOString(),
    approval: structuredClone(facts.approval) as CutoverAudit['approval'],
    run: {
      repository: run.repository,
      id: run.runId,
      attempt: run.attempt,
      actor: run.actor,
      commit: facts.commit,
    },
    plan: {
      digest: order.run.planDigest,
      version: plan.version,
      fence: plan.cutover.fence,
      tasks: plan.tasks.length,
      tables: plannedTables(plan).length,
      sequences: plan.sequences.length,
      fallBack: plan.cutover.fallBack,
    },
    evidence:
      evidence === undefined
        ? null
        : {
            id: evidence.evidence.id,
            version: evidence.evidence.version,
            ageMs: Math.round(evidence.ageMs),
            proof: evidence.evidence.proof,
            markerRoundTripsMs: [...evidence.evidence.markerRoundTripsMs],
            predictedFreezeMs: evidence.evidence.predictedFreezeMs,
          },
    versions: {
      actions: facts.release,
      source: facts.source?.version ?? null,
      target: facts.target?.version ?? null,
    },
    lsn: {
      commit: result?.commit === undefined ? null : { xid: result.commit.xid, lsn: result.commit.lsn },
      markers:
        (order.run.direction === 'forward' ? facts.target : facts.source)?.markers.map((one) => ({
          ...one,
        })) ?? [],
      slots: (result?.cut ?? []).map(({ slot, lsn }) => ({ slot, lsn })),
    },
    freeze: {
      ms: result?.freezeMs ?? null,
      replicationMs: tenth(result?.drainMs),
      oursMs: tenth(ourPart(result)),
      statements: result?.freezeRoundTrips ?? null,
      budgetMs: plan.cutover.freezeBudgetMs,
      predictedMs: evidence?.evidence.predictedFreezeMs ?? null,
      predictedRangeMs: evidence === undefined ? null : { ...evidence.evidence.predictedRangeMs },
      markerRoundTripMs: tenth(result?.roundTripMs),
      last: past.freeze === undefined ? null : { ...past.freeze, at: new Date(past.freeze.at).toISOString() },
    },
    locks: { attempts: result?.lockAttempts ?? 0, stalledMs: result?.lockStalledMs ?? 0 },
    phases: facts.phases.map((phase) => ({ ...phase })),
    sessionsEnded: result?.sessionsEnded ?? 0,
    sequencesSet: result?.sequencesSet ?? 0,
    switches: facts.switches.map(({ name, changed, detail }) => ({
      name: withoutAddresses(name),
      changed,
      detail: withoutAddresses(detail),
    })),
    stragglers: (result?.stragglers ?? []).map(({ user, application, state }) => ({
      user,
      application: withoutAddresses(application),
      state,
    })),
    wayBack: wayBackOf(facts.wayBack),
    left: (result?.left ?? []).map(withoutAddresses),
    failure:
      facts.failure === undefined
        ? null
        : { code: facts.failure.code, message: withoutAddresses(facts.failure.message) },
    standing:
      facts.standing === undefined
        ? null
        : { source: standing(facts.standing.source), target: standing(facts.standing.target) },
  }
}

/** That of the run, or where it failed the one that it has left in the deciding rows; undefined where it took none. Pure. */
export function generationOf({
  result,
  standing: now,
  order,
}: Pick<AuditFacts, 'result' | 'standing' | 'order'>): bigint | undefined {
  const rows = now === undefined ? [] : [now.source, now.target]
  const own = rows.flatMap((row) =>
    typeof row !== 'string' && row.runId === order.run.runId ? [row.generation] : [],
  )
  return result?.generation ?? own[0]
}

/** Our part of a freeze: what is not the marker's way. Undefined where either is not known. Pure. */
export function ourPart(result: Pick<CutoverResult, 'freezeMs' | 'drainMs'> | undefined): number | undefined {
  return result?.freezeMs === undefined || result.drainMs === undefined
    ? undefined
    : Math.max(0, result.freezeMs - result.drainMs)
}

function wayBackOf(state: WayBackState | undefined): CutoverAudit['wayBack'] {
  if (state === undefined) return null
  return {
    provedMs: tenth(state.provedMs),
    tasks: state.tasks.map(({ identifier, status }) => ({ identifier, status })),
    walBytes: { from: state.walBytes.from.toString(), to: state.walBytes.to.toString() },
  }
}

function standing(row: RowNow): string {
  return typeof row === 'string' ? row : `${row.phase} in generation ${row.generation}`
}

function tenth(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 10) / 10
}
