import { readFileSync } from 'node:fs'
import { Client, escapeIdentifier, escapeLiteral } from 'pg'
import type { RowDigest, TableShape } from './row-check.ts'
import { SAMPLE_SCHEMAS } from './sample-layout.ts'
import type { SequenceState } from './sequence-check.ts'
import type { WriteRow } from './write-check.ts'

/** What the judge reads of one side, as a superuser whom no fence or guard stops. */
export interface JudgedDatabase {
  readonly client: Client
  /** `<cluster_name>:<port>`, as in the ledger */
  readonly server: string
  close(): Promise<void>
}

const sql = {
  identity: readSql('server-identity'),
  writes: readSql('read-writes'),
  tables: readSql('list-tables'),
  sequences: readSql('list-sequences'),
  numberedTables: readSql('list-numbered-tables'),
}

function readSql(name: string): string {
  return readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8')
}

/** Connects and sets everything that the text of a row depends on. */
export async function openJudged(url: string): Promise<JudgedDatabase> {
  const client = new Client({ connectionString: url, application_name: 'judge' })
  client.on('error', () => {}) // the running query reports the loss of the connection
  await client.connect()
  await client.query(
    `SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET bytea_output = 'hex'; SET extra_float_digits = 1; SET search_path = pg_catalog`,
  )
  const { rows } = await client.query<{ server: string }>(sql.identity)
  return { client, server: rows[0]?.server ?? '', close: () => client.end() }
}

/** All rows of shop.writes. */
export async function readWrites(database: JudgedDatabase): Promise<WriteRow[]> {
  const { rows } = await database.client.query<{
    writer: string
    seq: string
    made_at_ms: number
    digest: string
  }>(sql.writes)
  return rows.map((row) => ({
    writer: row.writer,
    seq: row.seq,
    madeAtMs: row.made_at_ms,
    digest: row.digest,
  }))
}

/** The same of a database that may have no schema yet. */
export async function readWritesIfAny(database: JudgedDatabase): Promise<WriteRow[]> {
  const { rows } = await database.client.query<{ there: boolean }>(
    "SELECT to_regclass('shop.writes') IS NOT NULL AS there",
  )
  return rows[0]?.there === true ? readWrites(database) : []
}

/** The sample's tables that hold rows. */
export async function listTables(database: JudgedDatabase): Promise<TableShape[]> {
  const { rows } = await database.client.query<TableShape & Record<string, unknown>>(sql.tables, [
    SAMPLE_SCHEMAS,
  ])
  return rows
}

/** Number of rows and one sum over them all: equal on both sides means equal tables. */
export async function digestTable(database: JudgedDatabase, table: TableShape): Promise<string> {
  const { rows } = await database.client.query<{ digest: string }>(
    `SELECT count(*) || ' ' || coalesce(sum(('x' || left(md5(${rowText(table)}), 15))::bit(60)::bigint), 0) AS digest FROM ONLY ${tableName(table)}`,
  )
  return rows[0]?.digest ?? ''
}

/** Every row of a table by its digest. */
export async function readRows(database: JudgedDatabase, table: TableShape): Promise<RowDigest[]> {
  const key =
    table.key.length === 0
      ? 'NULL'
      : `concat_ws('|', ${table.key.map((column) => `${escapeIdentifier(column)}::text`).join(', ')})`
  const write =
    table.columns.includes('writer') && table.columns.includes('seq') ? `writer || '#' || seq` : 'NULL'
  const { rows } = await database.client.query<{ key: string | null; write: string | null; digest: string }>(
    `SELECT ${key} AS key, ${write} AS write, md5(${rowText(table)}) AS digest FROM ONLY ${tableName(table)}`,
  )
  return rows
}

/** All sequences of the sample, with `is_called`, which pg_sequences hides. */
export async function readSequences(database: JudgedDatabase): Promise<SequenceState[]> {
  const { rows: listed } = await database.client.query<{
    schema: string
    name: string
    start: string
    increment: string
  }>(sql.sequences, [SAMPLE_SCHEMAS])
  if (listed.length === 0) return []
  const { rows: states } = await database.client.query<{ name: string; last: string; is_called: boolean }>(
    listed
      .map(
        ({ schema, name }) =>
          `SELECT ${escapeLiteral(`${schema}.${name}`)} AS name, last_value AS last, is_called FROM ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
      )
      .join(' UNION ALL '),
  )
  const stateOf = new Map(states.map((state) => [state.name, state]))
  return listed.flatMap((sequence) => {
    const name = `${sequence.schema}.${sequence.name}`
    const state = stateOf.get(name)
    if (state === undefined) return []
    return [
      {
        name,
        start: BigInt(sequence.start),
        increment: BigInt(sequence.increment),
        last: BigInt(state.last),
        isCalled: state.is_called,
      },
    ]
  })
}

/** Sequence → values in the columns that sequences fill, of rows which the given transactions inserted. */
export async function readNumbers(
  database: JudgedDatabase,
  transactions: readonly { readonly writer: string; readonly seq: number }[],
): Promise<{ sequence: string; values: string[] }[]> {
  const { rows: columns } = await database.client.query<
    Record<'schema' | 'name' | 'column' | 'sequence', string>
  >(sql.numberedTables, [SAMPLE_SCHEMAS])
  const writers = transactions.map((transaction) => transaction.writer)
  const seqs = transactions.map((transaction) => String(transaction.seq))
  const numbers: { sequence: string; values: string[] }[] = []
  for (const { schema, name, column, sequence } of columns) {
    const { rows } = await database.client.query<{ value: string }>(
      `SELECT ${escapeIdentifier(column)}::text AS value FROM ${escapeIdentifier(schema)}.${escapeIdentifier(name)} JOIN unnest($1::text[], $2::bigint[]) AS made (writer, seq) USING (writer, seq)`,
      [writers, seqs],
    )
    numbers.push({ sequence, values: rows.map((row) => row.value) })
  }
  return numbers
}

function tableName(table: TableShape): string {
  return `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.name)}`
}

/** The columns by name, so that their order in the table does not matter. */
function rowText(table: TableShape): string {
  return `ROW(${table.columns.map((column) => escapeIdentifier(column)).join(', ')})::text`
}
