import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { operation } from '../protocol/service.ts'
import type { Service } from '../protocol/service.ts'
import { applyChanges } from './apply-changes.ts'
import { changeInput, dnsName } from './zone-record.ts'
import type { RecordSet, ZoneRecord } from './zone-record.ts'

const pathPrefix = '/2013-04-01'

function findZone(emulator: Emulator, given: string): ZoneRecord {
  const id = given.replace(/^\/hostedzone\//u, '')
  const zone = emulator.store.state.hostedZones.find((one) => one.id === id)
  if (!zone) throw new AwsError('NoSuchHostedZone', `No hosted zone found with ID: ${id}`, 404)
  return zone
}

const listInput = z.strictObject({
  HostedZoneId: z.string(),
  name: z.string().optional(),
  type: z.string().optional(),
  identifier: z.string().optional(),
  maxitems: z.coerce.number().int().min(1).max(300).optional(),
})

/** Sorted by reversed labels, as Route 53 lists them; `*` is written as an escape. */
function sortKey(set: Pick<RecordSet, 'Name' | 'Type' | 'SetIdentifier'>): string {
  const labels = set.Name.split('.').filter((label) => label !== '')
  return [labels.toReversed().join('.'), set.Type, set.SetIdentifier ?? ''].join('\0')
}

function list(emulator: Emulator, input: z.output<typeof listInput>): Record<string, unknown> {
  const from = sortKey({
    Name: dnsName(input.name ?? ''),
    Type: (input.type ?? '') as RecordSet['Type'],
    SetIdentifier: input.identifier,
  })
  const after = findZone(emulator, input.HostedZoneId)
    .records.filter((set) => input.name === undefined || sortKey(set) >= from)
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
  const size = input.maxitems ?? 300
  const next = after[size]
  return {
    ResourceRecordSets: after
      .slice(0, size)
      .map((set) => ({ ...set, Name: set.Name.replace('*', String.raw`\052`) })),
    IsTruncated: next !== undefined,
    NextRecordName: next?.Name,
    NextRecordType: next?.Type,
    NextRecordIdentifier: next?.SetIdentifier,
    MaxItems: size,
  }
}

function change(emulator: Emulator, input: z.output<typeof changeInput>): Record<string, unknown> {
  const zone = findZone(emulator, input.HostedZoneId)
  zone.records = applyChanges(zone, input.ChangeBatch.Changes)
  const id = `C${String(zone.changes.length + 1).padStart(4, '0')}${zone.id}`
  const made = { id, submittedAt: new Date().toISOString(), insync: false }
  zone.changes.push(made)
  emulator.store.save()
  emulator.settle(() => {
    made.insync = true
    emulator.store.save()
  })
  return { ChangeInfo: changeInfo(made) }
}

function changeInfo({ id, submittedAt, insync }: ZoneRecord['changes'][number]): Record<string, unknown> {
  return { Id: `/change/${id}`, Status: insync ? 'INSYNC' : 'PENDING', SubmittedAt: submittedAt }
}

function getChange(emulator: Emulator, given: string): Record<string, unknown> {
  const id = given.replace(/^\/change\//u, '')
  const { hostedZones } = emulator.store.state
  const found = hostedZones.flatMap(({ changes }) => changes).find((one) => one.id === id)
  if (!found) throw new AwsError('NoSuchChange', `Could not find resource with ID: ${id}`, 404)
  return { ChangeInfo: changeInfo(found) }
}

/** Route 53 as far as changing records of a zone goes. A change whose settling a restart cut short is in sync after it. */
export function route53Service(emulator: Emulator): Service {
  for (const { changes } of emulator.store.state.hostedZones)
    for (const pending of changes) pending.insync = true
  return {
    name: 'route53',
    signingName: 'route53',
    restXml: {
      namespace: 'https://route53.amazonaws.com/doc/2013-04-01/',
      lists: {
        Changes: 'Change',
        ResourceRecords: 'ResourceRecord',
        ResourceRecordSets: 'ResourceRecordSet',
      },
      route(method, path) {
        const [, kind, id, rest] =
          new RegExp(`^${pathPrefix}/(hostedzone|change)/([^/]+)(?:/(rrset)/?)?$`, 'u').exec(path) ?? []
        if (kind === 'change' && rest === undefined && method === 'GET')
          return { operation: 'GetChange', input: { Id: id } }
        if (kind !== 'hostedzone' || rest === undefined) return undefined
        if (method === 'GET') return { operation: 'ListResourceRecordSets', input: { HostedZoneId: id } }
        if (method === 'POST') return { operation: 'ChangeResourceRecordSets', input: { HostedZoneId: id } }
        return undefined
      },
    },
    operations: {
      ListResourceRecordSets: operation(listInput, 'reads', (input) => list(emulator, input)),
      ChangeResourceRecordSets: operation(changeInput, 'changes', (input) => change(emulator, input)),
      GetChange: operation(z.strictObject({ Id: z.string() }), 'reads', ({ Id }) => getChange(emulator, Id)),
    },
  }
}
