import { MigrationError } from '../runtime/errors.ts'
import { NotYet, type Fact } from './known-fact.ts'

/** Reads a fact. What fails becomes an unknown fact with its reason; a cancelled run or a lost database ends it all. */
export async function observe<T>(read: () => Promise<T>): Promise<Fact<T>> {
  try {
    return { known: true, value: await read() }
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'cancelled') throw error
    // It rests on a fact of something that is made later.
    if (error instanceof NotYet) return { known: false, reason: error.message, notYet: true }
    return { known: false, reason: error instanceof Error ? error.message : String(error) }
  }
}
