import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** What create-task will make, and the cutover for the way back, must fit into the quotas of the account in this region. */
export const dmsQuotas: Check = {
  code: 'dms-quotas',
  title: 'the quotas of DMS have room for what is to be made',
  judge: (facts) => {
    const { dms, name, load, cutover } = facts.migration
    const own = knownFact(facts.dms.taken).filter(({ migration }) => migration === name)
    const missing = (kind: string, all: number) =>
      Math.max(0, all - own.filter((taken) => taken.kind === kind).length)
    const tasks = knownFact(facts.tasks)
    // The way back has tasks of its own beside those that are stopped, each with a slot, and so an endpoint, of its own.
    const back = cutover['fall-back'] ? tasks : 0
    // Where the rows do not come by DMS each task reads a slot of its own, by an endpoint of its own.
    const endpoints =
      (dms.source.endpoint === undefined ? (load.by === 'dms' ? 1 : tasks) : 0) +
      (dms.target.endpoint === undefined ? 1 : 0) +
      (back > 0 ? back + 1 : 0)
    const create = dms['replication-instance']
    const storage = typeof create === 'object' && 'create' in create ? create.create['storage-gb'] : 0
    const instances = storage > 0 ? missing('replication instance', 1) : 0
    const needed = new Map([
      ['ReplicationTasks', dms.serverless === undefined ? missing('replication task', tasks + back) : 0],
      ['Endpoints', missing('endpoint', endpoints)],
      ['ReplicationInstances', instances],
      ['AllocatedStorage', instances * storage],
    ])
    return knownFact(facts.dms.quotas)
      .filter(
        (quota) =>
          quota.used + (needed.get(quota.name) ?? 0) > quota.most && (needed.get(quota.name) ?? 0) > 0,
      )
      .map((quota) => ({
        severity: 'blocker',
        message: `DMS has ${quota.used} of ${quota.most} ${quota.name} in use, and ${needed.get(quota.name) ?? 0} more are needed`,
        objects: [quota.name],
        why: 'create-task would be refused half-way, or the cutover’s check when it makes the way back.',
        remedy: `aws service-quotas list-service-quotas --service-code dms  # then request-service-quota-increase, or delete what is not used any more`,
      }))
  },
}
