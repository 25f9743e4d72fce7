import { MigrationError, type Problem } from '../../runtime/errors.ts'

/** Runs one look of a check; what it refuses is told beside what others find. Anything unexpected is thrown on. */
export async function judged(
  field: string,
  look: () => Promise<readonly Problem[] | undefined>,
): Promise<readonly Problem[]> {
  try {
    return (await look()) ?? []
  } catch (error) {
    if (!(error instanceof MigrationError) || error.code === 'cancelled' || error.code === 'bug') throw error
    if (error.problems.length > 0) return error.problems
    return [{ field, message: error.message, remedy: error.remedy }]
  }
}
