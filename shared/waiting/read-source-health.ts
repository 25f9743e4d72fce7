import type { Session } from '../postgres/session.ts'
import { sourceHealthShape, type SourceHealth } from './source-health.ts'
import { readSourceHealthStatement } from './statements.ts'

/** One look at the source, one statement. */
export async function readSourceHealth(source: Session): Promise<SourceHealth> {
  const [row] = await source.query<{ health: unknown }>(readSourceHealthStatement)
  return sourceHealthShape.parse(row?.health)
}
