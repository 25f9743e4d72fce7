import { readFileSync } from 'node:fs'
import { callsNamedIn } from '../docs/policies.ts'
import type { EmulatorCall } from '../emulator/call-log.ts'

/** The jobs of workflows-examples/migrate.yml in their order, with the actions whose rights each needs. */
const jobs = [
  ['preflight'],
  // With `prepare: auto` the other two do what these do.
  ['create-task', 'prepare-target', 'wait-full-load', 'finish-target'],
  // These two run side by side, or one after the other.
  ['verify-data', 'sync-sequences', 'wait-cdc-sync'],
  ['verify-data', 'sync-sequences', 'wait-cdc-sync'],
  ['cutover'],
]

const documentOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/**
 * Calls that a job of a migration made and that no README of its actions asks for. `calls` in their order: each job
 * begins by taking its role. `docs/rights.md` has what every action needs for logins and accounts.
 */
export function untoldCalls(calls: readonly EmulatorCall[]): string[] {
  const all = callsNamedIn(documentOf('docs/rights.md'))
  const untold = new Set<string>()
  let job = -1
  for (const { service, operation, accessKeyId } of calls) {
    if (operation === 'AssumeRoleWithWebIdentity') job += 1
    // Keys of sessions begin with ASIA; others are the rehearsal's own looks.
    if (job < 0 || !accessKeyId.startsWith('ASIA') || operation === 'GetCallerIdentity') continue
    const call = `${service}:${operation}`
    const told = (jobs[job] ?? []).some((action) =>
      callsNamedIn(documentOf(`actions/${action}/README.md`)).has(call),
    )
    if (!told && !all.has(call)) untold.add(`${jobs[job]?.join() ?? `job ${job}`}: ${call}`)
  }
  return [...untold]
}
