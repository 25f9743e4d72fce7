import { offences as access } from './access.ts'
import { cannotBeMade } from './cannot-be-made.ts'
import type { Offence } from './offence.ts'
import { offences as outside } from './outside.ts'
import { offences as parity } from './parity.ts'
import { offences as serverState } from './server-state.ts'
import { offences as servers } from './servers.ts'
import { offences as tables } from './tables.ts'
import { offences as values } from './values.ts'

/** Every offence that preflight must name. */
export const allOffences: readonly Offence[] = [
  ...tables,
  ...servers,
  ...serverState,
  ...access,
  ...values,
  ...parity,
  ...outside,
  ...cannotBeMade,
]
