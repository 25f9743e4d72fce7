import type { Client, QueryResult } from 'pg'
import { operationSql, runSql, splitRuns, type RowOperation } from './apply-sql.ts'
import { isConnectionError } from './connect.ts'
import { createStatementCache } from './statement-cache.ts'
import { sqlState } from './task-failure.ts'

/** A statement to be sent, with the rows that it should touch (null: any number). */
interface Step {
  readonly sql: string
  readonly extra: number
  readonly expectedRows: number | null
}

/** An operation that the target refused, or that found no row. */
export interface FailedOperation {
  readonly operation: RowOperation
  readonly statement: string
  /** null: no row was found */
  readonly error: Error | null
}

export interface FailureHandler {
  /**
   * What to do about a failed operation: carry on, having run `sql` in the same transaction (`repaired`: it counts as
   * applied then), or give up by throwing.
   */
  decide(failure: FailedOperation): { readonly sql: readonly string[]; readonly repaired: boolean }
  /** True when the operation's table was suspended by an earlier failure. */
  skips(operation: RowOperation): boolean
}

/** Statements that stand alone (a TRUNCATE, a row for the exceptions table), then operations; parts keep their order. */
export interface BatchPart {
  readonly statements: readonly string[]
  readonly operations: readonly RowOperation[]
}

export interface ApplyBatch {
  readonly parts: readonly BatchPart[]
  /** sent at the end of the same target transaction: the position */
  readonly after: { readonly text: string; readonly literals: readonly string[] }
}

export interface ApplyResult {
  readonly failed: readonly FailedOperation[]
}

export interface ApplySession {
  /** Applies a batch in one target transaction. Rows that fail go to the handler, one by one; the others are kept. */
  apply(batch: ApplyBatch, handler: FailureHandler): Promise<ApplyResult>
}

const RUN_LIMITS = { rows: 500, bytes: 500_000 }
const MESSAGE_BYTES = 1_000_000
/** from this many rows on, one statement with VALUES is cheaper than prepared ones */
const SMALLEST_VALUES_RUN = 4
const RETRIED_STATES = new Set(['40P01', '40001', '55P03'])
const RETRIES = 5

/** Planner settings for single-row look-ups by key: a fresh table without statistics must not be scanned. */
const SESSION_SETTINGS = 'SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off'

class CountMismatch extends Error {
  override readonly name = 'CountMismatch'
}

