import { prepareDoubts } from '../control/uncarried.ts'
import type { Session } from '../postgres/session.ts'
import { createPutBackFunctions } from './read-only/statements.ts'
import { createFenceFunctions, createOpeningFunctions } from './statements.ts'

/** What the phases call on both databases; idempotent. `fencedBy`: a fence on `to` is to be lifted. */
export async function installFunctions(
  { from, to }: { readonly from: Session; readonly to: Session },
  fencedBy: bigint | undefined,
): Promise<void> {
  await from.query(createFenceFunctions)
  await to.query(createOpeningFunctions)
  await prepareDoubts(to)
  if (fencedBy === undefined) return
  await to.query(createFenceFunctions)
  await to.query(createPutBackFunctions)
}
