import type { MappingToken } from '@actions/workflow-parser/templates/tokens/mapping-token'
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import type { DispatchInput } from './dispatch-inputs.ts'
import type { Permissions } from './permissions.ts'
import type { ResolvedAction } from './uses.ts'

/**
 * A workflow file as this runner understands it. Expressions stay unevaluated (as GitHub's own tokens) until the
 * moment at which GitHub evaluates them.
 */
export interface Workflow {
  /** Relative to the repository's root, with `/`. */
  readonly path: string
  readonly name: string
  readonly runName: TemplateToken | undefined
  /** Event names and their filters. */
  readonly events: ReadonlyMap<string, EventFilter>
  readonly dispatchInputs: readonly DispatchInput[]
  readonly environment: MappingToken | undefined
  readonly permissions: Permissions | undefined
  readonly concurrency: TemplateToken | undefined
  readonly jobs: readonly WorkflowJob[]
}

/** Branch and tag patterns of an event; `paths` and `types` are kept for the record only. */
export interface EventFilter {
  readonly branches?: readonly string[]
  readonly 'branches-ignore'?: readonly string[]
  readonly tags?: readonly string[]
  readonly 'tags-ignore'?: readonly string[]
}

export interface WorkflowJob {
  readonly id: string
  readonly name: TemplateToken | undefined
  readonly needs: readonly string[]
  /** Complete: `success() &&` is part of it unless the file used a status function. */
  readonly if: string
  readonly environment: TemplateToken | undefined
  readonly variables: MappingToken | undefined
  readonly permissions: Permissions | undefined
  readonly concurrency: TemplateToken | undefined
  readonly outputs: MappingToken | undefined
  readonly timeoutMinutes: TemplateToken | undefined
  readonly continueOnError: TemplateToken | undefined
  readonly steps: readonly WorkflowStep[]
}

export interface WorkflowStep {
  /** As in the file, or GitHub's generated `__run`, `__owner_name`, which the `steps` context leaves out. */
  readonly id: string
  readonly name: TemplateToken | undefined
  readonly if: string
  readonly variables: MappingToken | undefined
  readonly continueOnError: TemplateToken | undefined
  readonly timeoutMinutes: TemplateToken | undefined
  readonly work: ScriptWork | ActionWork
}

export interface ScriptWork {
  readonly kind: 'run'
  readonly script: TemplateToken
  /** `default` is bash without `-o pipefail`, as where a file names no shell. */
  readonly shell: 'default' | 'bash' | 'sh'
  readonly workingDirectory: TemplateToken | undefined
}

export interface ActionWork {
  readonly kind: 'uses'
  readonly action: ResolvedAction
  readonly with: MappingToken | undefined
}
