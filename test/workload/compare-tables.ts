import { digestTable, listTables, readRows } from './judged-database.ts'
import type { JudgedDatabase } from './judged-database.ts'
import { findMismatches } from './row-check.ts'
import type { Exclusions, TableShape } from './row-check.ts'

/** Rows of all tables but shop.writes that differ, as words for people; `exclusions` may differ rightly. */
export async function compareTables(
  source: JudgedDatabase,
  target: JudgedDatabase,
  exclusions: Exclusions,
): Promise<string[]> {
  const [tables, others] = await both(source, target, listTables)
  const shapes = new Map(others.map((table) => [`${table.schema}.${table.name}`, table]))
  const found: string[] = []
  for (const table of tables) {
    const name = `${table.schema}.${table.name}`
    const shape = shapes.get(name)
    if (shape === undefined || !sameColumns(table, shape)) {
      found.push(
        `${name}: ${shape === undefined ? 'missing on the target' : 'has other columns on the target'}`,
      )
    } else if (name !== 'shop.writes') {
      found.push(...(await compareTable(source, target, table, exclusions)))
    }
  }
  return found
}

async function compareTable(
  source: JudgedDatabase,
  target: JudgedDatabase,
  table: TableShape,
  exclusions: Exclusions,
): Promise<string[]> {
  // One digest for the whole table is cheaper, but of no use where the target's own transactions have written.
  if (!exclusions.touched.has(table.root) && !table.columns.includes('writer')) {
    const [left, right] = await both(source, target, (side) => digestTable(side, table))
    if (left === right) return []
  }
  const [sourceRows, targetRows] = await both(source, target, (side) => readRows(side, table))
  return findMismatches(table, sourceRows, targetRows, exclusions)
}

function sameColumns(table: TableShape, other: TableShape): boolean {
  return table.columns.join('\n') === other.columns.join('\n')
}

/** Asks both sides at once. */
export async function both<Result>(
  source: JudgedDatabase,
  target: JudgedDatabase,
  read: (database: JudgedDatabase) => Promise<Result>,
): Promise<[Result, Result]> {
  return Promise.all([read(source), read(target)])
}
