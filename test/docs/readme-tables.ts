import { format, resolveConfig } from 'prettier'
import { table } from '../../shared/report/markdown.ts'
import type { ActionFile } from '../build/action-file.ts'

/**
 * An action's README with its tables of inputs and outputs written anew from action.yml, between
 * `<!-- inputs -->` and `<!-- /inputs -->`, and likewise for `outputs`; formatted. Throws where a marker is missing.
 */
export async function readmeWithTables(readme: string, action: ActionFile): Promise<string> {
  const inputs = Object.entries(action.inputs).map(([name, input]) => [
    `\`${name}\``,
    oneLine(input.description),
    input.required ? 'required' : input.default === undefined ? '' : `\`${input.default}\``,
  ])
  const outputs = Object.entries(action.outputs).map(([name, output]) => [
    `\`${name}\``,
    oneLine(output.description),
  ])
  const place = `actions/${action.folder}/README.md`
  const withInputs = between(readme, 'inputs', place, table(['Input', 'Description', 'Default'], inputs))
  const complete = between(withInputs, 'outputs', place, table(['Output', 'Description'], outputs))
  return format(complete, { ...(await resolveConfig(import.meta.filename)), parser: 'markdown' })
}

/** Block scalars of action.yml break lines where they are long; a table cell has none. */
function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/gu, ' ')
}

function between(text: string, marker: string, place: string, content: string): string {
  const pattern = new RegExp(`(<!-- ${marker} -->)[^]*?(<!-- /${marker} -->)`, 'u')
  if (!pattern.test(text)) throw new Error(`${place} has no <!-- ${marker} --> … <!-- /${marker} -->`)
  return text.replace(pattern, (_, open: string, close: string) => `${open}\n\n${content}\n\n${close}`)
}
