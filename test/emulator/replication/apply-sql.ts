import type { RowChange, RowImage } from './decode-change.ts'
import type { RouteColumn, TableRoute } from './table-route.ts'

/** One row change, resolved against its table's route. Values are SQL literals or `NULL`. */
export interface RowOperation {
  readonly kind: 'insert' | 'update' | 'delete'
  readonly route: TableRoute
  /** operations with the same text differ in values only */
  readonly shape: OperationShape
  /** in the order of shape.set, then shape.where */
  readonly values: readonly string[]
  /** zero rows are no conflict: an update of the key, as DMS sends it */
  readonly zeroRowsExpected: boolean
}

export interface OperationShape {
  readonly set: readonly RouteColumn[]
  readonly where: readonly RouteColumn[]
  /** columns that must be NULL: absent from an old row under REPLICA IDENTITY FULL */
  readonly whereNull: readonly RouteColumn[]
  /** the WHERE clause may fit several equal rows, of which one is meant */
  readonly anyOne: boolean
}

/** Values that DMS's types cannot hold, or columns that the target lacks; reported like an error of the target. */
export interface RejectedOperation {
  readonly kind: RowChange['kind']
  readonly route: TableRoute
  readonly error: Error
}

/** The stream shows a column that the table did not have when the task started: its definition changed on the source. */
export class UnknownColumn extends RangeError {
  override readonly name = 'UnknownColumn'
}

export type Resolution = RowOperation | RejectedOperation | null

/**
 * Turns changes into operations, with the shapes remembered. `keyUpdates` says what an update of the key looks for.
 * Null: nothing to write (only columns that are not moved).
 */
export function createOperationResolver(
  route: TableRoute,
  keyUpdates: 'new key' | 'old key',
): (change: RowChange) => Resolution {
  const shapes = new Map<string, OperationShape>()
  const shapeIds = new WeakMap<readonly string[], number>()
  let nextId = 0

  function shapeId(names: readonly string[]): number {
    let id = shapeIds.get(names)
    if (id === undefined) {
      id = nextId
      nextId += 1
      shapeIds.set(names, id)
    }
    return id
  }

  function shape(id: string, build: () => OperationShape): OperationShape {
    let known = shapes.get(id)
    if (known === undefined) {
      known = build()
      shapes.set(id, known)
    }
    return known
  }

  function insert(after: RowImage): RowOperation {
    const known = shape(`i${shapeId(after.names)}`, () => ({
      set: moved(route, after.names),
      where: [],
      whereNull: [],
      anyOne: false,
    }))
    return {
      kind: 'insert',
      route,
      shape: known,
      values: literals(known.set, after),
      zeroRowsExpected: true,
    }
  }

  function whereOf(image: RowImage): OperationShape {
    const keys = route.keyColumns.flatMap((name) => route.byName.get(name) ?? [])
    const byKey = keys.length > 0 && keys.every((column) => image.names.includes(column.source.name))
    const where = byKey ? keys : moved(route, image.names)
    const whereNull = byKey ? [] : route.columns.filter((column) => !image.names.includes(column.source.name))
    return { set: [], where, whereNull, anyOne: !byKey }
  }

  function remove(before: RowImage): RowOperation {
    const known = shape(`d${shapeId(before.names)}`, () => whereOf(before))
    return {
      kind: 'delete',
      route,
      shape: known,
      values: literals(known.where, before),
      zeroRowsExpected: false,
    }
  }

  function update(before: RowImage | null, after: RowImage): Resolution {
    const keyChanged = before !== null && route.keyColumns.length > 0 && keyDiffers(route, before, after)
    const finder =
      before !== null && (route.keyColumns.length === 0 || (keyChanged && keyUpdates === 'old key'))
        ? before
        : after
    const unchanged = after.values.map((value) => (value === undefined ? 'u' : '')).join(',')
    const id = `u${shapeId(after.names)}/${shapeId(finder.names)}/${keyChanged}/${unchanged}`
    const known = shape(id, () => ({
      ...whereOf(finder),
      set: moved(route, after.names).filter(
        (column) =>
          (keyChanged || !column.isKey) &&
          after.values[after.names.indexOf(column.source.name)] !== undefined,
      ),
    }))
    if (known.set.length === 0) return null
    return {
      kind: 'update',
      route,
      shape: known,
      values: [...literals(known.set, after), ...literals(known.where, finder)],
      zeroRowsExpected: keyChanged && keyUpdates === 'new key',
    }
  }

  return (change) => {
    try {
      if (change.kind === 'insert') return change.after === null ? null : insert(change.after)
      if (change.kind === 'delete') return change.before === null ? null : remove(change.before)
      return change.after === null ? null : update(change.before, change.after)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return { kind: change.kind, route, error }
    }
  }
}

function moved(route: TableRoute, names: readonly string[]): RouteColumn[] {
  const known = route.selected.source.columns
  const unknown = names.find((name) => !known.some((column) => column.name === name))
  if (unknown !== undefined)
    throw new UnknownColumn(
      `Table ${route.key}: column '${unknown}' is not in the table definition of the task`,
    )
  return names.flatMap((name) => route.byName.get(name) ?? [])
}

