import { sampleMigrationFile } from '../sample-pair.ts'
import { otherAccount } from './emulated-aws.ts'

const role = `arn:aws:iam::${otherAccount}:role/migration`

/** The sample's file with other lines; throws where one of them is not in it. */
function changed(changes: Readonly<Record<string, string>>, extra = ''): string {
  return Object.entries(changes).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the sample's migration file has no ${from}`)
    return text.replace(from, to)
  }, sampleMigrationFile(extra))
}

const source = 'source: { secret: shop/source, tls: disable }'
const target = 'target: { secret: shop/target, tls: disable }'
const instance = 'replication-instance: rehearsal'
const roles = 'application-roles: [shop_app, shop_batch]'

/** The migration files of the scenes, each as a person could have written it. */
export const migrationFiles = {
  clean: changed({
    [source]: 'source: { secret: shop/source, tls: disable, rds-instance: db-right }',
    [target]: 'target: { secret: shop/target, tls: disable, rds-cluster: aurora-right }',
    [roles]: `environment: guarded\n  ${roles}`,
  }),
  sample: changed({
    [source]: 'source: { secret: shop/source, tls: disable, rds-instance: db-1 }',
    [target]: 'target: { secret: shop/target, tls: disable, rds-cluster: aurora-1 }',
    [instance]: 'replication-instance: [small, nowhere]',
    'secret: shop/dms-source': 'secret: offending/dms-source',
    "'Warehouse.%'": "'Warehouse.%', 'nowhere.%'",
    '{ secret: shop/app }': '{ secret: offending/app }, { secret: offending/batch }',
    [roles]: `environment: production-cutover\n  ${roles}`,
  }),
  settings: changed({
    [source]: 'source: { secret: settings/server, tls: disable }',
    [target]: 'target: { secret: settings/server, tls: disable }',
    'ssl-mode: none': 'ssl-mode: require\n  lob: { max-kb: 200 }',
  }),
  copy: changed(
    {
      [source]: `source: { secret: copy/source, tls: disable, rds-cluster: shared, aws: { role: '${role}' } }`,
      [target]: 'target: { secret: copy/latin, tls: disable, rds-cluster: clone }',
      [instance]: 'serverless: { max-capacity: 4 }',
    },
    'load: { by: aurora-clone, class: db.r6g.large }\n',
  ),
  standby: changed({ [source]: 'source: { secret: settings/server, tls: disable }' }),
} as const
