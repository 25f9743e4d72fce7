import * as z from 'zod'
import { dmsControlSchema } from '../dms/task-settings.ts'
import type { Plan } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { readApplyErrorsStatement } from './statements.ts'

export interface ApplyError {
  /** `schema.table` as DMS writes it. */
  readonly table: string
  readonly reason: string
}

/** What DMS's control tables on the target say of the tasks. */
export interface ApplyErrors {
  /** Rows that could not be applied; counted up to 1,000. */
  readonly exceptions: number
  readonly exceptionExamples: readonly ApplyError[]
  readonly suspended: readonly ApplyError[]
  /** Control tables that the migration's login may not read: what is in them is not known. */
  readonly unreadable: readonly string[]
}

const found = z.object({
  count: z.number(),
  examples: z.array(z.object({ table: z.string(), reason: z.string() })).nullable(),
})

/**
 * Reads apply exceptions and suspended tables of the tasks (by external id), whenever they were written: a row that
 * was not applied stays missing after a restart of its task. A table that does not exist holds nothing: DMS makes it
 * before it writes.
 */
export async function readApplyErrors(
  target: Session,
  plan: Plan,
  externalTaskIds: readonly string[],
): Promise<ApplyErrors> {
  const rows = await target.query<{
    schema: string
    table: string
    readable: boolean
    found: string | null
  }>(readApplyErrorsStatement, [controlSchemas(plan), [...externalTaskIds]])
  const read = (table: string) =>
    rows
      .filter((row) => row.table === table && row.found !== null)
      .map((row) => found.parse(JSON.parse(row.found ?? '')))
  const exceptions = read('awsdms_apply_exceptions')
  return {
    exceptions: exceptions.reduce((sum, { count }) => sum + count, 0),
    exceptionExamples: exceptions.flatMap(({ examples }) => examples ?? []).slice(0, 20),
    suspended: read('awsdms_suspended_tables').flatMap(({ examples }) => examples ?? []),
    unreadable: rows.filter(({ readable }) => !readable).map(({ schema, table }) => `${schema}.${table}`),
  }
}

/** Where the plan's tasks keep their control tables. */
function controlSchemas(plan: Plan): string[] {
  const named = plan.tasks.map(({ settings }) => {
    const control = settings['ControlTablesSettings']
    const schema =
      typeof control === 'object' && control !== null && 'ControlSchema' in control
        ? control.ControlSchema
        : ''
    return typeof schema === 'string' && schema !== '' ? schema : 'public'
  })
  return [...new Set([...named, dmsControlSchema])]
}
