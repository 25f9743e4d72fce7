import { z } from 'zod'

const recordType = z.enum(['A', 'AAAA', 'CNAME', 'TXT', 'NS', 'SOA'])

/** A hosted zone that an account has before the first call. */
export const configuredZone = z.strictObject({
  id: z.string().regex(/^[A-Z0-9]{1,32}$/u),
  /** `shop.internal` */
  name: z.string(),
  records: z
    .array(
      z.strictObject({
        name: z.string(),
        type: recordType.default('CNAME'),
        ttl: z.number().int().min(0).default(300),
        values: z.array(z.string()).min(1),
        setIdentifier: z.string().optional(),
        weight: z.number().int().min(0).max(255).optional(),
      }),
    )
    .default([]),
})

/** A record set as the API has it. */
export interface RecordSet {
  Name: string
  Type: z.output<typeof recordType>
  SetIdentifier?: string | undefined
  Weight?: number | undefined
  Region?: string | undefined
  Failover?: string | undefined
  MultiValueAnswer?: boolean | undefined
  HealthCheckId?: string | undefined
  TTL?: number | undefined
  ResourceRecords?: { Value: string }[] | undefined
}

/** A change that was accepted; the servers know of it at `insyncAt`. */
export interface ChangeRecord {
  id: string
  submittedAt: string
  insync: boolean
}

export interface ZoneRecord {
  id: string
  name: string
  records: RecordSet[]
  changes: ChangeRecord[]
}

/** Names as Route 53 keeps them: lower case, with the dot at the end. */
export function dnsName(name: string): string {
  return `${name.toLowerCase().replace(/\.$/u, '')}.`
}

/** What an account begins with. */
export function newZone(given: z.output<typeof configuredZone>): ZoneRecord {
  return {
    id: given.id,
    name: dnsName(given.name),
    changes: [],
    records: given.records.map(({ name, type, ttl, values, setIdentifier, weight }) => ({
      Name: dnsName(name),
      Type: type,
      ...(setIdentifier === undefined ? {} : { SetIdentifier: setIdentifier }),
      ...(weight === undefined ? {} : { Weight: weight }),
      TTL: ttl,
      ResourceRecords: values.map((Value) => ({ Value })),
    })),
  }
}

export const changeInput = z.strictObject({
  HostedZoneId: z.string(),
  ChangeBatch: z.strictObject({
    Comment: z.string().optional(),
    Changes: z
      .array(
        z.strictObject({
          Action: z.enum(['CREATE', 'DELETE', 'UPSERT']),
          ResourceRecordSet: z.strictObject({
            Name: z.string(),
            Type: recordType,
            SetIdentifier: z.string().optional(),
            Weight: z.coerce.number().int().min(0).max(255).optional(),
            Region: z.string().optional(),
            Failover: z.string().optional(),
            MultiValueAnswer: z.stringbool().optional(),
            HealthCheckId: z.string().optional(),
            TTL: z.coerce.number().int().min(0).max(2_147_483_647).optional(),
            ResourceRecords: z
              .array(z.strictObject({ Value: z.string() }))
              .min(1)
              .optional(),
          }),
        }),
      )
      .min(1),
  }),
})
