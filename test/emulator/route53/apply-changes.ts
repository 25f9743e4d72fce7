import type { z } from 'zod'
import { AwsError } from '../protocol/aws-error.ts'
import { dnsName } from './zone-record.ts'
import type { changeInput, RecordSet, ZoneRecord } from './zone-record.ts'

type Changes = z.output<typeof changeInput>['ChangeBatch']['Changes']

const sameSet = (a: RecordSet, b: RecordSet): boolean =>
  a.Name === b.Name && a.Type === b.Type && a.SetIdentifier === b.SetIdentifier

const spoken = (set: RecordSet): string =>
  `resource record set [name='${set.Name}', type='${set.Type}'${set.SetIdentifier === undefined ? '' : `, set-identifier='${set.SetIdentifier}'`}]`

/**
 * The records after a batch of changes: all of them or, with one that cannot be made, none (API reference,
 * ChangeResourceRecordSets). Throws InvalidChangeBatch with every reason. Pure.
 */
export function applyChanges(zone: ZoneRecord, changes: Changes): RecordSet[] {
  let records = [...zone.records]
  const wrong: string[] = []
  for (const { Action, ResourceRecordSet: given } of changes) {
    const set: RecordSet = { ...given, Name: dnsName(given.Name) }
    const there = records.find((one) => sameSet(one, set))
    if (set.Name !== zone.name && !set.Name.endsWith(`.${zone.name}`))
      wrong.push(`RRSet with DNS name ${set.Name} is not permitted in zone ${zone.name}`)
    else if (Action === 'CREATE' && there) wrong.push(`Tried to create ${spoken(set)} but it already exists`)
    else if (Action === 'DELETE' && !there) wrong.push(`Tried to delete ${spoken(set)} but it was not found`)
    else if (Action === 'DELETE' && JSON.stringify(sorted(there)) !== JSON.stringify(sorted(set)))
      wrong.push(`Tried to delete ${spoken(set)} but the values provided do not match the current values`)
    else {
      records = records.filter((one) => one !== there)
      if (Action === 'DELETE') continue
      wrong.push(...conflicts(records, set))
      records.push(set)
    }
  }
  if (wrong.length > 0) throw new AwsError('InvalidChangeBatch', `[${wrong.join(', ')}]`)
  return records
}

function* conflicts(records: readonly RecordSet[], set: RecordSet): Generator<string> {
  if (set.TTL === undefined || set.ResourceRecords === undefined)
    yield `Invalid request: Missing field 'TTL' or 'ResourceRecords' of ${spoken(set)}`
  if ((set.SetIdentifier === undefined) !== (routing(set) === undefined))
    yield `Invalid request: a routing policy and 'SetIdentifier' must come together in ${spoken(set)}`
  const same = records.filter(({ Name }) => Name === set.Name)
  if (same.some(({ Type }) => (Type === 'CNAME') !== (set.Type === 'CNAME')))
    yield `RRSet of type ${set.Type} with DNS name ${set.Name} is not permitted as it conflicts with other records with the same DNS name in the zone`
  const others = same.filter(({ Type }) => Type === set.Type)
  if (others.some((other) => (other.SetIdentifier === undefined) !== (set.SetIdentifier === undefined)))
    yield `RRSet with DNS name ${set.Name}, type ${set.Type} cannot be created as a non-multivalue exists with the same name and type`
}

function routing(set: RecordSet): unknown {
  return set.Weight ?? set.Region ?? set.Failover ?? set.MultiValueAnswer
}

function sorted(set: RecordSet | undefined): [string, unknown][] {
  return Object.entries(set ?? {})
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
