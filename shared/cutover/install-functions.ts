import { prepareDoubts } from '../control/uncarried.ts'
import type { Session } from '../postgres/session.ts'
import { createSetAsideFunctions, createTargetFunctions } from '../target/statements.ts'
import { createPutBackFunctions } from './read-only/statements.ts'
import { createFenceFunctions, createOpeningFunctions } from './statements.ts'

/** What the phases call on both databases; idempotent. `fencedBy`: a fence on `to` is to be lifted. */
export async function installFunctions(
  { from, to }: { readonly from: Session; readonly to: Session },
  fencedBy: bigint | undefined,
): Promise<void> {
  for (const session of [from, to]) {
    await session.query(createFenceFunctions)
    await session.query(createOpeningFunctions)
  }
  await prepareDoubts(to)
  if (fencedBy === undefined) return
  await to.query(createPutBackFunctions)
  await to.query(createTargetFunctions)
  await to.query(createSetAsideFunctions)
}
