import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'

/** Where a step's process writes what it wants the runner to know; new and empty for every step. */
export interface CommandFiles {
  readonly environment: string
  readonly output: string
  readonly path: string
  readonly state: string
  readonly summary: string
}

/** The runner refuses a longer step summary, in bytes. */
export const summaryLimit = 1024 * 1024

/** Creates the five empty files below `folder` (the runner keeps them in `_runner_file_commands`). */
export async function createCommandFiles(folder: string): Promise<CommandFiles> {
  const suffix = randomUUID()
  const files: CommandFiles = {
    environment: join(folder, `set_env_${suffix}`),
    output: join(folder, `set_output_${suffix}`),
    path: join(folder, `add_path_${suffix}`),
    state: join(folder, `save_state_${suffix}`),
    summary: join(folder, `step_summary_${suffix}`),
  }
  await mkdir(folder, { recursive: true })
  await Promise.all(Object.values(files).map((file) => writeFile(file, '')))
  return files
}

/** The variables by which a process finds its command files. */
export function commandFileVariables(files: CommandFiles): Record<string, string> {
  return {
    GITHUB_ENV: files.environment,
    GITHUB_OUTPUT: files.output,
    GITHUB_PATH: files.path,
    GITHUB_STATE: files.state,
    GITHUB_STEP_SUMMARY: files.summary,
  }
}

/** A command file that does not follow its format; the step fails with this message. */
export class CommandFileError extends Error {}

/**
 * Reads `NAME=value` lines and `NAME<<DELIMITER` blocks, in order. Only LF ends a line (a CR stays in the value), and
 * the last line of a block needs its LF. Source: actions/runner `EnvFileKeyValuePairs`.
 * Throws CommandFileError on anything else; pairs before it have then been yielded and count, as on GitHub.
 */
export function* parseCommandFile(text: string): Generator<readonly [name: string, value: string]> {
  let at = 0
  while (at < text.length) {
    const [line, next] = readLine(text, at)
    at = next
    if (line === '') continue
    const equals = line.indexOf('=')
    const block = line.indexOf('<<')
    if (equals >= 0 && (block < 0 || equals < block)) {
      yield [line.slice(0, equals), line.slice(equals + 1)]
      continue
    }
    if (block < 0) throw new CommandFileError(`Invalid format '${line}'`)
    const name = line.slice(0, block)
    const delimiter = line.slice(block + 2)
    if (name === '' || delimiter === '') {
      throw new CommandFileError(
        `Invalid format '${line}'. Name must not be empty and delimiter must not be empty`,
      )
    }
    const [value, after] = readBlock(text, at, delimiter)
    at = after
    yield [name, value]
  }
}

function readLine(text: string, from: number): readonly [line: string, next: number, ended: boolean] {
  const end = text.indexOf('\n', from)
  return end < 0 ? [text.slice(from), text.length, false] : [text.slice(from, end), end + 1, true]
}

function readBlock(text: string, from: number, delimiter: string): readonly [value: string, next: number] {
  let at = from
  while (at < text.length) {
    const [line, next, ended] = readLine(text, at)
    if (line === delimiter) return [text.slice(from, Math.max(from, at - 1)), next]
    if (!ended) throw new CommandFileError('Invalid value. EOF marker missing new line.')
    at = next
  }
  throw new CommandFileError(`Invalid value. Matching delimiter not found '${delimiter}'`)
}

/** The directories of a GITHUB_PATH file, in the order in which they were added. */
export function parsePathFile(text: string): string[] {
  return text.split(/\r\n|\n|\r/).filter((line) => line !== '')
}

/** The text of a command file; a step that removed it wrote nothing. */
export async function readCommandFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

/** A step's summary, or the error with which the runner drops one that is too long. */
export async function readSummary(file: string): Promise<{ text: string } | { error: string }> {
  const text = await readCommandFile(file)
  const size = text === '' ? 0 : (await stat(file)).size
  if (size <= summaryLimit) return { text }
  return {
    error: `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${summaryLimit / 1024}k, got ${Math.floor(size / 1024)}k.`,
  }
}
