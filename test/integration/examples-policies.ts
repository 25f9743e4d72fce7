import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readActionFile } from '../build/action-file.ts'
import { checkout } from './examples-stack.ts'
import type { EmulatorCall } from '../emulator/call-log.ts'
import type { StepRun, WorkflowRun } from '../runner/run-workflow.ts'

interface Policy {
  readonly Statement: readonly { readonly Action: readonly string[] }[]
}

/** The actions that the IAM policy in an action's README allows, such as `dms:StartReplicationTask`. */
export function policyOf(folder: string): string[] {
  const readme = readFileSync(join(checkout, 'actions', folder, 'README.md'), 'utf8')
  const [, text] = /^## IAM policy$.*?```json\n(.*?)```/msu.exec(readme) ?? []
  if (text === undefined) throw new Error(`actions/${folder}/README.md has no IAM policy`)
  return (JSON.parse(text) as Policy).Statement.flatMap(({ Action }) => Action)
}

/**
 * What each action called in AWS, by its folder. Steps run one after another, so a call belongs to the step in whose
 * time it came.
 */
export function callsOfActions(
  runs: readonly WorkflowRun[],
  calls: readonly EmulatorCall[],
  folders: readonly string[],
): Map<string, Set<string>> {
  const names = new Map(
    folders.map((folder) => [readActionFile(join(checkout, 'actions'), folder).name, folder]),
  )
  const found = new Map(folders.map((folder) => [folder, new Set<string>()]))
  const steps = runs.flatMap((run) => Object.values(run.jobs)).flatMap((job) => job.steps)
  for (const step of steps) {
    const folder = step.outcome === 'skipped' ? undefined : names.get(titleOf(step))
    if (folder === undefined) continue
    const from = Date.parse(step.startedAt)
    for (const call of calls) {
      const at = Date.parse(call.at)
      if (at >= from && at <= from + step.ms) found.get(folder)?.add(`${call.service}:${call.operation}`)
    }
  }
  return found
}

/** The name of the action that a step ran, from the first line of its log. */
function titleOf(step: StepRun): string {
  return /##\[group\]Run (.*)/u.exec(readFileSync(step.logFile, 'utf8'))?.[1] ?? ''
}
