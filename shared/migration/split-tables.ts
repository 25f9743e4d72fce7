import { balance, type Work } from './balance.ts'
import type { Catalogue, CatalogueTable } from './catalogue-model.ts'
import { byTableName } from './name-order.ts'
import type { TableName } from './plan.ts'
import { ancestors } from './planned-tables.ts'
import { tableUnits, type TableUnit } from './table-units.ts'
import { tableMatcher } from './table-patterns.ts'

/** What PostgreSQL knows of a table's size and writes; bigint as text. */
export interface TableLoad extends TableName {
  /** With TOAST, without indexes. */
  readonly bytes: string
  readonly rows: string
  /** Counted since the statistics were last reset. */
  readonly inserted: string
  readonly updated: string
  readonly deleted: string
  /** For how long the writes were counted; null or left out where that is not known. */
  readonly countedSeconds?: string | null
}

export interface SplitWanted {
  /** Tasks at most. */
  readonly max: number
  /** Patterns of tables that share a task of their own. */
  readonly together: readonly (readonly string[])[]
}

export interface Split {
  /** Each planned table in exactly one; in the order of their first tables. */
  readonly groups: readonly (readonly TableName[])[]
  /** Those of them that `together` asks for. */
  readonly own: readonly (readonly TableName[])[]
  /** What a reviewer should know of it, a sentence each. Not part of the plan. */
  readonly notes: readonly string[]
}

/**
 * Spreads the planned tables over replication tasks, so that each has a like share of bytes to load and of writes to
 * carry. Tables that foreign keys join stay together; so do partitions, unless they alone are more than a fair share
 * (then transactions over several partitions come apart, which is the price of a lag that several tasks share). What
 * `together` names gets tasks of its own, foreign keys or not. The same whatever the order of what comes in. Pure.
 */
export function splitTables(
  catalogue: Pick<Catalogue, 'planned' | 'parents'>,
  loads: readonly TableLoad[],
  wanted: SplitWanted,
): Split {
  const planned = [...catalogue.planned].sort(byTableName)
  if (wanted.max === 1 || planned.length === 0) return { groups: [names(planned)], own: [], notes: [] }
  const own = ownGroups(catalogue, planned, wanted)
  const taken = new Set(own.groups.flat())
  const rest = planned.filter((table) => !taken.has(table))
  const works = workOf(rest, loads)
  const tasks = wanted.max - own.groups.length
  const units = tableUnits(catalogue, rest)
  const notes = [...own.notes, ...crossingNotes(catalogue, own.groups)]
  const items = units.flatMap((unit) => {
    const share = sum(unit.tables, works)
    const large = tasks > 1 && unit.tables.length > 1 && Math.max(share.load, share.change) > 1 / tasks
    if (!large) return [{ tables: unit.tables, work: share }]
    notes.push(largeNote(unit, share, tasks))
    if (unit.joined) return [{ tables: unit.tables, work: share }]
    return unit.tables.map((table) => ({ tables: [table], work: sum([table], works) }))
  })
  const bins = tasks < 1 ? [] : balance(items, tasks, ({ work }) => work)
  const groups = [...own.groups, ...bins.map((bin) => bin.flatMap(({ tables }) => tables))]
  return { groups: inOrder(groups), own: inOrder(own.groups), notes }
}

/** Groups that the file asks for. The last task is for all other tables; what does not fit before it joins them. */
function ownGroups(
  { parents }: Pick<Catalogue, 'parents'>,
  planned: readonly CatalogueTable[],
  { max, together }: SplitWanted,
): { groups: CatalogueTable[][]; notes: string[] } {
  const byOid = new Map(parents.map((table) => [table.oid, table]))
  const left = new Set(planned)
  const groups: CatalogueTable[][] = []
  const notes: string[] = []
  for (const [index, patterns] of together.entries()) {
    const matchers = patterns.map(tableMatcher)
    const matches = (name: TableName) => matchers.some((match) => match(name))
    const group = [...left].filter((table) => [table, ...ancestors(table, byOid)].some(matches))
    const place = `dms.tasks.together[${index}]`
    if (group.length === 0) notes.push(`\`${place}\` takes no table that another entry before it has not.`)
    else if (groups.length + (group.length < left.size ? 1 : 0) >= max)
      notes.push(`\`${place}\` has no task of its own: \`dms.tasks.max\` is ${max}.`)
    else {
      groups.push(group)
      for (const table of group) left.delete(table)
    }
  }
  return { groups, notes }
}

/** Foreign keys that lead out of a group of the file. */
function crossingNotes(
  catalogue: Pick<Catalogue, 'planned' | 'parents'>,
  groups: readonly (readonly CatalogueTable[])[],
): string[] {
  return groups.flatMap((group) => {
    const inside = new Set(group)
    const crossing = tableUnits(catalogue, catalogue.planned).filter(
      ({ tables, joined }) =>
        joined && tables.some((table) => inside.has(table)) && tables.some((table) => !inside.has(table)),
    )
    return crossing.map(
      ({ name }) =>
        `Foreign keys around ${name} lead from one task to another, as \`dms.tasks.together\` asks: until the tasks are drained the target may have rows without what they point to.`,
    )
  })
}

function largeNote({ name, tables, joined }: TableUnit, share: Work, tasks: number): string {
  const percent = `${Math.round(share.load * 100)} % of the bytes and ${Math.round(share.change * 100)} % of the writes`
  return joined
    ? `${tables.length} tables around ${name} stay in one task, since foreign keys join them: ${percent}, more than the fair share of ${tasks} tasks.`
    : `The ${tables.length} partitions of ${name} are spread over the tasks: ${percent}. A transaction that writes to several of them arrives in parts until the tasks are drained.`
}

/** Each table's share of all bytes and all writes, 0 to 1. */
function workOf(tables: readonly TableName[], loads: readonly TableLoad[]): Map<string, Work> {
  const known = new Map(loads.map((load) => [key(load), load]))
  const absolute = tables.map((table) => {
    const load = known.get(key(table))
    return {
      table,
      bytes: Number(load?.bytes ?? 0),
      writes: Number(load?.inserted ?? 0) + Number(load?.updated ?? 0) + Number(load?.deleted ?? 0),
    }
  })
  const bytes = absolute.reduce((all, one) => all + one.bytes, 0)
  const writes = absolute.reduce((all, one) => all + one.writes, 0)
  return new Map(
    absolute.map((one) => [
      key(one.table),
      {
        load: bytes === 0 ? 0 : one.bytes / bytes,
        change: writes === 0 ? 0 : one.writes / writes,
        count: 1,
      },
    ]),
  )
}

function sum(tables: readonly TableName[], works: ReadonlyMap<string, Work>): Work {
  return tables.reduce<Work>(
    (all, table) => {
      const work = works.get(key(table)) ?? { load: 0, change: 0, count: 1 }
      return { load: all.load + work.load, change: all.change + work.change, count: all.count + work.count }
    },
    { load: 0, change: 0, count: 0 },
  )
}

function inOrder(groups: readonly (readonly TableName[])[]): TableName[][] {
  return groups
    .map((group) => names([...group].sort(byTableName)))
    .filter((group) => group.length > 0)
    .sort(([a], [b]) => (a === undefined || b === undefined ? 0 : byTableName(a, b)))
}

function names(tables: readonly TableName[]): TableName[] {
  return tables.map(({ schema, table }) => ({ schema, table }))
}

function key({ schema, table }: TableName): string {
  return JSON.stringify([schema, table])
}
