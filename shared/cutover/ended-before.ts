import { sqlState } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import type { BeforeCommit } from './phase.ts'
import type { CutoverPorts } from './ports.ts'

/** What ended a run before its commit point, in words: a server that ends a session or a statement is no bug of ours. */
export function endedBefore(error: unknown, phase: BeforeCommit, { names }: CutoverPorts): unknown {
  if (error instanceof MigrationError) return error
  const state = sqlState(error) ?? ''
  const message = error instanceof Error ? error.message : String(error)
  if (state === '57014' || state === '25P04')
    return new MigrationError('timeout', `phase ${phase} took longer than the freeze's budget: ${message}`, {
      remedy: `The ${names.from} is as it was. See the timeline for what took so long.`,
      cause: error,
    })
  // Connection and operator classes, serialization and locks, sockets; a read that the client gave up has no code.
  if (/^(08|25P|57P|40|55|E[A-Z]+$)/u.test(state) || state === '')
    return new MigrationError('unavailable', `the pause ended in phase ${phase}: ${message}`, {
      remedy: `PostgreSQL gives the ${names.from} back by itself. Look at both servers, then start a new run.`,
      cause: error,
    })
  return error
}
