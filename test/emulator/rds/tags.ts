import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { flexibleList } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { rdsFilters } from './rds-input.ts'
import { clusterNotFound, findCluster, findInstance, instanceNotFound, snapshotArn } from './resources.ts'

const tag = z.strictObject({ Key: z.string(), Value: z.string().default('') })

export const tagsInput = flexibleList(tag).optional()

export function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

export function tagsOf(input: z.output<typeof tagsInput>): Record<string, string> {
  return Object.fromEntries((input ?? []).map(({ Key, Value }) => [Key, Value]))
}

/** What an ARN of this account names. Throws the not-found fault of its kind. */
function tagged(emulator: Emulator, arn: string): { tags: Record<string, string> } {
  const { snapshots, parameterGroups } = emulator.store.state.rds
  const [, , , , , type = ''] = arn.split(':')
  switch (type) {
    case 'cluster':
      if (!arn.startsWith('arn:')) throw clusterNotFound(arn)
      return findCluster(emulator, arn)
    case 'snapshot':
    case 'cluster-snapshot': {
      const found = snapshots.find((snapshot) => snapshotArn(emulator, snapshot) === arn)
      if (found) return found
      throw new AwsError('DBSnapshotNotFound', `DBSnapshot ${arn} not found.`, 404)
    }
    case 'pg':
    case 'cluster-pg': {
      const found = parameterGroups.find(
        ({ kind, name }) =>
          emulator.arn('rds', `${kind === 'cluster' ? 'cluster-pg' : 'pg'}:${name}`) === arn,
      )
      if (found) return found
      throw new AwsError('DBParameterGroupNotFound', `DBParameterGroup not found: ${arn}`, 404)
    }
    default:
      if (!arn.startsWith('arn:')) throw instanceNotFound(arn)
      return findInstance(emulator, arn)
  }
}

export function tagOperations(emulator: Emulator): Record<string, Operation> {
  return {
    ListTagsForResource: operation(
      z.strictObject({ ResourceName: z.string(), Filters: rdsFilters }),
      'reads',
      ({ ResourceName }) => ({ TagList: tagList(tagged(emulator, ResourceName).tags) }),
    ),
    AddTagsToResource: operation(
      z.strictObject({ ResourceName: z.string(), Tags: flexibleList(tag) }),
      'changes',
      ({ ResourceName, Tags }) => {
        Object.assign(tagged(emulator, ResourceName).tags, tagsOf(Tags))
        emulator.store.save()
        return {}
      },
    ),
    RemoveTagsFromResource: operation(
      z.strictObject({ ResourceName: z.string(), TagKeys: flexibleList(z.string()) }),
      'changes',
      ({ ResourceName, TagKeys }) => {
        const { tags } = tagged(emulator, ResourceName)
        for (const key of TagKeys) delete tags[key]
        emulator.store.save()
        return {}
      },
    ),
  }
}
