import { workflowRun } from '../github/run.ts'
import { quoted } from '../migration/identifier.ts'
import { MigrationError } from '../runtime/errors.ts'
import type { Session } from '../postgres/session.ts'
import { inTransaction, journal } from '../target/database-change.ts'
import type { CleanupStep } from './cleanup-step.ts'
import { readDroppableFunctionsStatement, readSavedKindsStatement } from './statements.ts'
import type { CleanupWork, OpenDatabase } from './work.ts'

/** Comment of a control schema that only remembers: prepare-target makes the rest anew where it finds this. */
export const remembersMark = 'aurora-migration-actions: what cleanup has kept'

/** The audit: who decided what, on which plan and evidence. A few rows, and the plan. */
const audit = ['decision', 'journal', 'plan', 'evidence']

/** Kinds of saved_state with something to delete, or to put back beyond this database: while one is there the schema stays. */
const outside = ['aws', 'dms-grant', 'replica-role']

/** Those of what was set aside in a database: one that stays closed keeps them saved, for whoever may want to know. */
const inside = ['guard', 'not-null', 'foreign-key', 'index', 'post-data', 'trigger', 'autovacuum']

/** How much of a side's control schema goes. */
export interface ControlPlan {
  /** Nothing of it: the target's guard rests on it. */
  readonly stays: boolean
  /** Tables that stay, with this migration's rows. */
  readonly keeps: readonly string[]
  readonly drops: readonly string[]
  readonly routines: readonly string[]
  /** Nothing is kept, and no other migration needs it. */
  readonly whole: boolean
  /** Sentences on why something stays. */
  readonly because: readonly string[]
}

/** What is to become of a side's control schema. */
export async function planControl(
  work: CleanupWork,
  { session, sight }: OpenDatabase,
  options: { readonly keepJournal: boolean; readonly lift: boolean },
): Promise<ControlPlan> {
  const { side } = sight
  const nothing = { stays: true, keeps: sight.controlTables, drops: [], routines: [], whole: false }
  if (!sight.control) return { ...nothing, because: [] }
  if (side === 'target' && work.stage.guarded && !options.lift)
    return {
      ...nothing,
      because: [
        'the target stays closed, and all that is needed to open it (`lift-guard: true`) is in aurora_migration',
      ],
    }
  const fenced = work.stage.fenced === side
  const because: string[] = []
  if (fenced)
    because.push(
      `the fence of the ${side} stays: its decision, the function that its triggers run, and how its rights were before; this database must never take writes again`,
    )
  const aside = inside.flatMap((kind) => {
    const count = sight.saved.get(kind)
    return count === undefined ? [] : [`${kind} (${count})`]
  })
  if (fenced && aside.length > 0)
    because.push(
      `what was set aside on the ${side} for the tasks that wrote there stays so, and is saved: ${aside.join(', ')}`,
    )
  if (!fenced && options.keepJournal)
    because.push(
      `decision, journal, plan and evidence stay on the ${side}: a workflow that is run again by mistake is refused by them`,
    )
  const shared = sight.others.length > 0
  if (shared)
    because.push(
      `the ${side} also has the migrations ${sight.others.join(', ')}: their part of aurora_migration stays`,
    )
  const keeps = fenced ? [...audit, 'saved_state'] : options.keepJournal ? audit : []
  if (shared) return { stays: false, keeps, drops: [], routines: [], whole: false, because }
  const routines = await session.query<{ function: string; needed: boolean }>(readDroppableFunctionsStatement)
  const needed = routines.filter((one) => one.needed).map((one) => one.function)
  if (needed.length > 0 && !fenced)
    because.push(
      `triggers on the ${side} run ${needed.join(', ')}: these stay (see preflight's finding leftover-fence)`,
    )
  return {
    stays: false,
    keeps: keeps.filter((table) => sight.controlTables.includes(table)),
    drops: sight.controlTables.filter((table) => !keeps.includes(table)),
    routines: routines.filter((one) => !one.needed).map((one) => one.function),
    whole: keeps.length === 0 && needed.length === 0,
    because,
  }
}