function keyDiffers(route: TableRoute, before: RowImage, after: RowImage): boolean {
  return route.keyColumns.some((name) => {
    const old = before.values[before.names.indexOf(name)]
    return old !== undefined && old !== after.values[after.names.indexOf(name)]
  })
}

function literals(columns: readonly RouteColumn[], image: RowImage): string[] {
  const { names, values } = image
  return columns.map((column, index) => {
    // Almost always the columns stand in the stream's order.
    const position = names[index] === column.source.name ? index : names.indexOf(column.source.name)
    const value = values[position]
    return value === null || value === undefined ? 'NULL' : column.convert(value)
  })
}

/** The statement of one operation, with `$n` or literals in the places of the values. */
export function operationSql(operation: RowOperation, value: (index: number) => string): string {
  const { route, shape } = operation
  const target = route.targetSql
  if (operation.kind === 'insert') {
    const columns = shape.set.map((column) => column.targetSql).join(', ')
    if (shape.set.length === 0) return `INSERT INTO ${target} DEFAULT VALUES`
    return `INSERT INTO ${target} (${columns})${overriding(route)} VALUES (${shape.set.map((_, index) => value(index)).join(', ')})`
  }
  const condition = whereSql(operation, (index) => value(shape.set.length + index))
  if (operation.kind === 'delete') return `DELETE FROM ${target} WHERE ${condition}`
  const set = shape.set.map((column, index) => `${column.targetSql} = ${value(index)}`).join(', ')
  return `UPDATE ${target} SET ${set} WHERE ${condition}`
}

function whereSql(operation: RowOperation, value: (index: number) => string): string {
  const { route, shape } = operation
  const parts = shape.where.map((column, index) => {
    if (operation.values[shape.set.length + index] === 'NULL') return `${column.targetSql} IS NULL`
    return column.comparable
      ? `${column.targetSql} = ${value(index)}`
      : `${column.targetSql}::text = ${value(index)}`
  })
  parts.push(...shape.whereNull.map((column) => `${column.targetSql} IS NULL`))
  const condition = parts.length === 0 ? 'true' : parts.join(' AND ')
  return shape.anyOne ? `ctid = (SELECT ctid FROM ${route.targetSql} WHERE ${condition} LIMIT 1)` : condition
}

function overriding(route: TableRoute): string {
  return route.overridesIdentity ? ' OVERRIDING SYSTEM VALUE' : ''
}

/** One statement for several operations of one shape; the keys of updates and deletes must differ from each other. */
export function runSql(operations: readonly RowOperation[]): string {
  const first = operations[0]
  if (first === undefined) throw new Error('An empty run has no statement.')
  const { route, shape } = first
  if (first.kind === 'insert') {
    const columns = shape.set.map((column) => column.targetSql).join(', ')
    const rows = operations.map((operation) => `(${operation.values.join(', ')})`).join(', ')
    return `INSERT INTO ${route.targetSql} (${columns})${overriding(route)} VALUES ${rows}`
  }
  const all = [...shape.set, ...shape.where]
  const names = all.map((_, index) => `v${index}`)
  const cast = (index: number): string => `v.v${index}::${all[index]?.castType ?? 'text'}`
  // The first row is typed text, so that a column of NULLs has a type as well.
  const rows = operations.map((operation, row) =>
    row === 0
      ? `(${operation.values.map((value) => `${value}::text`).join(', ')})`
      : `(${operation.values.join(', ')})`,
  )
  const source = `(VALUES ${rows.join(', ')}) AS v(${names.join(', ')})`
  const condition = shape.where
    .map((column, index) => `t.${column.targetSql} = ${cast(shape.set.length + index)}`)
    .join(' AND ')
  if (first.kind === 'delete') return `DELETE FROM ${route.targetSql} AS t USING ${source} WHERE ${condition}`
  const set = shape.set.map((column, index) => `${column.targetSql} = ${cast(index)}`).join(', ')
  return `UPDATE ${route.targetSql} AS t SET ${set} FROM ${source} WHERE ${condition}`
}

/** Splits operations into runs that one statement can carry, in order; a run never holds one key twice. */
export function splitRuns(
  operations: readonly RowOperation[],
  limits: { rows: number; bytes: number },
): RowOperation[][] {
  const runs: RowOperation[][] = []
  let run: RowOperation[] = []
  let keys = new Set<string>()
  let bytes = 0
  for (const operation of operations) {
    const previous = run[0]
    const key =
      operation.kind === 'insert' ? null : operation.values.slice(operation.shape.set.length).join(',')
    const joins =
      previous !== undefined &&
      previous.shape === operation.shape &&
      previous.kind === operation.kind &&
      previous.zeroRowsExpected === operation.zeroRowsExpected &&
      !operation.shape.anyOne &&
      operation.shape.set.length + operation.shape.where.length > 0 &&
      run.length < limits.rows &&
      bytes < limits.bytes &&
      (key === null || !keys.has(key))
    if (!joins && run.length > 0) {
      runs.push(run)
      run = []
      keys = new Set()
      bytes = 0
    }
    run.push(operation)
    if (key !== null) keys.add(key)
    for (const value of operation.values) bytes += value.length
  }
  if (run.length > 0) runs.push(run)
  return runs
}
