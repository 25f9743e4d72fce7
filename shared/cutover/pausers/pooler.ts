import { loginOfUrl } from '../../databases/open-database.ts'
import type { PlannedSwitch } from '../../migration/planned-switch.ts'
import type { PgbouncerAdmin } from '../../migration/switch-schema.ts'
import { openConsole, type ConsoleLogin, type PgbouncerConsole } from '../../pgbouncer/console.ts'
import { MigrationError } from '../../runtime/errors.ts'
import { readDatabaseSecret, readSecret } from '../../secrets-manager/secrets.ts'
import type { ClientTools } from '../switchers/client-tools.ts'

export type PoolerEntry = PlannedSwitch & { readonly kind: 'pgbouncer' }

/** The nodes of one PgBouncer entry, each reached by its own console. */
export interface Pooler {
  readonly nodes: readonly PoolerNode[]
  /** What PgBouncer calls the databases that are paused and repointed. */
  readonly databases: readonly string[]
}

export interface PoolerNode {
  /** `node 2 (shop/pooler-b)` */
  readonly label: string
  open(): Promise<PgbouncerConsole>
}

/** The nodes of an entry; each login is read when it is first needed, and kept. */
export function poolerOf(entry: PoolerEntry, field: string, tools: Pick<ClientTools, 'secrets'>): Pooler {
  const reader = entry['reader-database']
  return {
    databases: [entry.database, ...(reader === undefined ? [] : [reader])],
    nodes: entry.admin.map((admin, index): PoolerNode => {
      const label = `node ${index + 1} (${admin.secret ?? admin['url-env'] ?? ''})`
      let known: Promise<ConsoleLogin> | undefined
      const login = async () => {
        known ??= consoleLogin(admin, label, `${field}.pgbouncer.admin[${index}]`, tools)
        try {
          return await known
        } catch (error) {
          known = undefined
          throw error
        }
      }
      return { label, open: async () => openConsole(await login()) }
    }),
  }
}

async function consoleLogin(
  admin: PgbouncerAdmin,
  label: string,
  field: string,
  { secrets }: Pick<ClientTools, 'secrets'>,
): Promise<ConsoleLogin> {
  const variable = admin['url-env']
  if (variable !== undefined) {
    const url = process.env[variable] ?? ''
    if (url !== '') return ofUrl(url, admin, label, field)
    const problem = {
      field,
      message: `the environment variable ${variable} is empty`,
      remedy: `Set it in the job: \`env: { ${variable}: \${{ secrets.${variable} }} }\`.`,
    }
    throw new MigrationError('precondition', problem.message, { remedy: problem.remedy, problems: [problem] })
  }
  const secret = admin.secret ?? ''
  const { text } = await readSecret(secrets, secret, field)
  if (text.includes('://') && !text.trimStart().startsWith('{'))
    return ofUrl(text.trim(), admin, label, field)
  const { host, port, username: user, password } = await readDatabaseSecret(secrets, secret, field)
  return { label, host, port, user, password, tls: admin.tls }
}

function ofUrl(url: string, { tls }: PgbouncerAdmin, label: string, field: string): ConsoleLogin {
  const { host, port, user, password } = loginOfUrl(url, field, tls, 'pgbouncer')
  return { label, host, port, user, password: typeof password === 'string' ? password : '', tls }
}
