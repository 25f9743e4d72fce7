import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Client, escapeIdentifier, escapeLiteral } from 'pg'
import { SAMPLE_DATABASE, SAMPLE_SCHEMAS } from './sample-layout.ts'

/** Passwords of the sample's login roles; a side ignores the ones of roles that it does not have. */
export interface RolePasswords {
  readonly shop_app: string
  readonly shop_batch: string
  readonly migrator: string
  readonly dms_source: string
  readonly dms_target: string
  readonly dms_reverse_source: string
  readonly dms_reverse_target: string
}

/** What `createSampleDatabase` needs to know; `scale` 1 makes about 50 MB, 0.02 is enough for a test. */
export interface SampleDatabaseOptions {
  /** URL of a superuser; its database is used only to create roles and the database `shop`. */
  readonly superuserUrl: string
  /** The source gets schema and rows; the target gets the schema alone, its sequences at their start. */
  readonly side: 'source' | 'target'
  readonly passwords: RolePasswords
  readonly scale: number
  /** Also the users that the other side has: for a source that is copied as a whole. */
  readonly rolesOfBoth?: boolean
  /** Without it a target has roles and database alone, and gets its schema by other means. */
  readonly withoutSchema?: boolean
  /** Also a table `shop.events` of that many partitions, which every write of an application adds to; 0 or left out: none. */
  readonly partitions?: number
  readonly signal?: AbortSignal
}

const sampleSql = {
  roles: readSql('roles'),
  rolesSource: readSql('roles-source'),
  rolesTarget: readSql('roles-target'),
  schema: readSql('schema'),
  schemaObjects: readSql('schema-objects'),
  partitions: readSql('partitions'),
  partitionsData: readSql('partitions-data'),
  grantsDatabase: readSql('grants-database'),
  grants: readSql('grants'),
  grantsSource: readSql('grants-source'),
  grantsTarget: readSql('grants-target'),
  data: readSql('data'),
  sequencePositions: readSql('sequence-positions'),
}

/** Users of DMS on each side: the one of the way there, and the one of the way back. */
const dmsRoles = {
  source: ['dms_source', 'dms_reverse_source'],
  target: ['dms_target', 'dms_reverse_target'],
} as const

function readSql(name: string): string {
  return readFileSync(new URL(`./sample/${name}.sql`, import.meta.url), 'utf8')
}

/** New passwords of 32 letters and digits: DMS takes none with `; : + % { }` or a comma. */
export function randomPasswords(): RolePasswords {
  return {
    shop_app: randomPassword(),
    shop_batch: randomPassword(),
    migrator: randomPassword(),
    dms_source: randomPassword(),
    dms_target: randomPassword(),
    dms_reverse_source: randomPassword(),
    dms_reverse_target: randomPassword(),
  }
}

function randomPassword(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  return Array.from({ length: 32 }, () => letters.charAt(randomInt(letters.length))).join('')
}

/**
 * Makes roles (where missing), the database `shop` and its schema; on the source its rows too. Fails when the database
 * already holds a sample; never drops anything.
 */
export async function createSampleDatabase(options: SampleDatabaseOptions): Promise<void> {
  const { side, passwords, scale } = options
  if (!(scale > 0 && scale <= 1000))
    throw new RangeError(`scale must lie above 0 and up to 1000, not ${scale}`)

  await withClient(options.superuserUrl, options.signal, async (client) => {
    await client.query(sampleSql.roles)
    const sides = options.rolesOfBoth === true ? (['source', 'target'] as const) : [side]
    for (const one of sides)
      await client.query(one === 'source' ? sampleSql.rolesSource : sampleSql.rolesTarget)
    const own = sides.flatMap((one) => dmsRoles[one])
    for (const role of ['shop_app', 'shop_batch', 'migrator', ...own] as const) {
      await client.query(`ALTER ROLE ${escapeIdentifier(role)} PASSWORD ${escapeLiteral(passwords[role])}`)
    }
    await createDatabase(client)
  })

  const url = new URL(options.superuserUrl)
  url.pathname = `/${SAMPLE_DATABASE}`
  await withClient(url.href, options.signal, async (client) => {
    const { rows } = await client.query<{ nspname: string }>(
      'SELECT nspname FROM pg_namespace WHERE nspname = ANY ($1) ORDER BY 1',
      [SAMPLE_SCHEMAS],
    )
    if (rows.length > 0) {
      const found = rows.map((row) => row.nspname).join(', ')
      throw new Error(`database ${SAMPLE_DATABASE} on the ${side} holds a sample already (schemas: ${found})`)
    }
    if (options.withoutSchema === true) {
      await client.query(sampleSql.grantsDatabase)
      return
    }
    await client.query('SET ROLE shop_owner')
    await client.query(sampleSql.schema)
    await client.query(sampleSql.schemaObjects)
    const partitions = options.partitions ?? 0
    if (partitions > 0) {
      await client.query(`SELECT set_config('sample.partitions', $1, false)`, [String(partitions)])
      await client.query(sampleSql.partitions)
    }
    await client.query('RESET ROLE')
    await client.query(sampleSql.grantsDatabase)
    await client.query(sampleSql.grants)
    if (side === 'target') {
      await client.query(sampleSql.grantsTarget)
      return
    }
    await client.query(sampleSql.grantsSource)
    await client.query(`SELECT set_config('sample.scale', $1, false)`, [String(scale)])
    await client.query(sampleSql.data)
    if (partitions > 0) await client.query(sampleSql.partitionsData)
    await client.query(sampleSql.sequencePositions)
    await client.query('ANALYZE')
  })
}

/** The same encoding and collation on both sides and every major, whatever the server's own default is. */
async function createDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [SAMPLE_DATABASE])
  if (rowCount === 0) {
    await client.query(
      `CREATE DATABASE ${escapeIdentifier(SAMPLE_DATABASE)} OWNER shop_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`,
    )
  }
  await client.query(`ALTER DATABASE ${escapeIdentifier(SAMPLE_DATABASE)} OWNER TO shop_owner`)
}

/** Runs `work` on a connection of its own; an abort cuts the connection, whatever statement runs on it. */
async function withClient(
  url: string,
  signal: AbortSignal | undefined,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  signal?.throwIfAborted()
  const client = new Client({ connectionString: url, application_name: 'sample-database' })
  client.on('error', () => {}) // the running query reports the loss of the connection
  const cut = (): void => void client.end()
  await client.connect()
  signal?.addEventListener('abort', cut, { once: true })
  try {
    await work(client)
    signal?.throwIfAborted()
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', cut)
    await client.end()
  }
}
