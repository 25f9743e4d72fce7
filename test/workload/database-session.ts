import { readFileSync, readdirSync } from 'node:fs'
import { Client, DatabaseError } from 'pg'
import type { ClientConfig, QueryResult, QueryResultRow } from 'pg'

/** What went wrong, as the ledger names it. */
export interface Failure {
  /** the SQLSTATE, else the system's or the SDK's name of the error */
  readonly code: string
  /** the session cannot be used any more, or is refused what it is for: connect anew */
  readonly reconnect: boolean
  /** the server itself said that the transaction is gone */
  readonly rolledBack: boolean
}

/** One connection of the application. Statements are the files in statements/, prepared under their own names. */
export interface DatabaseSession {
  run<Row extends QueryResultRow>(statement: string, values: unknown[]): Promise<QueryResult<Row>>
  /** BEGIN, COMMIT, ROLLBACK; gives the command that the server says it did */
  command(command: 'BEGIN' | 'COMMIT' | 'ROLLBACK'): Promise<string>
  describe(error: unknown): Failure
  /** Ends the connection at once, also in the middle of a statement. */
  close(): void
}

/** Error classes after which an application rolls back and goes on with the same session: data, integrity, rollback, locks. */
const GOES_ON = /^(22|23|40|55P03|57014)/

const statements = new Map(
  readdirSync(new URL('./statements/', import.meta.url)).map((file) => [
    file.replace(/\.sql$/, ''),
    readFileSync(new URL(`./statements/${file}`, import.meta.url), 'utf8'),
  ]),
)

/** Connects within two seconds, or fails. */
export async function openSession(config: ClientConfig, applicationName: string): Promise<DatabaseSession> {
  const client = new Client({
    ...config,
    application_name: applicationName,
    connectionTimeoutMillis: 2000,
    keepAlive: true,
  })
  let lostBy: Error | undefined
  client.on('error', (error) => {
    lostBy ??= error
  })
  try {
    await client.connect()
  } catch (error) {
    void client.end()
    throw error
  }
  return {
    run(statement, values) {
      const text = statements.get(statement)
      if (text === undefined) throw new Error(`there is no statements/${statement}.sql`)
      return client.query({ name: statement, text, values })
    },
    async command(command) {
      const result = await client.query(command)
      return result.command
    },
    describe(error) {
      // After the loss of an idle session the next query reports only that it is gone; the event before it knew why.
      return describeFailure(
        lostBy !== undefined && !(error instanceof DatabaseError) ? lostBy : error,
        lostBy !== undefined,
      )
    },
    close() {
      void client.end()
    },
  }
}

/** Reads an error of pg, the network or the SDK. */
export function describeFailure(error: unknown, sessionLost: boolean): Failure {
  if (error instanceof DatabaseError) {
    const code = error.code ?? 'no-sqlstate'
    // A backend that is ended (FATAL) while it answers COMMIT may have committed; only a plain ERROR says that it did not.
    const plain = error.severity === 'ERROR'
    return { code, reconnect: sessionLost || !plain || !GOES_ON.test(code), rolledBack: plain }
  }
  if (!(error instanceof Error)) return { code: 'unknown', reconnect: true, rolledBack: false }
  if ('code' in error && typeof error.code === 'string')
    return { code: error.code, reconnect: true, rolledBack: false }
  const code =
    error.name === 'Error' && /terminated|not queryable|timeout/i.test(error.message)
      ? 'connection-lost'
      : error.name
  return { code, reconnect: true, rolledBack: false }
}
