import type { Plan, PlannedTask, TableName } from '../../shared/migration/plan.ts'
import type { TableLoad } from '../../shared/migration/split-tables.ts'
import { counted } from '../../shared/preflight/naming.ts'
import { details, table } from '../../shared/report/markdown.ts'
import { loadAssumption, predictLoad, predictionText } from './load-prediction.ts'
import { planDiagram } from './plan-diagram.ts'
import { writesPerSecond } from './write-rate.ts'

/** What a task has to do, by the statistics of the source. */
interface TaskWork {
  readonly tables: number
  readonly rows: bigint
  readonly bytes: bigint
  /** Writes since the statistics of the source were last reset. */
  readonly writes: bigint
}

/** Foreign keys between tasks may give a note for each set of tables. */
const mostNotes = 20

/** The plan to be looked at: diagram, tasks with their work, what was decided and why, every table. Pure. */
export function planPart(plan: Plan, loads: readonly TableLoad[], notes: readonly string[]): string[] {
  const known = new Map(loads.map((load) => [key(load), load]))
  const works = plan.tasks.map((task) => workOf(task, known))
  const writes = works.reduce((sum, work) => sum + work.writes, 0n)
  const rows = plan.tasks.map(({ identifier }, n) => {
    const work = works[n] ?? { tables: 0, rows: 0n, bytes: 0n, writes: 0n }
    return [
      identifier,
      String(work.tables),
      work.rows.toLocaleString('en'),
      sizeText(work.bytes),
      writes === 0n ? 'unknown' : `${((Number(work.writes) / Number(writes)) * 100).toFixed(0)} %`,
    ]
  })
  const { ranges, lobs } = plan.decisions
  return [
    '### Plan',
    planDiagram(
      plan,
      works.map(({ tables, bytes }) => `${counted(tables, 'table')}, ${sizeText(bytes)}`),
    ),
    table(['task', 'tables', 'rows (estimate)', 'size with TOAST', 'share of writes'], rows),
    ...(plan.load.by === 'dms'
      ? [`**Full load:** ${predictionText(predictLoad(plan, loads))}. ${loadAssumption}`]
      : []),
    rateText(writesPerSecond(loads)),
    ...noteLines(notes),
    `LOB columns are carried up to ${lobs.taskMaxKb} KB${
      lobs.tables.length === 0
        ? ''
        : `, those of ${counted(lobs.tables.length, 'table')} up to ${lobs.tables.length === 1 ? 'a limit' : 'limits'} of ${lobs.tables.length === 1 ? 'its' : 'their'} own`
    }; one that is longer fails its task, and is never cut in silence.`,
    details('All planned tables, the largest first', allTables(plan, known)),
    ...(ranges.length === 0
      ? []
      : [
          details(
            `Tables that are loaded in ranges (${ranges.length})`,
            table(
              ['table', 'key', 'ranges at the same time'],
              ranges.map(({ schema, table: name, columns, boundaries }) => [
                `${schema}.${name}`,
                columns.join(', '),
                String(boundaries.length + 1),
              ]),
            ),
          ),
        ]),
  ]
}

function noteLines(notes: readonly string[]): string[] {
  if (notes.length === 0) return []
  const shown = notes.slice(0, mostNotes).map((note) => `- ${note.replaceAll('<', '&lt;')}`)
  if (notes.length > mostNotes) shown.push(`- … and ${notes.length - mostNotes} more of the kind`)
  return [shown.join('\n')]
}

function rateText(rate: number | undefined): string {
  return rate === undefined
    ? '**Writes:** their rate is unknown, since PostgreSQL does not say for how long it has counted them.'
    : `**Writes:** ${Number(rate.toPrecision(2)).toLocaleString('en')} rows a second on average since the statistics were reset.`
}

function allTables(plan: Plan, known: ReadonlyMap<string, TableLoad>): string {
  const limits = new Map(plan.decisions.lobs.tables.map((one) => [key(one), `${one.maxKb} KB`]))
  const rows = plan.tasks
    .flatMap(({ identifier, tables }) =>
      tables.map((name) => ({ name, identifier, bytes: BigInt(known.get(key(name))?.bytes ?? 0) })),
    )
    .sort((a, b) => (a.bytes === b.bytes ? 0 : a.bytes < b.bytes ? 1 : -1))
    .map(({ name, identifier, bytes }) => [
      `${name.schema}.${name.table}`,
      identifier,
      known.has(key(name)) ? sizeText(bytes) : 'unknown',
      limits.get(key(name)) ?? '',
    ])
  return table(['table', 'task', 'size', 'LOB limit of its own'], rows, 500)
}

function workOf({ tables }: PlannedTask, known: ReadonlyMap<string, TableLoad>): TaskWork {
  return tables.reduce<TaskWork>(
    (sum, name) => {
      const load = known.get(key(name))
      if (load === undefined) return sum
      return {
        tables: sum.tables,
        rows: sum.rows + BigInt(load.rows),
        bytes: sum.bytes + BigInt(load.bytes),
        writes: sum.writes + BigInt(load.inserted) + BigInt(load.updated) + BigInt(load.deleted),
      }
    },
    { tables: tables.length, rows: 0n, bytes: 0n, writes: 0n },
  )
}

/** Bytes in the unit that gives few digits, in powers of 1024 as PostgreSQL writes them. */
export function sizeText(bytes: bigint): string {
  const megabytes = Number(bytes) / 1024 ** 2
  if (megabytes < 10_240) return `${megabytes.toFixed(1)} MB`
  const gigabytes = megabytes / 1024
  return gigabytes < 10_240 ? `${gigabytes.toFixed(1)} GB` : `${(gigabytes / 1024).toFixed(1)} TB`
}

function key({ schema, table: name }: TableName): string {
  return JSON.stringify([schema, name])
}
