import type { ResourceRecordSet } from '@aws-sdk/client-route-53'
import { switchName, type PlannedSwitch } from '../../migration/planned-switch.ts'
import type { RecordSwitch } from '../../migration/switch-schema.ts'
import { isInSync, plainName, readRecord, tryRecordRights, upsertRecord } from '../../route53/records.ts'
import { MigrationError } from '../../runtime/errors.ts'
import { poll } from '../../runtime/poll.ts'
import type { ClientTools } from './client-tools.ts'
import { judged } from './judged.ts'
import type { Address, Switcher } from './switcher.ts'

/** With a longer TTL clients go on to the old address for longer than anybody waits for (seconds). */
const longestTtl = 60

/** How long Route 53's name servers may take to learn of a change; usually within 60 s (Developer Guide, GetChange). */
const inSyncDeadlineMs = 180_000

/** A CNAME of Route 53: its host is replaced, all other properties stay, but for TTL and weight where the file gives them. */
export function recordSwitcher(
  entry: PlannedSwitch & { readonly kind: 'record' },
  field: string,
  { route53, clock, log, migration }: ClientTools,
): Switcher {
  const name = switchName(entry)
  const zone = entry['zone-id']
  const read = () =>
    readRecord(
      route53,
      { zone, name: entry.record, type: entry.type, setIdentifier: entry['set-identifier'] },
      field,
    )
  const next = (now: ResourceRecordSet, host: string): ResourceRecordSet => ({
    ...now,
    ResourceRecords: [{ Value: host }],
    ...(entry.ttl === undefined ? {} : { TTL: entry.ttl }),
    ...(entry.weight === undefined ? {} : { Weight: entry.weight }),
  })
  const isThere = (now: ResourceRecordSet, host: string) =>
    plainName(now.ResourceRecords?.[0]?.Value ?? '') === plainName(host) &&
    now.TTL === (entry.ttl ?? now.TTL) &&
    now.Weight === (entry.weight ?? now.Weight)

  return {
    name,
    describe: (to) =>
      `Route 53 UPSERT ${entry.record} ${entry.type} ${hostOf(entry, to) ?? '(the reader’s address, which is not known)'} in zone ${zone}, then GetChange until INSYNC`,
    check: async (to) => {
      const notes: string[] = []
      const problems = await judged(field, async () => {
        const now = await read()
        const host = hostOf(entry, to)
        if (host === undefined) return [{ field, value: entry.record, ...noReader(name) }]
        if (host.includes(':') || /^\d+(\.\d+){3}$/u.test(host))
          return [
            {
              field,
              value: entry.record,
              message: `the ${name} cannot name ${host}: a CNAME names a host, not an address`,
              remedy: 'Give `cutover.endpoints` a host name, or switch by a command.',
            },
          ]
        if (isThere(now, host)) notes.push(`${name} is what it shall become already`)
        if ((now.TTL ?? 0) > longestTtl)
          notes.push(
            `${name} has a TTL of ${now.TTL} s: clients go on to the closed database for so long after the switch. A lower TTL (${longestTtl} s or less) counts only when the present one is over: set it days before the cutover`,
          )
        if (to.port !== 5432) notes.push(`${name} carries no port: clients must use ${to.port} by themselves`)
        await tryRecordRights(route53, zone, now)
        return []
      })
      return { problems, notes, users: [] }
    },
    switch: async (to) => {
      const host = hostOf(entry, to)
      if (host === undefined) {
        const { message, remedy } = noReader(name)
        throw new MigrationError('precondition', message, { remedy })
      }
      const now = await read()
      if (isThere(now, host)) return { name, changed: false, detail: `TTL ${now.TTL ?? 0} s` }
      const change = await upsertRecord(route53, zone, next(now, host), `aurora-migration ${migration}`)
      log.debug(`${name}: change ${change}`)
      await poll(
        async () => {
          const done = await isInSync(route53, change)
          return done
            ? { done: true, value: undefined }
            : { done: false, reason: `change ${change} is PENDING`, progress: 'PENDING' }
        },
        {
          clock,
          // Clients are being pointed at an open database: nobody gains by giving up earlier.
          signal: new AbortController().signal,
          deadlineMs: inSyncDeadlineMs,
          what: `${name} reaching all name servers`,
          remedy: `It is written. See with aws route53 get-change --id ${change} when it is INSYNC.`,
          longestPauseMs: 2000,
        },
      )
      if (!isThere(await read(), host))
        throw new MigrationError('unavailable', `the ${name} does not read back as it was written`, {
          remedy: 'See who else writes it (CloudTrail, ChangeResourceRecordSets), then run the job again.',
        })
      return {
        name,
        changed: true,
        detail: `change ${change} is INSYNC; who asked before may keep the old host for ${now.TTL ?? 0} s`,
      }
    },
  }
}

function hostOf({ endpoint }: Pick<RecordSwitch, 'endpoint'>, to: Address): string | undefined {
  return endpoint === 'writer' ? to.host : to.reader?.host
}

function noReader(name: string): { readonly message: string; readonly remedy: string } {
  return {
    message: `the ${name} is for readers, whose address is not known`,
    remedy: 'Give `cutover.endpoints`, or the `rds-cluster` of that side.',
  }
}
