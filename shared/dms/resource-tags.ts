import {
  AddTagsToResourceCommand,
  ListTagsForResourceCommand,
  type DatabaseMigrationServiceClient,
} from '@aws-sdk/client-database-migration-service'
import { serviceError } from './service-error.ts'
import { tagList, type MigrationTags } from './tags.ts'

export interface ResourceTags {
  /** Tags of one resource by key. */
  read(arn: string): Promise<Readonly<Record<string, string>>>
  /** Adds or replaces the migration's tags. */
  write(arn: string, tags: MigrationTags): Promise<void>
  /** Adds or replaces one tag. */
  set(arn: string, key: string, value: string): Promise<void>
}

/** The port over the real client; `signal` ends calls that are under way. */
export function resourceTags(client: DatabaseMigrationServiceClient, signal?: AbortSignal): ResourceTags {
  const http = signal === undefined ? {} : { abortSignal: signal }
  const add = async (arn: string, tags: { Key: string; Value: string }[]) => {
    try {
      await client.send(new AddTagsToResourceCommand({ ResourceArn: arn, Tags: tags }), http)
    } catch (error) {
      throw serviceError(error, 'AddTagsToResource', arn)
    }
  }
  return {
    read: async (arn) => {
      try {
        const answer = await client.send(new ListTagsForResourceCommand({ ResourceArn: arn }), http)
        return Object.fromEntries((answer.TagList ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']))
      } catch (error) {
        throw serviceError(error, 'ListTagsForResource', arn)
      }
    },
    write: (arn, tags) => add(arn, tagList(tags)),
    set: (arn, key, value) => add(arn, [{ Key: key, Value: value }]),
  }
}