/** Whether a former cleanup has done all of that already. */
function isDone({ sight }: OpenDatabase, plan: ControlPlan): boolean {
  if (plan.stays) return true
  if (sight.others.length > 0)
    return plan.keeps.length > 0 ? sight.said.cleaned !== undefined : sight.journal.length === 0
  return plan.drops.length === 0 && plan.routines.length === 0 && !plan.whole
}

/**
 * Takes the control schema of a side away, as far as the plan says, in one transaction. Never by CASCADE: whatever somebody has
 * made to rest on it, a fence above all, makes PostgreSQL refuse. Comes after everything that could fail.
 */
export function controlStep(
  work: CleanupWork,
  database: OpenDatabase,
  plan: ControlPlan,
  after: readonly string[],
): CleanupStep | undefined {
  if (isDone(database, plan)) return undefined
  const { session, sight } = database
  const { name } = work.migration
  const statements = statementsOf(plan)
  return {
    id: `control schema ${sight.side}`,
    where: sight.side,
    title: plan.whole
      ? 'drop the control schema aurora_migration'
      : 'remove from the control schema all that is not to be remembered',
    commands:
      sight.others.length > 0 ? [`delete from aurora_migration.… where migration = '${name}'`] : statements,
    after,
    perform: async () => {
      await demandNothingOpen(session, name, {
        side: sight.side,
        kinds: work.stage.fenced === sight.side ? outside : [...outside, ...inside],
      })
      await inTransaction(session, { side: sight.side, title: 'remove the control schema' }, async () => {
        const fenced = work.stage.fenced === sight.side
        if (sight.others.length > 0) await deleteRows(session, sight.controlTables, plan.keeps, name)
        else if (statements.length > 0) await session.query(statements.join(';\n'))
        if (plan.whole) return
        if (plan.keeps.includes('journal'))
          await journal(
            session,
            { migration: name, run: workflowRun(), log: work.context.log },
            'cleaned-up',
            {
              when: work.when,
              fenced,
            },
          )
      })
    },
  }
}

function statementsOf(plan: ControlPlan): string[] {
  return [
    ...(plan.drops.length === 0
      ? []
      : [`drop table ${plan.drops.map((table) => `aurora_migration.${quoted(table)}`).join(', ')}`]),
    ...(plan.routines.length === 0 ? [] : [`drop routine ${plan.routines.join(', ')}`]),
    plan.whole ? 'drop schema aurora_migration' : `comment on schema aurora_migration is '${remembersMark}'`,
  ]
}

/** With other migrations in the same schema: our rows go, in the tables that name a migration. */
async function deleteRows(
  session: Session,
  tables: readonly string[],
  keeps: readonly string[],
  migration: string,
): Promise<void> {
  const named = await session.query<{ table: string }>(
    `select c.relname::text as "table" from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'aurora_migration'::regnamespace and c.relkind = 'r' and a.attname = 'migration' and not a.attisdropped`,
  )
  for (const { table } of named)
    if (tables.includes(table) && !keeps.includes(table))
      await session.query(`delete from aurora_migration.${quoted(table)} where migration = $1`, [migration])
}

async function demandNothingOpen(
  session: Session,
  migration: string,
  { side, kinds: open }: { readonly side: string; readonly kinds: readonly string[] },
): Promise<void> {
  const [there] = await session.query<{ there: boolean }>(
    "select to_regclass('aurora_migration.saved_state') is not null as there",
  )
  if (there?.there !== true) return
  const kinds = await session.query<{ kind: string; count: number }>(readSavedKindsStatement, [migration])
  const left = kinds.filter(({ kind }) => open.includes(kind))
  if (left.length === 0) return
  throw new MigrationError(
    'precondition',
    `something is still to be put back or removed: ${left.map(({ kind, count }) => `${kind} (${count})`).join(', ')}`,
    {
      remedy: `See aurora_migration.saved_state on the ${side}. What belongs to the load is put back by finish-target, what belongs to the opening by cutover; then run cleanup again.`,
    },
  )
}
