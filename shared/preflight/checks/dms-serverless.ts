import type { Check, Finding } from '../finding.ts'

/** What DMS Serverless does not do (DMS User Guide, Serverless, limitations). */
export const dmsServerless: Check = {
  code: 'dms-serverless',
  title: 'DMS Serverless can do what the migration file asks of it',
  judge: (facts) => {
    const { serverless } = facts.migration.dms
    if (serverless === undefined) return []
    const findings: Finding[] = []
    if (facts.migration.load.by !== 'dms') {
      findings.push({
        severity: 'blocker',
        message: `the rows come by ${facts.migration.load.by}, and DMS Serverless cannot begin at a given LSN`,
        objects: ['dms.serverless'],
        why: 'It has no start position of its own: changes between the copy and its start would be lost.',
        remedy: 'Write `dms.replication-instance` instead of `dms.serverless`, or `load: { by: dms }`.',
      })
    }
    if (facts.migration.cutover['fall-back']) {
      findings.push({
        severity: 'blocker',
        message: 'a way back is wanted, and DMS Serverless cannot begin at a given LSN',
        objects: ['cutover.fall-back'],
        why: 'The tasks of the way back begin where the cutover cut: anything later would lose writes, anything earlier would carry old rows over new ones.',
        remedy:
          'Write `dms.replication-instance` instead of `dms.serverless`, or `cutover: { fall-back: false }`.',
      })
    }
    const { 'max-capacity': most, 'min-capacity': least = 1 } = serverless
    if (least > most) {
      findings.push({
        severity: 'blocker',
        message: `min-capacity ${least} is more than max-capacity ${most}`,
        objects: ['dms.serverless.min-capacity'],
        why: 'DMS refuses the configuration.',
        remedy: 'Write a smaller `min-capacity`, or leave it out.',
      })
    }
    findings.push({
      severity: 'note',
      message: 'DMS Serverless forgets its table statistics once its capacity is taken away',
      objects: ['dms.serverless'],
      why: 'A replication that is stopped loses them, and cannot be started again after 48 hours.',
      remedy: 'Keep the evidence and the job summaries; stop it only for good.',
    })
    return findings
  },
}
