import { describe, expect, test } from 'vitest'
import {
  cleanFacts,
  cleanGitHub,
  cleanReplicationInstance,
  known,
  testMigration,
  type Spoiled,
} from '../clean-facts.ts'
import type { PreflightFacts } from '../facts.ts'
import type { EnvironmentProtection, GitHubFacts, WorkflowFacts } from '../github-facts.ts'
import type { Migration } from '../../migration/schema.ts'
import { said } from '../said.ts'

type Dms = Migration['dms']

/** The same where no way back is wanted. */
const forGood = (facts: PreflightFacts): PreflightFacts => ({
  ...facts,
  migration: { ...facts.migration, cutover: { ...facts.migration.cutover, 'fall-back': false } },
})

function withDms(dms: Partial<Dms>, facts: Partial<PreflightFacts['dms']> = {}): Spoiled<PreflightFacts> {
  const clean = cleanFacts()
  return {
    ...clean,
    migration: { ...testMigration, dms: { ...testMigration.dms, ...dms } },
    dms: { ...clean.dms, ...facts },
  }
}

const create = (change: object = {}): Partial<Dms> => ({
  'replication-instance': {
    create: {
      class: 'dms.r6i.large',
      'storage-gb': 100,
      'multi-az': true,
      'security-groups': [],
      ...change,
    },
  },
})
const serverless = (change: object = {}): Partial<Dms> => ({
  'replication-instance': undefined,
  serverless: { 'max-capacity': 8, 'multi-az': true, 'security-groups': [], ...change },
})
const instance = (change: object) =>
  withDms({}, { instances: known([{ ...cleanReplicationInstance, ...change }]) })
const made = { instances: known([]), classes: known(['dms.r6i.large', 'dms.t3.medium']) }

function loading(facts: PreflightFacts, gibs: number, rows = '1000000'): PreflightFacts {
  const statistic = {
    schema: 'shop',
    table: 'orders',
    bytes: String(gibs * 1024 ** 3),
    rows,
    inserted: '0',
    updated: '0',
    deleted: '0',
  }
  return { ...facts, source: { ...facts.source, statistics: known([statistic]) } }
}

function withLobs(facts: PreflightFacts, bytes: string): PreflightFacts {
  const lob = (column: string) => ({
    schema: 'shop',
    table: 'orders',
    column,
    type: 'bytea',
    kind: 'BLOB' as const,
    bytes,
    exact: true,
  })
  return { ...loading(facts, 1), lobs: known([lob('scan'), lob('photo')]) }
}

const quota = (name: string, used: number, most: number) =>
  withDms({}, { quotas: known([{ name, used, most }]) })
const taken = (migration: string | undefined) =>
  known([{ kind: 'replication task' as const, identifier: 'aurora-migration-shop-1', migration }])

const github = (
  workflow: Partial<WorkflowFacts>,
  environment: Partial<EnvironmentProtection> | undefined = {},
): PreflightFacts => ({
  ...cleanFacts(),
  github: known<GitHubFacts>({
    workflow: { ...cleanGitHub.workflow, ...workflow },
    environment:
      environment === undefined || cleanGitHub.environment === undefined
        ? undefined
        : { ...cleanGitHub.environment, ...environment },
  }),
})
const rehearsal: PreflightFacts = {
  ...cleanFacts(),
  github: known({ workflow: { ...cleanGitHub.workflow, asksForApproval: false }, environment: undefined }),
}

/** The same where the file wants a comment, and GitHub has nothing that guards an environment. */
const byComment = (facts: PreflightFacts): PreflightFacts => ({
  ...facts,
  migration: {
    ...facts.migration,
    cutover: {
      ...facts.migration.cutover,
      approval: { issue: { repository: null, number: 12 }, approvers: ['ben'] },
    },
  },
})

