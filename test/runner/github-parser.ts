import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/**
 * GitHub's own workflow parser. It imports its schema, a JSON file, without an import attribute, which Node refuses
 * (ERR_IMPORT_ATTRIBUTE_MISSING); the hook hands that file over as a module. The hook has to stand before the import,
 * and a static import would be linked first: so this file imports the parser dynamically, and everyone else takes the
 * parser from here.
 */
registerHooks({
  load(url, context, nextLoad) {
    if (!url.includes('/@actions/workflow-parser/') || !url.endsWith('.json')) return nextLoad(url, context)
    return {
      format: 'module',
      shortCircuit: true,
      source: `export default ${readFileSync(fileURLToPath(url), 'utf8')}`,
    }
  },
})

const parser = await import('@actions/workflow-parser')

export const { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } = parser
export const { isBasicExpression, isMapping, isSequence, isString } = parser
