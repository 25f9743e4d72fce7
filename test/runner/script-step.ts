import { writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { runRecorded } from './recorded-process.ts'
import type { ActionResult } from './recorded-process.ts'
import type { StepRecord } from './step-record.ts'
import type { ScriptWork } from './workflow.ts'

export interface ScriptRun {
  readonly script: string
  readonly shell: ScriptWork['shell']
  /** Relative to the workspace; empty for the workspace itself. */
  readonly workingDirectory: string
  readonly workspace: string
  readonly temp: string
  readonly environment: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  onSpawn(pid: number): void
}

/** The runner's own arguments (actions/runner `ScriptHandlerHelpers.cs`); a script that names no shell gets `-e` only. */
const shellArguments: Readonly<Record<ScriptWork['shell'], readonly string[]>> = {
  default: ['-e'],
  bash: ['--noprofile', '--norc', '-e', '-o', 'pipefail'],
  sh: ['-e'],
}

/** Runs a `run:` step: the script goes into a file which the shell executes. */
export async function runScript(run: ScriptRun, record: StepRecord): Promise<ActionResult> {
  const cwd = resolve(run.workspace, run.workingDirectory)
  const command = findShell(run.shell, run.environment['PATH'] ?? '')
  const file = join(run.temp, `${randomUUID()}.sh`)
  await writeFile(file, run.script)
  const lines = run.script.split('\n')
  record.log(`##[group]Run ${lines[0] ?? ''}`)
  record.log(run.script.replace(/\n$/, ''))
  record.log(`shell: ${command} ${shellArguments[run.shell].join(' ')} {0}`)
  record.log('##[endgroup]')
  if (!existsSync(cwd)) record.error(`the working directory ${cwd} does not exist`)
  const result = await runRecorded(record, {
    command,
    arguments: [...shellArguments[run.shell], file],
    cwd,
    temp: run.temp,
    environment: run.environment,
    signal: run.signal,
    onSpawn: (pid) => run.onSpawn(pid),
  })
  if (result.outcome === 'failure' && result.exitCode !== 0 && result.exitCode !== null) {
    record.error(`Process completed with exit code ${result.exitCode}.`)
  }
  return result
}

function findShell(shell: ScriptWork['shell'], path: string): string {
  const names = shell === 'default' ? ['bash', 'sh'] : [shell]
  for (const name of names) {
    for (const folder of path.split(delimiter)) {
      if (folder !== '' && existsSync(join(folder, name))) return join(folder, name)
    }
  }
  throw new Error(`there is no ${names.join(' or ')} on PATH`)
}
