import {
  CreateReplicationInstanceCommand,
  paginateDescribeReplicationInstances,
  type DatabaseMigrationServiceClient,
  type ReplicationInstance as ApiInstance,
} from '@aws-sdk/client-database-migration-service'
import { required } from './answer-part.ts'
import { isNamed, serviceError } from './service-error.ts'
import { tagList, type MigrationTags } from './tags.ts'

export interface ReplicationInstance {
  readonly identifier: string
  readonly arn: string
  /** As the API writes it: `available`, `creating`, `storage-full`, … */
  readonly status: string
  readonly class: string
  readonly storageGb: number
  readonly multiAz: boolean
  readonly engineVersion: string
  /** Empty where DMS does not say. */
  readonly vpc: string
}

/** A replication instance as the migration file asks for it. */
export interface NewReplicationInstance {
  readonly identifier: string
  readonly class: string
  readonly storageGb: number
  readonly multiAz: boolean
  readonly subnetGroup?: string
  readonly kmsKey?: string
  readonly securityGroups: readonly string[]
  readonly tags: MigrationTags
}

export interface ReplicationInstances {
  describe(
    selection: { readonly identifiers: readonly string[] } | { readonly arns: readonly string[] },
  ): Promise<ReplicationInstance[]>
  /** The new instance's ARN; undefined where the identifier is taken. */
  create(instance: NewReplicationInstance): Promise<string | undefined>
}

/** The port over the real client; `signal` ends calls that are under way. */
export function replicationInstances(
  client: DatabaseMigrationServiceClient,
  signal?: AbortSignal,
): ReplicationInstances {
  const http = signal === undefined ? {} : { abortSignal: signal }
  return {
    describe: async (selection) => {
      const [filter, values] =
        'arns' in selection
          ? (['replication-instance-arn', selection.arns] as const)
          : (['replication-instance-id', selection.identifiers] as const)
      const found: ReplicationInstance[] = []
      try {
        const pages = paginateDescribeReplicationInstances(
          { client, pageSize: 100 },
          { Filters: [{ Name: filter, Values: [...values] }] },
          http,
        )
        for await (const page of pages) found.push(...(page.ReplicationInstances ?? []).map(parseInstance))
      } catch (error) {
        if (!isNamed(error, 'ResourceNotFoundFault'))
          throw serviceError(error, 'DescribeReplicationInstances', values.join(', '))
      }
      return found
    },
    create: async (instance) => {
      try {
        const answer = await client.send(
          new CreateReplicationInstanceCommand({
            ReplicationInstanceIdentifier: instance.identifier,
            ReplicationInstanceClass: instance.class,
            AllocatedStorage: instance.storageGb,
            MultiAZ: instance.multiAz,
            PubliclyAccessible: false,
            // An upgrade in the maintenance window would interrupt the migration.
            AutoMinorVersionUpgrade: false,
            ...(instance.subnetGroup === undefined
              ? {}
              : { ReplicationSubnetGroupIdentifier: instance.subnetGroup }),
            ...(instance.kmsKey === undefined ? {} : { KmsKeyId: instance.kmsKey }),
            ...(instance.securityGroups.length === 0
              ? {}
              : { VpcSecurityGroupIds: [...instance.securityGroups] }),
            Tags: tagList(instance.tags),
          }),
          http,
        )
        return required(
          answer.ReplicationInstance?.ReplicationInstanceArn,
          'ReplicationInstanceArn',
          'CreateReplicationInstance',
        )
      } catch (error) {
        if (isNamed(error, 'ResourceAlreadyExistsFault')) return undefined
        throw serviceError(error, 'CreateReplicationInstance', instance.identifier)
      }
    },
  }
}

function parseInstance(instance: ApiInstance): ReplicationInstance {
  const call = 'DescribeReplicationInstances'
  return {
    identifier: required(instance.ReplicationInstanceIdentifier, 'ReplicationInstanceIdentifier', call),
    arn: required(instance.ReplicationInstanceArn, 'ReplicationInstanceArn', call),
    status: required(instance.ReplicationInstanceStatus, 'ReplicationInstanceStatus', call),
    class: instance.ReplicationInstanceClass ?? '',
    storageGb: instance.AllocatedStorage ?? 0,
    multiAz: instance.MultiAZ ?? false,
    engineVersion: instance.EngineVersion ?? '',
    vpc: instance.ReplicationSubnetGroup?.VpcId ?? '',
  }
}
