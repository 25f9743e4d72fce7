import type { Direction } from '../migration/direction.ts'
import type { Migration } from '../migration/schema.ts'
import {
  endpointBase,
  readerSettings,
  type EndpointCredentials,
  type NewEndpoint,
} from './endpoint-document.ts'

export interface CarrierEndpoint {
  /** Direction in which the task carries rows. */
  readonly direction: Direction
  /** Which database of the plan it is for. */
  readonly side: 'source' | 'target'
  readonly database: string
  readonly credentials: EndpointCredentials
}

/**
 * Where a task of a way back reads: CDC from a slot of ours. On the source that has the heartbeat of the file, on the
 * target none.
 */
export function readerEndpoint(migration: Migration, facts: CarrierEndpoint, slot: string): NewEndpoint {
  const login = carrierLogin(migration, facts)
  const script = login['after-connect'] ?? ''
  return endpointBase(migration, {
    ...facts,
    type: 'source',
    executeTimeoutMs: login['execute-timeout'],
    settings: {
      ...readerSettings(facts.side === 'source' ? migration.dms.source.heartbeat : undefined, slot),
      ...(script === '' ? {} : { AfterConnectScript: script }),
    },
  })
}

/**
 * Where it writes: the database that was left, whose fence lets nothing pass but replica mode, and whose sessions are
 * read-only unless they say otherwise. `replica`: DMS's user has to ask for replica mode, since its sessions do not start
 * in it (a superuser can have set that for the role).
 */
export function writerEndpoint(
  migration: Migration,
  facts: CarrierEndpoint & { readonly replica: boolean },
): NewEndpoint {
  const login = carrierLogin(migration, facts)
  return endpointBase(migration, {
    ...facts,
    type: 'target',
    executeTimeoutMs: login['execute-timeout'],
    settings: {
      AfterConnectScript: [
        ...(facts.replica ? ['SET session_replication_role = replica'] : []),
        'SET default_transaction_read_only = off',
        ...[login['after-connect'] ?? []].flat(),
      ].join('; '),
    },
  })
}

/** The part of the migration file with the login of one side, in one direction. */
export function carrierLogin(
  { dms }: Migration,
  { direction, side }: Pick<CarrierEndpoint, 'direction' | 'side'>,
): NonNullable<Migration['dms']['reverse']>['source'] {
  const login = direction === 'back' ? dms.reverse?.[side] : dms[side]
  if (login === undefined) throw new Error('the migration file has no login for the way back')
  return login
}
