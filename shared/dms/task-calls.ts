import type { StartType } from './replication-task.ts'
import { isNamed, serviceError } from './service-error.ts'

// What the answers of DMS mean, for calls that replication tasks and serverless replications have under names of their own.
// `call` is the name of the API's operation, for errors.

type Send<T> = () => Promise<T>

/** The new ARN; undefined where the identifier is taken. */
export async function creation(
  call: string,
  identifier: string,
  send: Send<string>,
): Promise<string | undefined> {
  try {
    return await send()
  } catch (error) {
    if (isNamed(error, 'ResourceAlreadyExistsFault')) return undefined
    throw serviceError(error, call, identifier)
  }
}

/** `not-yet`: a state or a connection test is in the way; `ran-before`: only the first start may be start-replication. */
export async function start(
  call: string,
  arn: string,
  type: StartType,
  send: Send<unknown>,
): Promise<'started' | 'not-yet' | 'ran-before'> {
  try {
    await send()
    return 'started'
  } catch (error) {
    if (isNamed(error, 'InvalidResourceStateFault')) return 'not-yet'
    if (isNamed(error, 'InvalidParameterCombinationException') && type === 'start-replication')
      return 'ran-before'
    throw serviceError(error, call, arn)
  }
}

/** A stop or a deletion; what `needless` names says that there is nothing left to do. */
export async function ending(
  call: string,
  arn: string,
  needless: 'InvalidResourceStateFault' | 'ResourceNotFoundFault',
  send: Send<unknown>,
): Promise<void> {
  try {
    await send()
  } catch (error) {
    if (!isNamed(error, needless)) throw serviceError(error, call, arn)
  }
}

/**
 * All entries of a description, page by page. Where nothing matches DMS answers with a fault: an empty list, unless what is
 * asked about `mustExist`.
 */
export async function pagesOf<Page, T>(
  call: string,
  names: readonly string[],
  pages: AsyncIterable<Page>,
  entries: (page: Page) => readonly T[] | undefined,
  mustExist = false,
): Promise<T[]> {
  const found: T[] = []
  try {
    for await (const page of pages) found.push(...(entries(page) ?? []))
  } catch (error) {
    if (mustExist || !isNamed(error, 'ResourceNotFoundFault'))
      throw serviceError(error, call, names.join(', '))
  }
  return found
}
