import { MigrationError } from '../runtime/errors.ts'
import { sqlState } from '../postgres/session.ts'
import type { RowDifference } from './comparison.ts'
import { comparedColumns } from './row-statements.ts'
import type { SessionPair, SessionPairs } from './session-pairs.ts'
import { namedKey, type ProvenDifference } from './settler.ts'
import { differentColumns, wholeRow, type Cell } from './shown-values.ts'
import type { TableRun } from './table-run.ts'
import { toldOfError } from './told-of-error.ts'

/** Values of a row, and the version that they are of. */
interface ReadRow {
  readonly version: string
  readonly cells: readonly Cell[]
}

/**
 * Lists proven differences in their tables, with their values, up to the limit; the rest is counted. False for one whose
 * row is no longer the version that the proof is about: its values would be another row's.
 */
export function differenceTeller(options: {
  readonly pairs: SessionPairs
  readonly salt: string
  readonly masked: boolean
  readonly maxPerTable: number
}): (proven: readonly ProvenDifference[]) => Promise<readonly boolean[]> {
  const { pairs, salt, masked, maxPerTable } = options

  const tellTable = async (pair: SessionPair, run: TableRun, proven: readonly ProvenDifference[]) => {
    const told = new Set(proven.filter(({ suspect }) => run.found.has(JSON.stringify(suspect.key))))
    const fresh = proven.filter((one) => !told.has(one))
    const room = Math.max(0, maxPerTable - run.differences.length)
    const listed = fresh.slice(0, room)
    const keys = [...new Map(listed.map(({ suspect: { key } }) => [JSON.stringify(key), key])).values()]
    const [source, target] = await Promise.all([
      readRows(pair, run, 'source', keys),
      readRows(pair, run, 'target', keys),
    ])
    for (const one of listed) {
      const name = JSON.stringify(one.suspect.key)
      const [here, there] = [source.get(name), target.get(name)]
      const isSame =
        run.table.key === undefined ||
        (here?.version === one.source?.version && there?.version === one.target?.version)
      if (!isSame || run.found.has(name)) continue
      run.found.add(name)
      run.differences.push(described(run, one, here?.cells, there?.cells))
    }
    for (const { suspect } of fresh.slice(room)) run.found.add(JSON.stringify(suspect.key))
    for (const one of fresh) if (run.found.has(JSON.stringify(one.suspect.key))) told.add(one)
    run.differencesFound = run.found.size
    if (run.differences.length >= maxPerTable) run.stopped = true
    return told
  }

  const readRows = async (
    pair: SessionPair,
    run: TableRun,
    side: 'source' | 'target',
    keys: readonly (readonly string[])[],
  ): Promise<Map<string, ReadRow>> => {
    if (keys.length === 0) return new Map()
    const { text, values } = run.statements[side].values(keys, salt, masked)
    const rows = await pair[side].query<{ key: string[]; version: string; cells: Cell[][] }>(text, values)
    // Rows that share a key, where it is not unique after all, are one as they are for the proof.
    return new Map(
      [...Map.groupBy(rows, ({ key }) => JSON.stringify(key))].map(([key, same]) => {
        const versions = same.map(({ version }) => version).toSorted()
        return [key, { version: versions.join(), cells: same[0]?.cells.flat() ?? [] }]
      }),
    )
  }

  const described = (
    run: TableRun,
    { suspect, kind, source, target }: ProvenDifference,
    here: readonly Cell[] | undefined,
    there: readonly Cell[] | undefined,
  ): RowDifference => {
    const names = comparedColumns(run.table)
    const columns =
      kind === 'changed' && here !== undefined && there !== undefined
        ? differentColumns(names, here, there, masked)
        : here !== undefined
          ? wholeRow(names, here, 'source', masked)
          : wholeRow(names, there ?? [], 'target', masked)
    const key = namedKey(run, suspect.key)
    const copies = { source: source?.content ?? '0', target: target?.content ?? '0' }
    return { key, kind, columns, ...(key === undefined ? { copies } : {}) }
  }

  return async (proven) => {
    const told = new Set<ProvenDifference>()
    for (const [run, ofRun] of Map.groupBy(proven, ({ suspect }) => suspect.run)) {
      try {
        const some = await pairs.use((pair) => tellTable(pair, run, ofRun))
        for (const one of some) told.add(one)
      } catch (error) {
        if (sqlState(error) === undefined || error instanceof MigrationError) throw error
        // Proven is proven, also where the values cannot be read.
        for (const one of ofRun) {
          const { suspect, kind } = one
          const name = JSON.stringify(suspect.key)
          told.add(one)
          if (run.found.has(name)) continue
          run.found.add(name)
          if (run.differences.length < maxPerTable)
            run.differences.push({ key: namedKey(run, suspect.key), kind, columns: [] })
        }
        run.differencesFound = run.found.size
        run.failure = `values of its differences could not be read: ${toldOfError(error)}`
      }
    }
    return proven.map((one) => told.has(one))
  }
}
