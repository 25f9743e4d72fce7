import { MigrationError } from '../runtime/errors.ts'
import type { Fact } from './known-fact.ts'

/** Reads a fact. What fails becomes an unknown fact with its reason; a cancelled run or a lost database ends it all. */
export async function observe<T>(read: () => Promise<T>): Promise<Fact<T>> {
  try {
    return { known: true, value: await read() }
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'cancelled') throw error
    return { known: false, reason: error instanceof Error ? error.message : String(error) }
  }
}
