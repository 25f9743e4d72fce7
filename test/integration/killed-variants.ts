import { fileURLToPath } from 'node:url'
import type { CatalogueTable } from '../../shared/migration/catalogue-model.ts'
import { plainDecisions } from '../../shared/migration/plan-decisions.ts'
import type { Variant } from './killed-lab.ts'

/** Four tasks, foreign keys across them. */
const decideFour = (planned: readonly CatalogueTable[]) => ({
  ...plainDecisions(planned, 128),
  groups: [0, 1, 2, 3].map((group) =>
    planned.filter((_, index) => index % 4 === group).map(({ schema, table }) => ({ schema, table })),
  ),
})

/** Names of the original in RDS, and of what is made from it, whose address RDS says. */
const named = (original: 'cluster' | 'instance', made: 'cluster' | 'instance') => (file: string) =>
  file
    .replace('{ secret: shop/source, ', `{ secret: shop/source, rds-${original}: shop, `)
    .replace('{ secret: shop/target, ', `{ secret: shop/target, rds-${made}: shop-new, `)
    .replaceAll(/, access-role: '[^']+'/gu, '')

/** A copy has the source's triggers, and none that fires in replica mode may stay on a target. */
const ordinary = 'alter table shop.customers enable trigger trim_email'

/** A framework that makes the schema step by step, as many do. */
const framework = fileURLToPath(new URL('./killed-framework.ts', import.meta.url))

/** The ways in which the actions of a migration differ, as far as what they change does. */
export const variants = {
  plain: { name: 'plain', extra: '', schemaThere: true },
  separate: { name: 'separate', extra: 'prepare: separate\n', schemaThere: true },
  dropped: {
    name: 'dropped',
    extra: 'during-load: { foreign-keys: drop, indexes: drop }\n',
    schemaThere: true,
  },
  triggers: {
    name: 'triggers',
    extra: 'during-load: { replica-role: disabled-triggers, foreign-keys: drop }\n',
    schemaThere: true,
  },
  fourTasks: {
    name: 'four-tasks',
    extra: '',
    change: (file: string) => file.replace('dms:\n', 'dms:\n  tasks: { max: 4 }\n'),
    decide: decideFour,
    schemaThere: true,
  },
  dump: { name: 'dump', extra: 'schema: { dump: { roles: true } }\n', schemaThere: false },
  serverless: {
    name: 'serverless',
    extra: '',
    change: (file: string) =>
      file.replace('replication-instance: rehearsal', 'serverless: { max-capacity: 2 }'),
    schemaThere: true,
  },
  created: {
    name: 'created',
    extra: '',
    change: (file: string) =>
      file.replace(
        'replication-instance: rehearsal',
        'replication-instance: { create: { class: dms.r6i.large } }',
      ),
    schemaThere: true,
  },
  assessed: {
    name: 'assessed',
    extra: '',
    change: (file: string) =>
      file.replace(
        'dms:\n',
        "dms:\n  assessment: { bucket: results, role: 'arn:aws:iam::000000000000:role/dms' }\n",
      ),
    schemaThere: true,
  },
  cloned: {
    name: 'cloned',
    extra: 'load: { by: aurora-clone, class: db.r6g.large }\n',
    change: named('cluster', 'cluster'),
    schemaThere: true,
    also: ordinary,
    rds: { original: 'cluster', made: 'cluster' },
  },
  restored: {
    name: 'restored',
    extra: 'load: { by: snapshot, class: db.r6g.large }\n',
    change: named('instance', 'instance'),
    schemaThere: true,
    also: ordinary,
    rds: { original: 'instance', made: 'instance' },
  },
  restoredCluster: {
    name: 'restored-cluster',
    extra: 'load: { by: snapshot, class: db.r6g.large }\n',
    change: named('cluster', 'cluster'),
    schemaThere: true,
    also: ordinary,
    rds: { original: 'cluster', made: 'cluster' },
  },
  replica: {
    name: 'replica',
    extra: 'schema: { aurora-replica: { class: db.r6g.large } }\n',
    change: named('instance', 'cluster'),
    schemaThere: true,
    also: ordinary,
    rds: { original: 'instance', made: 'cluster' },
  },
  loaded: {
    name: 'loaded',
    extra: '',
    loaded: (lsn: string, slot: string) => `load: { by: existing, lsn: ${lsn}, slots: [${slot}] }\n`,
    schemaThere: true,
  },
  command: {
    name: 'command',
    extra: `schema: { command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(framework)}] }\n`,
    schemaThere: false,
  },
  parameterGroup: {
    name: 'parameter-group',
    extra: 'during-load: { replica-role: parameter-group }\n',
    change: (file: string) =>
      file.replace('{ secret: shop/target, ', '{ secret: shop/target, rds-cluster: shop-new, '),
    schemaThere: true,
    rds: { group: 'shop-new17' },
  },
} as const satisfies Record<string, Variant>
