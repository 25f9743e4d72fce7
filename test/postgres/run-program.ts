import { spawn } from 'node:child_process'
import type { SpawnOptions } from 'node:child_process'

/**
 * Runs a program to its end. Run it in a folder of the group, so that it goes with the group.
 * @throws Error with everything it wrote, when it cannot be started or ends with anything but 0
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<void> {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ending = await new Promise<string>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`Cannot run ${file}: ${cause.message}`, { cause })))
    child.once('close', (code, signal) => resolve(code === 0 ? '' : (signal ?? `exit code ${code}`)))
  })
  if (ending !== '') throw new Error(`${[file, ...args].join(' ')} failed (${ending}):\n${output.trim()}`)
}
