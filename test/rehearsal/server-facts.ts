import { readFileSync } from 'node:fs'
import { Client } from 'pg'
import { SAMPLE_DATABASE } from '../workload/sample-layout.ts'

/** What the stack must know of a server. */
export interface ServerFacts {
  readonly host: string
  readonly port: number
  /** `15.18`. */
  readonly version: string
  readonly major: number
}

const sql = readFileSync(new URL('./sql/read-server-facts.sql', import.meta.url), 'utf8')
const patienceMs = 5000

/**
 * Reads a server's version; host and port are those of the URL. Throws an Error that names `flag` where the server
 * cannot be reached, the login is no superuser, or a database of the sample's name is there: it would not be ours.
 */
export async function serverFacts(url: string, flag: string): Promise<ServerFacts> {
  const facts = await readFacts(url, flag)
  if (!facts.hasSample) return facts
  throw new Error(
    `${flag}: the server at ${facts.host}:${facts.port} has a database ${SAMPLE_DATABASE} already, and a rehearsal touches none that it did not make. If it is an earlier rehearsal's, drop it (on the source its replication slot first), or use other servers.`,
  )
}

/** Facts of a server that the migration has made, with the sample in it. */
export async function madeServerFacts(url: string): Promise<ServerFacts> {
  return readFacts(url, 'the target')
}

async function readFacts(url: string, flag: string): Promise<ServerFacts & { readonly hasSample: boolean }> {
  const { hostname, port } = parse(url, flag)
  const where = `${flag}: the server at ${hostname}:${port || '5432'}`
  const client = new Client({ connectionString: url, connectionTimeoutMillis: patienceMs })
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw new Error(`${where} cannot be reached: ${error instanceof Error ? reason(error) : String(error)}`, {
      cause: error,
    })
  }
  try {
    const { rows } = await client.query<{
      version: string
      major: number
      superuser: boolean
      has_sample: boolean
    }>(sql, [SAMPLE_DATABASE])
    const [row] = rows
    if (row === undefined) throw new Error(`${where} did not tell its version`)
    if (!row.superuser) throw new Error(`${where} must be given with a superuser's login`)
    return {
      host: hostname,
      port: Number(port || '5432'),
      version: row.version,
      major: row.major,
      hasSample: row.has_sample,
    }
  } finally {
    await client.end()
  }
}

function parse(url: string, flag: string): URL {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/u.test(new URL(url).protocol))
    throw new Error(`${flag} must be a URL such as postgres://user:password@host:5432/postgres`)
  return new URL(url)
}

/** Several addresses of one host fail together, with a message in none but the parts. */
function reason(error: Error): string {
  const parts = error instanceof AggregateError ? (error.errors as unknown[]) : [error]
  return parts.map((part) => (part instanceof Error ? part.message : String(part))).join('; ')
}
