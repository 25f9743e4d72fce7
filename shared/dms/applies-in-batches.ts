import * as z from 'zod'

const targetMetadata = z.object({ TargetMetadata: z.object({ BatchApplyEnabled: z.boolean() }) })

/**
 * Whether a task's settings let it apply net changes table by table (BatchApplyEnabled; DMS User Guide, Target metadata task
 * settings): the order of changes in different tables is then not kept within a batch.
 */
export function appliesInBatches({ settings }: { readonly settings: unknown }): boolean {
  const found = targetMetadata.safeParse(settings)
  return found.success && found.data.TargetMetadata.BatchApplyEnabled
}
