import type { Client } from 'pg'
import { isConnectionError } from './connect.ts'
import { plainText, type RowChange, type RowImage } from './decode-change.ts'
import { ConnectionFault, type ValidationState } from './job-contract.ts'
import type { Sessions } from './sessions.ts'
import type { TableProgress } from './table-state.ts'
import { plainName, type TaskContext } from './task-context.ts'
import { databaseError, isFatal } from './task-failure.ts'
import { recordFailures, type ValidationFailure } from './validation-failure.ts'
import { validationObstacle, validationQueries, type ValidationQueries } from './validation-sql.ts'
import { createWakeSignal } from './wake-signal.ts'

/** A difference counts only when it has stood unchanged this long with nothing on its way. DMS waits minutes. */
const FAILURE_DELAY_MS = 1000
const RECHECK_INTERVAL_MS = 200
const KEYS_AT_ONCE = 500

interface HashRow {
  key: string[]
  hash: string
}

interface Suspect {
  readonly key: readonly string[]
  /** both hashes, to notice that the row has changed since */
  readonly fingerprint: string
  readonly since: number
}

interface ValidatedTable {
  readonly progress: TableProgress
  readonly queries: ValidationQueries
  /** the first pass over all rows is done */
  passed: boolean
  /** changed rows and differing rows, to be looked at again */
  readonly pending: Map<string, readonly string[]>
  readonly suspects: Map<string, Suspect>
  readonly failed: Set<string>
}

export interface Validator {
  /** A table is loaded (or needs no load): validate it from the beginning. */
  add(progress: TableProgress): void
  /** A row of it was written. */
  touched(progress: TableProgress, change: RowChange): void
  /** Runs until the attempt is over; `once`: until every table that was added has had its pass. */
  run(once: boolean): Promise<void>
  wake(): void
}

