import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { isMapping } from './github-parser.ts'
import { entriesOf, textOf } from './template-value.ts'

/** What a job's GITHUB_TOKEN may do; a scope that is not named may do nothing. */
export type Permissions = Readonly<Record<string, 'read' | 'write' | 'none'>>

/** What new repositories give where a workflow says nothing ("Read repository contents and packages permissions"). */
export const restrictedPermissions: Permissions = { contents: 'read', packages: 'read' }

const scopes = [
  'actions',
  'attestations',
  'checks',
  'contents',
  'deployments',
  'discussions',
  'id-token',
  'issues',
  'models',
  'packages',
  'pages',
  'pull-requests',
  'repository-projects',
  'security-events',
  'statuses',
]

/** Reads a `permissions:` key; undefined when the file has none here. `{}` means none at all. */
export function permissionsOf(token: TemplateToken | undefined): Permissions | undefined {
  if (token === undefined) return undefined
  if (!isMapping(token)) {
    const all = textOf(token) === 'write-all' ? 'write' : 'read'
    // An OIDC token can only be written, never read.
    return Object.fromEntries(
      scopes.map((scope) => [scope, scope === 'id-token' && all === 'read' ? 'none' : all]),
    )
  }
  return Object.fromEntries(entriesOf(token).map(({ name, value }) => [name, levelOf(textOf(value))]))
}

/** Whether a permission includes the asked level; everyone may read metadata. */
export function allows(permissions: Permissions, scope: string, level: 'read' | 'write'): boolean {
  if (scope === 'metadata' && level === 'read') return true
  const given = permissions[scope] ?? 'none'
  return given === 'write' || given === level
}

function levelOf(value: string): 'read' | 'write' | 'none' {
  return value === 'read' || value === 'write' ? value : 'none'
}
