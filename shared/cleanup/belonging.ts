import type { CreatedResource } from '../dms/created-resources.ts'
import { externalId } from '../dms/task-identifier.ts'

/** Something in AWS with what tells whose it is. */
export interface Tagged {
  readonly identifier: string
  readonly arn: string
  /** Value of the tag `aurora-migration`; undefined where it has none. */
  readonly owner: string | undefined
}

/**
 * Whose something in AWS is: `ours` by its tag, or by the journal, where that names this very ARN and no tag says otherwise;
 * `named`: nobody's, and the user has asked for it by its ARN. A similar name proves nothing. Pure.
 */
export function belongsTo(
  found: Tagged,
  migration: string,
  recorded: readonly CreatedResource[],
  named: readonly string[],
): 'ours' | 'named' | 'other' | 'nobody' {
  if (found.owner === migration) return 'ours'
  if (found.owner !== undefined) return 'other'
  if (recorded.some(({ arn }) => arn === found.arn)) return 'ours'
  return named.includes(found.arn) ? 'named' : 'nobody'
}

/**
 * Whether a slot was made by DMS for one of these tasks: it names its slots after the first 16 characters of the task's
 * external id, eight digits and a UUID. DMS drops them with the task, but was seen to leave them behind. Pure.
 */
export function isSlotOfTask(slot: string, taskArns: readonly string[]): boolean {
  return taskArns.some((arn) => {
    const start = externalId(arn)
      .toLowerCase()
      .replaceAll(/[^a-z0-9_]/gu, '_')
      .slice(0, 16)
    return (
      start.length >= 12 &&
      slot.startsWith(`${start}_`) &&
      /^_\d{8}_[0-9a-f_]{36}$/u.test(slot.slice(start.length))
    )
  })
}