/** Prepares a target session for applying. The session must not be used for anything else. */
export async function openApplySession(client: Client, statementCacheSize: number): Promise<ApplySession> {
  await client.query(SESSION_SETTINGS)
  const cache = createStatementCache(statementCacheSize)

  function stepsOf(operations: readonly RowOperation[]): Step[] {
    const steps: Step[] = []
    for (const run of splitRuns(operations, RUN_LIMITS)) {
      const first = run[0]
      if (first === undefined) continue
      if (run.length >= SMALLEST_VALUES_RUN) {
        steps.push({ sql: runSql(run), extra: 0, expectedRows: expectedRows(first, run.length) })
        continue
      }
      for (const operation of run) {
        const step = first.shape.anyOne
          ? { sql: plainSql(operation), extra: 0 }
          : cache.execute(
              operationSql(operation, (index) => `$${index + 1}`),
              operation.values,
            )
        steps.push({ ...step, expectedRows: expectedRows(operation, 1) })
      }
    }
    return steps
  }

  /** Sends steps in as few messages as possible and compares row counts. */
  async function send(steps: readonly Step[]): Promise<void> {
    let texts: string[] = []
    let sent: Step[] = []
    let bytes = 0
    const flush = async (): Promise<void> => {
      if (texts.length === 0) return
      const answer: QueryResult | QueryResult[] = await client.query(texts.join('; '))
      const results = Array.isArray(answer) ? answer : [answer]
      let index = 0
      for (const step of sent) {
        index += step.extra
        const rows = results[index]?.rowCount ?? 0
        if (step.expectedRows !== null && rows !== step.expectedRows)
          throw new CountMismatch(`${rows} rows instead of ${step.expectedRows}`)
        index += 1
      }
      texts = []
      sent = []
      bytes = 0
    }
    for (const step of steps) {
      texts.push(step.sql)
      sent.push(step)
      bytes += step.sql.length
      if (bytes >= MESSAGE_BYTES) await flush()
    }
    await flush()
  }

  const plainStep = (sql: string): Step => ({ sql, extra: 0, expectedRows: null })

  function lastSteps(batch: ApplyBatch): Step[] {
    return [
      { ...cache.execute(batch.after.text, batch.after.literals), expectedRows: null },
      plainStep('COMMIT'),
    ]
  }

  async function fast(batch: ApplyBatch): Promise<void> {
    const steps = [plainStep('BEGIN')]
    for (const part of batch.parts) steps.push(...part.statements.map(plainStep), ...stepsOf(part.operations))
    // Counts must be known before the commit; without counts everything goes in one message.
    if (steps.some((step) => step.expectedRows !== null)) {
      await send(steps)
      await send(lastSteps(batch))
    } else await send([...steps, ...lastSteps(batch)])
  }

  async function rollBack(): Promise<void> {
    await client.query(`ROLLBACK; ${cache.reset()}`)
  }

  /** One run or one row inside a savepoint; true when it touched what it should. */
  async function attempt(sql: string, expected: number | null): Promise<Error | 'done' | 'no row'> {
    await client.query('SAVEPOINT dms_row')
    try {
      const result = await client.query(sql)
      if (expected === null || result.rowCount === expected) {
        await client.query('RELEASE SAVEPOINT dms_row')
        return 'done'
      }
    } catch (error) {
      if (isConnectionError(error) || !(error instanceof Error)) throw error
      await client.query('ROLLBACK TO SAVEPOINT dms_row')
      return error
    }
    await client.query('ROLLBACK TO SAVEPOINT dms_row')
    return 'no row'
  }

  async function slow(batch: ApplyBatch, handler: FailureHandler): Promise<ApplyResult> {
    const failed: FailedOperation[] = []
    await client.query('BEGIN; SET CONSTRAINTS ALL IMMEDIATE')
    for (const part of batch.parts) {
      for (const sql of part.statements) await client.query(sql)
      for (const run of splitRuns(part.operations, RUN_LIMITS)) await slowRun(run, handler, failed)
    }
    await send(lastSteps(batch))
    return { failed }
  }

  /** A run as one statement where it passes, else row by row. */
  async function slowRun(
    run: readonly RowOperation[],
    handler: FailureHandler,
    failed: FailedOperation[],
  ): Promise<void> {
    const first = run[0]
    if (first === undefined) return
    const whole = run.length > 1 && !first.shape.anyOne && !handler.skips(first)
    if (whole && (await attempt(runSql(run), expectedRows(first, run.length))) === 'done') return
    for (const operation of run) {
      const statement = plainSql(operation)
      if (handler.skips(operation)) {
        failed.push({ operation, statement, error: null })
        continue
      }
      const outcome = await attempt(statement, expectedRows(operation, 1))
      if (outcome === 'done') continue
      const failure = { operation, statement, error: outcome === 'no row' ? null : outcome }
      const answer = handler.decide(failure)
      for (const sql of answer.sql) await client.query(sql)
      if (!answer.repaired) failed.push(failure)
    }
  }

  return {
    async apply(batch, handler) {
      for (let retries = 0; ; retries += 1) {
        try {
          await fast(batch)
          return { failed: [] }
        } catch (error) {
          if (isConnectionError(error)) throw error
          await rollBack()
          if (RETRIED_STATES.has(sqlState(error)) && retries < RETRIES) continue
          if (sqlState(error) === '' && !(error instanceof CountMismatch)) throw error
        }
        try {
          return await slow(batch, handler)
        } catch (error) {
          if (isConnectionError(error)) throw error
          await rollBack()
          if (RETRIED_STATES.has(sqlState(error)) && retries < RETRIES) continue
          throw error
        }
      }
    },
  }
}

function plainSql(operation: RowOperation): string {
  return operationSql(operation, (index) => operation.values[index] ?? 'NULL')
}

/** Inserts are not counted: a trigger or rule of the target may swallow them. */
function expectedRows(operation: RowOperation, rows: number): number | null {
  return operation.kind === 'insert' || operation.zeroRowsExpected ? null : rows
}
