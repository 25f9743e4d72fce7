import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { isString } from './github-parser.ts'
import { permissionsOf } from './permissions.ts'
import { entriesOf, entryOf, itemsOf, mappingOf, textOf, textsOf } from './template-value.ts'
import { resolveUses } from './uses.ts'
import type { UsesContext } from './uses.ts'
import type { ActionWork, ScriptWork, WorkflowJob, WorkflowStep } from './workflow.ts'

/** Builds jobs and steps from the token tree, which keeps the keys that the typed form of GitHub's parser drops. */
export class JobReader {
  readonly #context: UsesContext
  readonly #refuse: (token: TemplateToken | undefined, message: string) => void
  readonly #defaults: TemplateToken | undefined

  constructor(
    context: UsesContext,
    refuse: (token: TemplateToken | undefined, message: string) => void,
    defaults: TemplateToken | undefined,
  ) {
    this.#context = context
    this.#refuse = refuse
    this.#defaults = defaults
  }

  readJob(
    id: string,
    job: TemplateToken,
    condition: string,
    typedStep: (index: number) => { id: string; if: string },
  ): WorkflowJob {
    const defaults = entryOf(entryOf(job, 'defaults'), 'run')
    return {
      id,
      name: entryOf(job, 'name'),
      needs: textsOf(entryOf(job, 'needs')),
      if: condition,
      environment: entryOf(job, 'environment'),
      variables: mappingOf(entryOf(job, 'env')),
      permissions: permissionsOf(entryOf(job, 'permissions')),
      concurrency: entryOf(job, 'concurrency'),
      outputs: mappingOf(entryOf(job, 'outputs')),
      timeoutMinutes: entryOf(job, 'timeout-minutes'),
      continueOnError: entryOf(job, 'continue-on-error'),
      steps: itemsOf(entryOf(job, 'steps'))
        .map((step, index) => this.#readStep(step, typedStep(index), defaults))
        .filter((step) => step !== undefined),
    }
  }

  #readStep(
    step: TemplateToken,
    typed: { id: string; if: string },
    defaults: TemplateToken | undefined,
  ): WorkflowStep | undefined {
    const work = this.#readScript(step, defaults) ?? this.#readAction(step)
    if (work === undefined) return undefined
    return {
      id: typed.id,
      name: entryOf(step, 'name'),
      if: typed.if,
      variables: mappingOf(entryOf(step, 'env')),
      continueOnError: entryOf(step, 'continue-on-error'),
      timeoutMinutes: entryOf(step, 'timeout-minutes'),
      work,
    }
  }

  #readScript(step: TemplateToken, defaults: TemplateToken | undefined): ScriptWork | undefined {
    const script = entryOf(step, 'run')
    if (script === undefined) return undefined
    const shell = entryOf(step, 'shell') ?? entryOf(defaults, 'shell') ?? entryOf(this.#defaults, 'shell')
    const name = shell === undefined ? 'default' : textOf(shell)
    if (name !== 'default' && name !== 'bash' && name !== 'sh') {
      this.#refuse(shell, `shell: ${name} is not supported, only bash and sh`)
      return undefined
    }
    return {
      kind: 'run',
      script,
      shell: name,
      workingDirectory:
        entryOf(step, 'working-directory') ??
        entryOf(defaults, 'working-directory') ??
        entryOf(this.#defaults, 'working-directory'),
    }
  }

  #readAction(step: TemplateToken): ActionWork | undefined {
    const uses = entryOf(step, 'uses')
    if (uses === undefined || !isString(uses)) return undefined
    const action = resolveUses(uses.value, this.#context)
    if ('problems' in action) {
      for (const { message } of action.problems) this.#refuse(uses, message)
      return undefined
    }
    const inputs = mappingOf(entryOf(step, 'with'))
    if (action.origin === 'stand-in') {
      const known = new Set(action.metadata.inputs.map(({ name }) => name.toLowerCase()))
      for (const { name, key } of entriesOf(inputs)) {
        if (known.has(name.toLowerCase())) continue
        this.#refuse(key, `with.${name}: the stand-in for ${action.repository} does not support this input`)
      }
    }
    return { kind: 'uses', action, with: inputs }
  }
}
