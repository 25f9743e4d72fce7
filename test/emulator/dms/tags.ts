import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { resourceNotFound } from '../protocol/aws-error.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'

export const tagsSchema = z
  .array(
    z.strictObject({
      Key: z.string().optional(),
      Value: z.string().optional(),
      ResourceArn: z.string().optional(),
    }),
  )
  .optional()

/** Lays tags over those that the resource has; the caller saves the state. */
export function setTags(emulator: Emulator, arn: string, tags: z.infer<typeof tagsSchema>): void {
  if (!tags) return
  const kept = (emulator.store.state.tags[arn] ??= {})
  for (const { Key, Value } of tags) if (Key !== undefined) kept[Key] = Value ?? ''
}

function demandResource(emulator: Emulator, arn: string): void {
  const { replicationInstances, endpoints, tasks, replicationConfigs, certificates, assessmentRuns } =
    emulator.store.state
  const resources = [
    ...replicationInstances,
    ...endpoints,
    ...tasks,
    ...replicationConfigs,
    ...certificates,
    ...assessmentRuns,
  ]
  if (resources.some((resource) => resource.arn === arn)) return
  throw resourceNotFound(`Resource with ARN ${arn} not found.`)
}

export function tagOperations(emulator: Emulator): Record<string, Operation> {
  const { store } = emulator
  return {
    AddTagsToResource: operation(
      z.strictObject({ ResourceArn: z.string(), Tags: tagsSchema.unwrap() }),
      'changes',
      ({ ResourceArn, Tags }) => {
        demandResource(emulator, ResourceArn)
        setTags(emulator, ResourceArn, Tags)
        store.save()
        return {}
      },
    ),
    RemoveTagsFromResource: operation(
      z.strictObject({ ResourceArn: z.string(), TagKeys: z.array(z.string()) }),
      'changes',
      ({ ResourceArn, TagKeys }) => {
        demandResource(emulator, ResourceArn)
        const kept = store.state.tags[ResourceArn] ?? {}
        store.state.tags[ResourceArn] = Object.fromEntries(
          Object.entries(kept).filter(([key]) => !TagKeys.includes(key)),
        )
        store.save()
        return {}
      },
    ),
    ListTagsForResource: operation(
      z.strictObject({ ResourceArn: z.string().optional(), ResourceArnList: z.array(z.string()).optional() }),
      'reads',
      ({ ResourceArn, ResourceArnList }) => {
        const arns = [...(ResourceArn === undefined ? [] : [ResourceArn]), ...(ResourceArnList ?? [])]
        const tags = arns.flatMap((arn) => {
          demandResource(emulator, arn)
          return Object.entries(store.state.tags[arn] ?? {}).map(([Key, Value]) => ({
            Key,
            Value,
            ...(ResourceArnList ? { ResourceArn: arn } : {}),
          }))
        })
        return { TagList: tags }
      },
    ),
  }
}
