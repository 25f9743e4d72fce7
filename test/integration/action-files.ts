import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { parse } from 'yaml'

const actionsFolder = fileURLToPath(new URL('../../actions/', import.meta.url))

/** INPUT_* as the runner passes them, with the defaults of action.yml. */
export async function inputEnvironment(
  action: string,
  inputs: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const metadata = parse(await readFile(join(actionsFolder, action, 'action.yml'), 'utf8')) as {
    inputs: Record<string, { default?: string }>
  }
  return Object.fromEntries(
    Object.entries(metadata.inputs).map(([name, { default: text }]) => [
      `INPUT_${name.toUpperCase()}`,
      inputs[name] ?? text ?? '',
    ]),
  )
}

/** `name<<delimiter`, lines, delimiter: the form in which @actions/core writes outputs. */
export function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {}
  for (const [, name, , value] of text.matchAll(/^([^\n<]+)<<(\S+)\n([\s\S]*?)\n\2$/gmu)) {
    if (name !== undefined) outputs[name] = value ?? ''
  }
  return outputs
}
