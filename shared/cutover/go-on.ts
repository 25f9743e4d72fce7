import { MigrationError } from '../runtime/errors.ts'
import type { CutoverPorts } from './ports.ts'

/** Throws `cancelled` where somebody asked for that. */
export function goOnUnlessCancelled({ signal }: CutoverPorts): void {
  if (signal.aborted) throw new MigrationError('cancelled', 'the run was cancelled before its commit point')
}
