import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53'
import { refusal } from '../aws/refusal.ts'
import { MigrationError } from '../runtime/errors.ts'

/** Which record of which zone. */
export interface RecordName {
  readonly zone: string
  readonly name: string
  readonly type: 'CNAME'
  /** Where there are several of that name. */
  readonly setIdentifier?: string | undefined
}

/**
 * The record as Route 53 has it, with everything that a change must say again. `field` names the place in the migration
 * file for errors. Throws `precondition` where it is missing, denied, or not one that a host can be written into.
 */
export async function readRecord(
  client: Route53Client,
  record: RecordName,
  field: string,
  signal?: AbortSignal,
): Promise<ResourceRecordSet> {
  const { zone, name, type, setIdentifier } = record
  let found: ResourceRecordSet[]
  try {
    const answer = await client.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: zone, StartRecordName: name, StartRecordType: type }),
      signal === undefined ? {} : { abortSignal: signal },
    )
    found = (answer.ResourceRecordSets ?? []).filter(
      (set) => plainName(set.Name ?? '') === plainName(name) && set.Type === type,
    )
  } catch (cause) {
    throw refusal(cause, 'route53:ListResourceRecordSets', `zone ${zone}`)
  }
  const set = found.find((one) => one.SetIdentifier === setIdentifier)
  if (set === undefined) throw unfit(record, field, ...missing(record, found))
  if (set.AliasTarget !== undefined || (set.ResourceRecords ?? []).length !== 1)
    throw unfit(
      record,
      field,
      set.AliasTarget === undefined ? 'does not have exactly one value' : 'is an alias',
      'Make it a plain CNAME with one host, well before the cutover.',
    )
  return set
}

/** Writes the record, made or changed, and gives the change's id: the name servers learn of it a little later. */
export async function upsertRecord(
  client: Route53Client,
  zone: string,
  set: ResourceRecordSet,
  comment: string,
): Promise<string> {
  try {
    const { ChangeInfo } = await client.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: zone,
        ChangeBatch: { Comment: comment, Changes: [{ Action: 'UPSERT', ResourceRecordSet: set }] },
      }),
    )
    return (ChangeInfo?.Id ?? '').replace(/^\/change\//u, '')
  } catch (cause) {
    throw refusal(cause, 'route53:ChangeResourceRecordSets', set.Name ?? zone)
  }
}

/** Whether all of Route 53's name servers know of a change. */
export async function isInSync(client: Route53Client, change: string): Promise<boolean> {
  try {
    const { ChangeInfo } = await client.send(new GetChangeCommand({ Id: change }))
    return ChangeInfo?.Status === 'INSYNC'
  } catch (cause) {
    throw refusal(cause, 'route53:GetChange', change)
  }
}

/**
 * Whether the record may be changed and the change be followed, found out without a change: rights are looked at first,
 * and a record that is there cannot be made once more. Throws `precondition` where one of the rights is missing.
 */
export async function tryRecordRights(
  client: Route53Client,
  zone: string,
  set: ResourceRecordSet,
): Promise<void> {
  try {
    await client.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: zone,
        ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet: set }] },
      }),
    )
  } catch (cause) {
    if (!isNamed(cause, 'InvalidChangeBatch'))
      throw refusal(cause, 'route53:ChangeResourceRecordSets', set.Name ?? zone)
  }
  try {
    await client.send(new GetChangeCommand({ Id: 'C0000000000000000' }))
  } catch (cause) {
    if (!isNamed(cause, 'NoSuchChange')) throw refusal(cause, 'route53:GetChange', 'changes')
  }
}

/** A name without case, last dot and the escape of `*`. Pure. */
export function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/\.$/u, '')
    .replace(String.raw`\052`, '*')
}

function isNamed(cause: unknown, name: string): boolean {
  return cause instanceof Error && cause.name === name
}

function missing({ setIdentifier }: RecordName, found: readonly ResourceRecordSet[]): [string, string] {
  const identifiers = found.flatMap((set) => (set.SetIdentifier === undefined ? [] : [set.SetIdentifier]))
  if (found.length === 0) return ['does not exist', 'Create it, or correct its name and the zone.']
  return setIdentifier === undefined
    ? [
        'has several values by set identifier',
        `Say which one: \`set-identifier: ${identifiers.join(' | ')}\`.`,
      ]
    : [
        `has no set identifier ${setIdentifier}`,
        identifiers.length === 0 ? 'Remove `set-identifier`.' : `It has ${identifiers.join(', ')}.`,
      ]
}

function unfit(
  { name, type, zone }: RecordName,
  field: string,
  what: string,
  remedy: string,
): MigrationError {
  const message = `the ${type} record ${name} in zone ${zone} ${what}`
  return new MigrationError('precondition', message, {
    remedy,
    problems: [{ field, value: name, message, remedy }],
  })
}
