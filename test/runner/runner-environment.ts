import { mkdir, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'

/** The folders of one job below its work folder, named as on a runner. */
export interface RunnerFolders {
  readonly temp: string
  readonly toolCache: string
  readonly home: string
  readonly commands: string
  readonly eventFile: string
}

/** Creates a job's folders and its event file. */
export async function createRunnerFolders(workFolder: string, payload: unknown): Promise<RunnerFolders> {
  const temp = join(workFolder, '_temp')
  const folders: RunnerFolders = {
    temp,
    toolCache: join(workFolder, '_tool'),
    home: join(workFolder, '_home'),
    commands: join(temp, '_runner_file_commands'),
    eventFile: join(temp, '_github_workflow', 'event.json'),
  }
  await Promise.all(
    [folders.commands, folders.toolCache, folders.home, join(temp, '_github_workflow')].map((folder) =>
      mkdir(folder, { recursive: true }),
    ),
  )
  await writeFile(folders.eventFile, JSON.stringify(payload))
  return folders
}

/**
 * What a runner's machine gives every process. Nothing else of the caller's environment gets in: PATH is the caller's
 * (as on a self-hosted runner), HOME is an empty folder so that nobody's `~/.aws` or `~/.pgpass` is ever used.
 */
export function machineEnvironment(folders: RunnerFolders): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: folders.home,
    LANG: 'C.UTF-8',
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    RUNNER_OS: runnerSystem(),
    RUNNER_ARCH: process.arch.toUpperCase(),
    RUNNER_NAME: 'local',
    RUNNER_ENVIRONMENT: 'self-hosted',
    RUNNER_TEMP: folders.temp,
    RUNNER_TOOL_CACHE: folders.toolCache,
    // The runner finds what a job left running by this variable.
    RUNNER_TRACKING_ID: `github_${randomUUID()}`,
  }
}

/** `runner.os` of this machine. */
export function runnerSystem(): string {
  if (process.platform === 'darwin') return 'macOS'
  return process.platform === 'win32' ? 'Windows' : 'Linux'
}