describe('DMS', () => {
  test.each<[string, string, PreflightFacts, string[]]>([
    ['replication-instance-class', 'a steady one', instance({}), []],
    [
      'replication-instance-class',
      'one on credits for much',
      loading(instance({ class: 'dms.t3.medium' }), 10),
      ['warning: dms.t3.medium'],
    ],
    [
      'replication-instance-class',
      'one on credits for little',
      loading(instance({ class: 'dms.t3.medium' }), 9),
      [],
    ],
    [
      'replication-instance-class',
      'one without the memory for LOBs',
      withLobs(instance({ class: 'dms.c6i.large' }), '100000'),
      ['warning: dms.c6i.large, shop.orders'],
    ],
    [
      'replication-instance-class',
      'one with the memory for LOBs',
      withLobs(instance({ class: 'dms.r6i.2xlarge' }), '100000'),
      [],
    ],
    [
      'replication-instance-class',
      'one that the region does not offer',
      withDms(create({ class: 'dms.r99.large' }), made),
      ['blocker: dms.r99.large'],
    ],
    ['replication-instance-class', 'one that it offers', withDms(create(), made), []],
    ['replication-instance-storage', 'too small', loading(instance({ storageGb: 20 }), 300), ['warning: ri']],
    ['replication-instance-storage', 'large enough', loading(instance({ storageGb: 30 }), 300), []],
    [
      'replication-instance-storage',
      'to be made too small',
      loading(withDms(create({ 'storage-gb': 20 }), made), 300),
      ['warning: dms.replication-instance.create'],
    ],
    ['replication-instance-multi-az', 'one zone', instance({ multiAz: false }), ['note: ri']],
    [
      'replication-instance-multi-az',
      'serverless in one zone',
      withDms(serverless({ 'multi-az': false }), made),
      ['note: dms.serverless'],
    ],
    ['dms-quotas', 'no task left', quota('ReplicationTasks', 600, 600), ['blocker: ReplicationTasks']],
    ['dms-quotas', 'three endpoints left', quota('Endpoints', 997, 1000), ['blocker: Endpoints']],
    ['dms-quotas', 'four endpoints left: two for each way', quota('Endpoints', 996, 1000), []],
    [
      'dms-quotas',
      'two endpoints left, and no way back wanted',
      {
        ...quota('Endpoints', 998, 1000),
        migration: { ...testMigration, cutover: { ...testMigration.cutover, 'fall-back': false } },
      },
      [],
    ],
    [
      'dms-quotas',
      'five endpoints left, and one for each of two tasks needed, either way',
      {
        ...quota('Endpoints', 995, 1000),
        tasks: known(2),
        migration: { ...testMigration, load: { by: 'existing', lsn: '0/1', slots: ['one', 'two'] } },
      },
      ['blocker: Endpoints'],
    ],
    ['dms-quotas', 'no instance left, none needed', quota('ReplicationInstances', 60, 60), []],
    [
      'dms-quotas',
      'no instance left, one needed',
      withDms(create(), { ...made, quotas: known([{ name: 'ReplicationInstances', used: 60, most: 60 }]) }),
      ['blocker: ReplicationInstances'],
    ],
    [
      'dms-quotas',
      'room for the way back alone, but the other task is our own',
      withDms(
        {},
        { taken: taken('shop'), quotas: known([{ name: 'ReplicationTasks', used: 599, most: 600 }]) },
      ),
      [],
    ],
    ['dms-names', 'our own', withDms({}, { taken: taken('shop') }), []],
    ['dms-names', 'of another', withDms({}, { taken: taken('other') }), ['blocker: aurora-migration-shop-1']],
    [
      'dms-names',
      'of nobody',
      withDms({}, { taken: taken(undefined) }),
      ['blocker: aurora-migration-shop-1'],
    ],
    [
      'dms-serverless',
      'with a way back',
      withDms(serverless(), made),
      ['blocker: cutover.fall-back', 'note: dms.serverless'],
    ],
    ['dms-serverless', 'as it is', forGood(withDms(serverless(), made)), ['note: dms.serverless']],
    [
      'dms-serverless',
      'less at most than at least',
      forGood(withDms(serverless({ 'min-capacity': 16 }), made)),
      ['blocker: dms.serverless.min-capacity', 'note: dms.serverless'],
    ],
    [
      'dms-serverless',
      'from an LSN',
      forGood({
        ...withDms(serverless(), made),
        migration: {
          ...withDms(serverless()).migration,
          load: { by: 'existing', lsn: '0/1', slots: ['one'] },
        },
      }),
      ['blocker: dms.serverless', 'note: dms.serverless'],
    ],
  ])('%s: %s', (code, _, facts, expected) => {
    expect(said(code, facts)).toEqual(expected)
  })
})

describe('GitHub', () => {
  const name = 'production-cutover'
  test.each<[string, string, PreflightFacts, string[]]>([
    ['github-environment', 'as it should be', github({}), []],
    ['github-environment', 'absent', github({}, { exists: false, reviewers: 0 }), [`blocker: ${name}`]],
    ['github-environment', 'without reviewers', github({}, { reviewers: 0 }), [`blocker: ${name}`]],
    ['github-environment', 'self-review', github({}, { preventsSelfReview: false }), [`blocker: ${name}`]],
    [
      'github-environment',
      'bypassed, from any branch',
      github({}, { adminsMayBypass: true, anyBranch: true }),
      [`warning: ${name}`, `warning: ${name}`],
    ],
    ['github-environment', 'a rehearsal', rehearsal, [`note: ${name}`]],
    ['github-environment', 'no workflow', { ...cleanFacts(), github: known(undefined) }, [`note: ${name}`]],
    [
      'github-environment',
      'a comment in its place',
      byComment(github({}, { exists: false, reviewers: 0 })),
      [`note: ${name}`],
    ],
    ['github-environment-use', 'a comment in its place', byComment(github({ jobsInEnvironment: [] })), []],
    ['github-environment-use', 'outside', github({ jobsInEnvironment: [] }), ['blocker: cutover']],
    [
      'github-environment-use',
      'shared',
      github({ jobsInEnvironment: ['cutover', 'deploy'] }),
      ['warning: deploy'],
    ],
    ['github-environment-use', 'a rehearsal', rehearsal, []],
    [
      'github-permissions',
      'not said',
      github({ topPermissions: 'not said' }),
      ['warning: .github/workflows/migrate.yml'],
    ],
    [
      'github-permissions',
      'all',
      github({ topPermissions: 'write-all' }),
      ['warning: .github/workflows/migrate.yml'],
    ],
    ['github-permissions', 'some', github({ topPermissions: 'some' }), []],
    [
      'github-concurrency',
      'none',
      github({ concurrency: 'none' }),
      ['warning: .github/workflows/migrate.yml'],
    ],
    [
      'github-concurrency',
      'cancels',
      github({ concurrency: 'cancels' }),
      ['blocker: .github/workflows/migrate.yml'],
    ],
  ])('%s: %s', (code, _, facts, expected) => {
    expect(said(code, facts)).toEqual(expected)
  })
})
