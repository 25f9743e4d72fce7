import type { LobDecision } from './lob-decision.ts'
import type { Plan, TableName } from './plan.ts'

/** A large table that is loaded in ranges of a key (DMS User Guide, Table settings, parallel load). */
export interface LoadRanges extends TableName {
  readonly columns: readonly string[]
  /** Upper boundaries in order, one value per column; values as text. */
  readonly boundaries: readonly (readonly string[])[]
}

/**
 * What was decided from measurements (sizes, write rates, LOB maxima). Under live writes a second measurement may lead
 * elsewhere, so preflight gives these to the actions after it; they are part of the plan and so of its digest.
 */
export interface PlanDecisions {
  readonly lobs: LobDecision
  /** The planned tables, each in one group; one group is one replication task. */
  readonly groups: readonly (readonly TableName[])[]
  readonly ranges: readonly LoadRanges[]
}

/** Decisions that need no measurement but the LOB limit of the tasks: one task, no table apart from the others. */
export function plainDecisions(planned: readonly TableName[], taskMaxKb: number): PlanDecisions {
  return {
    lobs: { taskMaxKb, tables: [] },
    groups: [planned.map(({ schema, table }) => ({ schema, table }))],
    ranges: [],
  }
}

/** The decisions that a plan rests on: with them the same file and catalogue give the same plan again. */
export function decisionsOf(plan: Plan): PlanDecisions {
  return { ...plan.decisions, groups: plan.tasks.map(({ tables }) => tables) }
}
