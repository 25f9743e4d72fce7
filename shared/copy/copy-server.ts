import { recordResource, type ControlDatabase, type CreatedResource } from '../dms/created-resources.ts'
import { migrationTag, tagList, type MigrationTags } from '../dms/tags.ts'
import type { RdsCopies, NewServer } from '../rds/copies.ts'
import type { CopyState, CopyStates, ServerKind } from '../rds/copy-states.ts'
import { MigrationError } from '../runtime/errors.ts'
import { poll } from '../runtime/poll.ts'
import type { ActionContext } from '../runtime/run-action.ts'

/** RDS of one account and region. */
export interface RdsAccount {
  readonly copies: RdsCopies
  readonly states: CopyStates
}

/** What every step of copying a server needs. */
export interface CopyWork {
  readonly context: ActionContext
  /** The source's control schema: what is made is noted there first, so that another runner finds it. */
  readonly control: ControlDatabase
  readonly source: RdsAccount
  readonly target: RdsAccount
  /** Id of the account that the target is made in. */
  readonly targetAccount: () => Promise<string>
  readonly tags: MigrationTags
  readonly dryRun: boolean
  readonly changes: string[]
}

/** How the new server is to be, apart from its name (`load` or `schema.aurora-replica` of the migration file). */
export interface ServerWish {
  readonly class: string
  readonly 'subnet-group'?: string | undefined
  readonly 'security-groups': readonly string[]
  readonly 'parameter-group'?: string | undefined
  readonly 'kms-key'?: string | undefined
}

/** The wish as a server to be made. */
export function newServer(work: CopyWork, identifier: string, wish: ServerWish): NewServer {
  const tags = tagList(work.tags)
  return {
    identifier,
    class: wish.class,
    subnetGroup: wish['subnet-group'],
    securityGroups: wish['security-groups'],
    parameterGroup: wish['parameter-group'],
    kmsKey: wish['kms-key'],
    tags,
  }
}

/** How long RDS may take for a server or a snapshot: terabytes take hours. */
const longestMs = 6 * 3_600_000

/**
 * A server or snapshot of ours, available: the one that is there if its tags say that this migration made it, or a new
 * one. The intent is noted before the call. Throws `refused` for one that somebody else made.
 */
export async function ensureMade(
  work: CopyWork,
  made: {
    readonly kind: Exclude<CreatedResource['kind'], 'slot'>
    readonly identifier: string
    /** For people: `clone of shop-aurora`. */
    readonly what: string
    readonly call: string
    readonly look: () => Promise<CopyState | undefined>
    readonly make: () => Promise<void>
  },
): Promise<CopyState | undefined> {
  const { identifier, what } = made
  const before = await made.look()
  if (before !== undefined) demandOurs(before, work.tags.migration)
  if (before === undefined) {
    if (work.dryRun) {
      work.changes.push(`${made.call} ${identifier}: ${what}`)
      work.context.log.line(`would call ${made.call} for ${identifier}: ${what}`)
      return undefined
    }
    await recordResource(work.control, work.tags.migration, { kind: made.kind, identifier, arn: null })
    await made.make()
    const line = `began to make ${identifier} (${made.call}): ${what}`
    work.changes.push(line)
    work.context.log.line(line)
  }
  const state = await available(work, identifier, made.look)
  await noteArn(work, made.kind, state)
  return state
}

async function noteArn(
  work: CopyWork,
  kind: CreatedResource['kind'],
  { identifier, arn }: CopyState,
): Promise<void> {
  if (!work.dryRun) await recordResource(work.control, work.tags.migration, { kind, identifier, arn })
}

/** Statuses from which a server does not become available by waiting (RDS User Guide, DB instance status). */
const broken = /^(failed|deleting|restore-error|incompatible-.*|inaccessible-.*|storage-full)$/u

/** Waits until RDS says `available`. */
export async function available(
  work: Pick<CopyWork, 'context'>,
  identifier: string,
  look: () => Promise<CopyState | undefined>,
): Promise<CopyState> {
  const { clock, signal, log } = work.context
  return poll(
    async () => {
      const seen = await look()
      if (seen?.status === 'available') return { done: true, value: seen }
      if (seen !== undefined && broken.test(seen.status)) {
        throw new MigrationError('precondition', `${identifier} is ${seen.status}`, {
          remedy: 'Read its events in the RDS console, mend or delete it, then run the job again.',
        })
      }
      const status = seen?.status ?? 'not visible yet'
      return { done: false, reason: `${identifier} is ${status}`, progress: status }
    },
    {
      clock,
      signal,
      deadlineMs: longestMs,
      what: identifier,
      remedy: 'Look at it in the RDS console; run the job again, it goes on where it was.',
      onReason: (reason) => log.line(reason),
    },
  )
}

function demandOurs(found: CopyState, migration: string): void {
  const owner = found.tags[migrationTag]
  if (owner === migration) return
  const message = `${found.identifier} exists, but ${owner === undefined ? 'was not made by this migration' : `belongs to the migration ${owner}`}`
  const remedy = `Choose another name for the target, or tag it ${migrationTag}=${migration} if it is the copy.`
  throw new MigrationError('refused', message, {
    remedy,
    problems: [{ field: 'target', value: found.identifier, message, remedy }],
  })
}

/** The server that is copied, available. Throws `precondition` where it is not there. */
export async function original(
  work: CopyWork,
  kind: ServerKind,
  identifier: string,
  field: string,
): Promise<CopyState> {
  const found = await work.source.states.server(kind, identifier)
  if (found !== undefined) return found
  const message = `RDS knows no ${kind} ${identifier}`
  const remedy = 'Correct the name, the region or the role of that side (`aws:` in the migration file).'
  throw new MigrationError('precondition', message, {
    remedy,
    problems: [{ field, value: identifier, message, remedy }],
  })
}
