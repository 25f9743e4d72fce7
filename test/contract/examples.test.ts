import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { databasesOf, parseMigration } from '../../shared/migration/migration-file.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { loadWorkflow, UnsupportedWorkflow } from '../runner/workflow-file.ts'
import { filesBelow, root, textOf } from './repository.ts'

const repository = 'aurora-migration/aurora-migration-actions'
const folder = 'workflows-examples/migrations'
const files = filesBelow(folder)

/** The only migration of a file, or that of its first database. */
function migrationOf(path: string): Migration {
  return parseMigration(textOf(path), path, databasesOf(textOf(path), path)[0])
}

describe.each(files)('%s', (path) => {
  test('is right, every database of it', () => {
    for (const database of databasesOf(textOf(path), path))
      expect(parseMigration(textOf(path), path, database).name).toMatch(/^shop-/u)
    expect(migrationOf(path).name).toMatch(/^shop/u)
  })

  test('names the secrets and the cluster that the others name, so that one can be taken for another', () => {
    const { cutover, source, target } = migrationOf(path)
    expect(cutover.environment).toBe('production-cutover')
    expect([source.secret, target.secret]).toEqual(['shop/source/migrator', 'shop/target/migrator'])
    expect(target['rds-cluster']).toBe('shop-aurora')
  })
})

/** Rows of README's table of strategies: the letter, and the file that it links to. */
const strategies = [...textOf('README.md').matchAll(/^\| \*\*([A-E])\*\* .*\]\(([^)]+)\) +\|$/gmu)].map(
  ([, letter = '', file = '']) => ({ letter, file }),
)

test('README has a migration file for each strategy', () => {
  expect(strategies.map(({ letter }) => letter)).toEqual(['A', 'B', 'C', 'D', 'E'])
})

test.each(strategies)(
  'strategy $letter: $file says when to choose it, and does what it says',
  ({ letter, file }) => {
    expect(files).toContain(file)
    const comment = textOf(file)
      .split('\n')
      .filter((line) => line.startsWith('# '))
      .join('\n')
    expect(comment).toContain('yaml-language-server: $schema=../../migration.schema.json')
    expect(comment).toMatch(new RegExp(`^# Strategy ${letter}: .+\\n# Choose it where `, 'mu'))
    const migration = migrationOf(file)
    // Files are for real servers: what says “on this machine” is the rehearsal's to put in.
    expect([migration.source.tls, migration.target.tls]).toEqual(['verify-full', 'verify-full'])
    expect(migration.dms['ssl-mode']).toBe('require')
    expect(migration).toMatchObject(wayOf[letter] ?? {})
  },
)

/** What makes each strategy one of its own. */
const wayOf: Readonly<Record<string, object>> = {
  A: { load: { by: 'dms' }, source: { 'rds-instance': 'shop-postgres' }, dms: { validation: true } },
  B: { load: { by: 'dms' }, 'empty-target': 'truncate' },
  C: { load: { by: 'aurora-clone' }, 'during-load': { 'replica-role': 'disabled-triggers' } },
  D: {
    schema: { dump: {} },
    'during-load': { 'foreign-keys': 'drop', indexes: 'drop' },
    dms: { tasks: { max: 4 } },
  },
  E: {
    dms: { tasks: { max: 8 }, 'parallel-load': {}, 'replication-instance': expect.any(Array) as unknown },
  },
}

test('strategy B names no server of RDS on its source, and C works in two accounts', () => {
  const of = (letter: string) =>
    migrationOf(strategies.find((strategy) => strategy.letter === letter)?.file ?? '')
  expect(of('B').source).not.toHaveProperty('rds-instance')
  expect(of('B').source).not.toHaveProperty('rds-cluster')
  const accounts = [of('C').source.aws?.role, of('C').target.aws?.role].map((role) => role?.split(':')[4])
  expect(new Set(accounts).size).toBe(2)
})

test('every example is linked from README', () => {
  const readme = textOf('README.md')
  const unlinked = filesBelow('workflows-examples').filter((path) => !readme.includes(`](${path})`))
  // The rehearsal's own file is named where rehearsals are explained.
  expect(unlinked.map((path) => basename(path)).filter((name) => name !== 'rehearsal.yml')).toEqual([])
})

test('the workflow for several databases has those of its migration file, and differs from others only by its matrix', async () => {
  const path = 'workflows-examples/migrate-databases.yml'
  const workflow = parse(textOf(path)) as {
    on: { workflow_dispatch: { inputs: { migration: { default: string } } } }
    jobs: { replicate: { strategy: { matrix: { database: string[] } } } }
  }
  const file = `${folder}/${basename(workflow.on.workflow_dispatch.inputs.migration.default)}`
  expect(workflow.jobs.replicate.strategy.matrix.database).toEqual(databasesOf(textOf(file), file))
  // GitHub's parser takes it; the runner of the tests has no matrix, says so, and finds nothing else.
  const refusal: unknown = await loadWorkflow(path, { repository, checkout: root }).catch(
    (error: unknown) => error,
  )
  expect(refusal).toBeInstanceOf(UnsupportedWorkflow)
  expect((refusal as UnsupportedWorkflow).problems.map(({ message }) => message)).toEqual([
    'jobs.replicate.strategy: matrix and other strategies are not supported',
  ])
})

test.each(['migrate', 'rehearse', 'cutover-by-comment'])(
  'workflows-examples/%s.yml can be run here',
  async (name) => {
    const workflow = await loadWorkflow(`workflows-examples/${name}.yml`, { repository, checkout: root })
    expect(workflow.jobs.length).toBeGreaterThan(1)
  },
)
