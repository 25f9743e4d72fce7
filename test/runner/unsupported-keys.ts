import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { entriesOf, entryOf, itemsOf, textsOf } from './template-value.ts'

type Refuse = (token: TemplateToken | undefined, message: string) => void

/** What a file may be started by here. */
const events = new Set(['workflow_dispatch', 'push', 'pull_request', 'schedule'])

/** Keys of GitHub's own syntax that this runner leaves out; it says so instead of skipping them. */
const jobKeys: Readonly<Record<string, string>> = {
  strategy: 'matrix and other strategies are not supported',
  container: 'container jobs are not supported',
  services: 'service containers are not supported',
  snapshot: 'image snapshots are not supported',
  uses: 'reusable workflows are not supported',
  secrets: 'reusable workflows are not supported',
  with: 'reusable workflows are not supported',
  'cancel-timeout-minutes': 'cancel-timeout-minutes is not supported',
}

const stepKeys: Readonly<Record<string, string>> = {
  background: 'background steps are not supported',
  wait: 'background steps are not supported',
  'wait-all': 'background steps are not supported',
  cancel: 'background steps are not supported',
  parallel: 'parallel steps are not supported',
}

/** Reports every key of the file that this runner leaves out. */
export function findUnsupported(root: TemplateToken, refuse: Refuse): void {
  const on = entryOf(root, 'on')
  const names = entriesOf(on)
  const started = names.length > 0 ? names : textsOf(on).map((name) => ({ name, key: on }))
  for (const { name, key } of started) {
    if (!events.has(name)) refuse(key, `on.${name} is not supported, only ${[...events].join(', ')}`)
  }
  for (const job of entriesOf(entryOf(root, 'jobs'))) {
    findKeys(job.value, `jobs.${job.name}`, jobKeys, refuse)
    for (const [index, step] of itemsOf(entryOf(job.value, 'steps')).entries()) {
      findKeys(step, `jobs.${job.name}.steps[${index}]`, stepKeys, refuse)
    }
  }
}

function findKeys(
  token: TemplateToken,
  place: string,
  keys: Readonly<Record<string, string>>,
  refuse: Refuse,
): void {
  for (const { name, key } of entriesOf(token)) {
    const reason = keys[name]
    if (reason !== undefined) refuse(key, `${place}.${name}: ${reason}`)
  }
}