/** Row validation by one pair of sessions: hashes by key pages after the load, then changed rows again and again. */
export function createValidator(
  context: TaskContext,
  options: { readonly sessions: Sessions; isOver(): boolean },
): Validator {
  const { settings, statistics } = context
  const validation = settings.ValidationSettings
  const tables = new Map<string, ValidatedTable>()
  const signal = createWakeSignal()

  function publish(table: ValidatedTable): void {
    const pending = table.pending.size
    const failed = table.failed.size
    const record = statistics.get(table.progress.route.key)
    let state: ValidationState = 'Validated'
    if (!table.passed || pending > 0) state = 'Pending records'
    else if (failed > 0) state = 'Mismatched records'
    if (
      record.ValidationState === state &&
      record.ValidationPendingRecords === pending &&
      record.ValidationFailedRecords === failed
    )
      return
    statistics.change(table.progress.route.key, {
      ValidationPendingRecords: pending,
      ValidationFailedRecords: failed,
      ValidationState: state,
    })
  }

  function compare(
    source: readonly HashRow[],
    target: readonly HashRow[],
  ): { key: readonly string[]; type: ValidationFailure['type']; fingerprint: string }[] {
    const onTarget = new Map(target.map((row) => [JSON.stringify(row.key), row]))
    const found: { key: readonly string[]; type: ValidationFailure['type']; fingerprint: string }[] = []
    for (const row of source) {
      const id = JSON.stringify(row.key)
      const other = onTarget.get(id)
      onTarget.delete(id)
      if (other?.hash === row.hash) continue
      const type = other === undefined ? 'MISSING_TARGET' : 'RECORD_DIFF'
      found.push({ key: row.key, type, fingerprint: `${row.hash} ${other?.hash ?? ''}` })
    }
    for (const row of onTarget.values())
      found.push({ key: row.key, type: 'MISSING_SOURCE', fingerprint: ` ${row.hash}` })
    return found
  }

  async function firstPass(table: ValidatedTable, source: Client, target: Client): Promise<void> {
    const { progress, queries } = table
    statistics.change(progress.route.key, { ValidationState: 'Preparing table' })
    await context.job.fault('validation:table', plainName(progress))
    let after: readonly string[] | null = null
    for (let last = false; !last && !options.isOver();) {
      const limit = validation.PartitionSize
      const here: HashRow[] = (
        await source.query<HashRow>(queries.page('source', { after, upTo: null, limit }))
      ).rows
      last = here.length < limit
      const upTo: readonly string[] | null = last ? null : (here.at(-1)?.key ?? null)
      const there = (await target.query<HashRow>(queries.page('target', { after, upTo, limit: null }))).rows
      context.meters.validatedRows.add(here.length)
      const differing = compare(here, there)
      context.meters.equalRows.add(Math.max(0, here.length - differing.length))
      for (const { key } of differing) table.pending.set(JSON.stringify(key), key)
      after = upTo
    }
    table.passed = true
    publish(table)
  }

  /** Looks at pending rows once more; what differs unchanged for long enough has failed. */
  async function recheck(
    table: ValidatedTable,
    source: Client,
    target: Client,
    final: boolean,
  ): Promise<void> {
    const quiet = final || statistics.pendingRows() === 0
    const batch = [...table.pending].slice(0, KEYS_AT_ONCE)
    const keys = batch.map(([, key]) => key)
    const here = (await source.query<HashRow>(table.queries.rows('source', keys))).rows
    const there = (await target.query<HashRow>(table.queries.rows('target', keys))).rows
    const delay = final ? 0 : Math.max(FAILURE_DELAY_MS, 2 * context.job.replicationDelayMs())
    const failures: ValidationFailure[] = []
    const differing = new Map(compare(here, there).map((found) => [JSON.stringify(found.key), found]))
    for (const [id] of batch) {
      const found = differing.get(id)
      table.pending.delete(id)
      if (found === undefined) {
        table.suspects.delete(id)
        table.failed.delete(id)
        continue
      }
      const suspect = table.suspects.get(id)
      const same = suspect?.fingerprint === found.fingerprint
      const since = same && suspect !== undefined ? suspect.since : Date.now()
      if (table.failed.has(id) && same) continue
      if (quiet && (final || same) && Date.now() - since >= delay) {
        table.failed.add(id)
        failures.push(found)
      } else table.pending.set(id, found.key)
      table.suspects.set(id, { key: found.key, fingerprint: found.fingerprint, since })
    }
    if (failures.length > 0)
      await recordFailures(context, table.progress, table.queries, failures, { source, target })
    context.meters.validatedRows.add(batch.length)
    context.meters.equalRows.add(batch.length - differing.size)
    publish(table)
    if (table.failed.size >= validation.TableFailureMaxCount) giveUp(table, 'Too many failed records')
  }

  function giveUp(table: ValidatedTable, reason: string): void {
    const { key } = table.progress.route
    tables.delete(key)
    statistics.change(key, { ValidationState: 'Error', ValidationStateDetails: reason })
    context.log({
      component: 'VALIDATOR',
      severity: 'error',
      message: `Validation of table '${plainName(table.progress)}' ended: ${reason}`,
    })
  }

  async function step(source: Client, target: Client, final: boolean): Promise<boolean> {
    let busy = false
    for (const table of tables.values()) {
      if (options.isOver()) return false
      if (table.progress.phase === 'suspended') {
        tables.delete(table.progress.route.key)
        statistics.change(table.progress.route.key, { ValidationState: 'Table error' })
        continue
      }
      try {
        if (!table.passed) await firstPass(table, source, target)
        if (table.pending.size === 0) continue
        await recheck(table, source, target, final)
        busy ||= table.pending.size > KEYS_AT_ONCE
      } catch (error) {
        if (options.isOver()) return false
        if (isConnectionError(error) || error instanceof ConnectionFault || isFatal(error)) throw error
        giveUp(table, databaseError(error))
      }
    }
    return busy
  }

  return {
    add(progress) {
      const { key } = progress.route
      const obstacle = validationObstacle(progress.route)
      if (obstacle !== null) {
        statistics.change(key, {
          ValidationState: obstacle,
          ...(obstacle === 'Error'
            ? { ValidationStateDetails: 'Unsupported key or object for validation' }
            : {}),
        })
        return
      }
      tables.set(key, {
        progress,
        queries: validationQueries(progress.route, validation),
        passed: false,
        pending: new Map(),
        suspects: new Map(),
        failed: new Set(),
      })
      statistics.change(key, {
        ValidationState: 'Pending validation',
        ValidationFailedRecords: 0,
        ValidationPendingRecords: 0,
      })
      signal.wake()
    },
    touched(progress, change) {
      const table = tables.get(progress.route.key)
      if (table === undefined) return
      for (const image of [change.before, change.after]) {
        const key = image === null ? null : keyOf(progress, image)
        if (key !== null) table.pending.set(JSON.stringify(key), key)
      }
    },
    async run(once) {
      const source = await options.sessions.open('source', 'validation')
      const target = await options.sessions.open('target', 'validation')
      await limitStatements(source, context.job.source.executeTimeoutSeconds)
      await limitStatements(target, context.job.target.executeTimeoutSeconds)
      while (!options.isOver()) {
        const busy = await step(source, target, once)
        if (once && [...tables.values()].every((table) => table.passed && table.pending.size === 0)) return
        if (!busy) await signal.wait(RECHECK_INTERVAL_MS)
      }
    },
    wake: () => signal.wake(),
  }
}

/** The endpoint's ExecuteTimeout, for each of the session's statements; 0: no limit. */
async function limitStatements(client: Client, seconds: number): Promise<void> {
  await client.query("SELECT set_config('statement_timeout', $1, false)", [String(seconds * 1000)])
}

/** The key of a row as PostgreSQL's text; null where the image lacks a part of it. */
function keyOf(progress: TableProgress, image: RowImage): string[] | null {
  const key: string[] = []
  for (const name of progress.route.keyColumns) {
    const raw = image.values[image.names.indexOf(name)]
    if (typeof raw !== 'string') return null
    const padded = progress.route.byName.get(name)?.source.baseType === 'bpchar'
    key.push(padded ? plainText(raw).replace(/ +$/, '') : plainText(raw))
  }
  return key
}
