import type { ServerGroup } from '../postgres/server-group.ts'
import { createSampleDatabase, type RolePasswords } from '../workload/sample-database.ts'
import { serverFacts, type ServerFacts } from './server-facts.ts'
import type { StackShape } from './strategies.ts'

/** A server of the stack; `data` where it is ours, and the emulator may copy it. */
export interface StackServer {
  /** Superuser's URL. */
  readonly url: string
  readonly facts: ServerFacts
  readonly data?: {
    readonly superuserUrl: string
    readonly dataFolder: string
    readonly major: 13 | 15 | 17
    readonly logFile: string
  }
}

export interface StackServers {
  readonly source: StackServer
  /** Undefined where the migration makes it. */
  readonly target: StackServer | undefined
}

/** Servers that are there already, by the URLs of their superusers. */
export async function givenServers(sourceUrl: string, targetUrl: string): Promise<StackServers> {
  const [source, target] = await Promise.all([
    serverFacts(sourceUrl, '--source-url'),
    serverFacts(targetUrl, '--target-url'),
  ])
  if (source.host === target.host && source.port === target.port)
    throw new Error('--source-url and --target-url name the same server')
  return { source: { url: sourceUrl, facts: source }, target: { url: targetUrl, facts: target } }
}

/** Starts the servers that a rehearsal is to have. */
export async function startServers(
  group: ServerGroup,
  { source, target }: StackShape,
): Promise<StackServers> {
  const [first, second] = await Promise.all([
    startServer(group, 'source', source.major),
    target.state === 'made' ? undefined : startServer(group, 'target', target.major),
  ])
  return { source: first, target: second }
}

/** fsync stays on: the cutover refuses a source whose fence could vanish in a crash. */
async function startServer(group: ServerGroup, name: string, major: 13 | 15 | 17): Promise<StackServer> {
  const { superuserUrl, dataFolder, logFile } = await group.start({
    name,
    major,
    settings: { fsync: 'on', shared_buffers: '256MB', max_wal_size: '2GB' },
  })
  return {
    url: superuserUrl,
    facts: await serverFacts(superuserUrl, `the ${name}`),
    data: { superuserUrl, dataFolder, major, logFile },
  }
}

/** The sample on the source, and as much of it on the target as the migration expects there. */
export async function createSamples(
  { source, target }: StackServers,
  shape: StackShape,
  sample: { readonly passwords: RolePasswords; readonly scale: number; readonly signal?: AbortSignal },
): Promise<void> {
  const { partitions } = shape
  const rolesOfBoth = shape.target.state === 'made'
  await Promise.all([
    createSampleDatabase({ superuserUrl: source.url, side: 'source', rolesOfBoth, partitions, ...sample }),
    target === undefined
      ? undefined
      : createSampleDatabase({
          superuserUrl: target.url,
          side: 'target',
          withoutSchema: shape.target.state === 'no-schema',
          partitions,
          ...sample,
        }),
  ])
}
