import { expect, test } from 'vitest'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import { planDigest } from '../../shared/migration/digest.ts'
import { plainDecisions, type PlanDecisions } from '../../shared/migration/plan-decisions.ts'
import { cleanFacts, known, setting, spoil } from '../../shared/preflight/clean-facts.ts'
import { databaseRole } from '../../shared/preflight/clean-side-facts.ts'
import type { PreflightFacts } from '../../shared/preflight/facts.ts'
import { runChecks } from '../../shared/preflight/finding.ts'
import { checks } from '../../shared/preflight/registry.ts'
import { verdictOf } from '../../shared/preflight/verdict.ts'
import { applyWaivers } from '../../shared/preflight/waivers.ts'
import type { ComparedWith } from './comparison-part.ts'
import { report } from './report.ts'

function reported(
  facts: PreflightFacts,
  { withPlan = true, decisions, compared, notes = [] }: Reporting = {},
) {
  const results = applyWaivers(runChecks(checks, facts), facts.migration.waivers, checks, '2026-06-01')
  const source = facts.source.catalogue
  const plan =
    withPlan && source.known
      ? buildPlan(facts.migration, {
          source: source.value,
          decisions: decisions ?? plainDecisions(source.value.planned, 32),
        })
      : undefined
  const changes = [{ side: 'target' as const, title: 'raise it', undo: 'lower it', statements: ['select 1'] }]
  const verdict = verdictOf(results)
  const pages = 'https://github.com/o/r/blob/v1/docs/findings'
  return {
    plan,
    outcome: report({ results, verdict, facts, plan, planNotes: notes, compared, changes, pages }),
  }
}

interface Reporting {
  readonly withPlan?: boolean
  readonly decisions?: PlanDecisions
  readonly compared?: ComparedWith
  readonly notes?: string[]
}

test('clear: the verdict first, then tasks, changes and their undoing, the digest, the next step', () => {
  const facts = cleanFacts()
  const statistic = {
    schema: 'shop',
    table: 'orders',
    bytes: '1572864',
    rows: '1204993112',
    inserted: '0',
    updated: '0',
    deleted: '0',
  }
  const { outcome, plan } = reported({
    ...facts,
    source: { ...facts.source, statistics: known([statistic]) },
  })
  const digest = plan === undefined ? '' : planDigest(plan)
  expect(outcome.failed).toBe(false)
  expect(outcome.outputs).toMatchObject({
    verdict: 'clear',
    'plan-digest': digest,
    blockers: '0',
    warnings: '0',
  })
  expect(outcome.summary.split('\n')[0]).toBe(
    `## ✅ preflight: clear: 1 table can be migrated (${checks.length} checks passed, 0 warnings)`,
  )
  expect(outcome.summary).toContain('| aurora-migration-shop-1 | 1 | 1,204,993,112 | 1.5 MB | unknown |')
  expect(outcome.summary).toContain('| target | raise it | lower it |')
  expect(outcome.summary).toContain(`**Plan digest:** \`${digest}\``)
  expect(outcome.summary).toContain('**Next:** create-task')
})

test('blocked: blockers before warnings, with code, objects and remedy; the step fails', () => {
  const { outcome } = reported({
    ...spoil('target', 'activity', { sessions: [{ role: 'someone', application: 'psql', count: 1 }] }),
    source: spoil('source', 'server', { inRecovery: true }).source,
  })
  expect(outcome.failed).toBe(true)
  expect(outcome.outputs).toMatchObject({ verdict: 'blocked', blockers: '1', warnings: '1' })
  expect(outcome.headline).toBe('blocked by 1 finding (1 warning)')
  expect(outcome.summary.indexOf('server-writer')).toBeLessThan(outcome.summary.indexOf('target-sessions'))
  expect(outcome.summary).not.toContain('raise it')
  const result = JSON.parse(outcome.outputs['result'] ?? '') as {
    findings: { code: string; objects: string[] }[]
  }
  expect(result.findings[0]).toMatchObject({
    severity: 'blocker',
    code: 'server-writer',
    objects: ['source'],
  })
})

test('notes are folded: they ask for no decision; a warning never is', () => {
  const facts = spoil('target', 'activity', {
    sessions: [{ role: 'someone', application: 'psql', count: 1 }],
  })
  const { databaseRoles } = facts.source
  const roles = databaseRoles.known ? databaseRoles.value : []
  const { outcome } = reported({
    ...facts,
    source: {
      ...facts.source,
      databaseRoles: known([...roles, databaseRole('bootstrap', { superuser: true })]),
    },
  })
  const [open = '', folded = ''] = outcome.summary.split('<details><summary>1 note, good to know</summary>')
  expect(open).toContain('target-sessions')
  expect(open).not.toContain('fence-superusers')
  expect(folded.split('</details>')[0]).toContain('fence-superusers')
})

test('a long word of a remedy is cut in the table, and whole where it is to be pasted from', () => {
  const facts = setting('source', 'wal_level', 'replica')
  const source = { ...facts.migration.source, 'rds-instance': 'shop-postgres' }
  const { outcome } = reported({ ...facts, migration: { ...facts.migration, source } })
  const [row = ''] = outcome.summary
    .split('\n')
    .filter((line) => line.startsWith('| ❌ blocker<br>[source-wal-level]'))
  expect(row).toContain('(in full below)')
  expect(row.split(' ').filter((word) => word.length > 40 && !word.includes(']('))).toEqual([])
  const [, pasted = ''] = outcome.summary.split('Remedies in full')
  expect(pasted).toContain(
    'ParameterName=rds.logical_replication,ParameterValue=1,ApplyMethod=pending-reboot',
  )
})

test('a source that could not be read blocks, and there is no digest', () => {
  const facts = cleanFacts()
  const unread = { known: false as const, reason: 'permission denied for schema pg_catalog' }
  const { outcome } = reported(
    { ...facts, source: { ...facts.source, catalogue: unread } },
    { withPlan: false },
  )
  expect(outcome.failed).toBe(true)
  expect(outcome.outputs['plan-digest']).toBe('')
  expect(outcome.summary).toContain('could not be verified')
  expect(outcome.summary).toContain('**Plan:** none')
})

test('foreign text stays text: no HTML, no table cell, no fence ends early', () => {
  const { outcome } = reported(
    spoil('target', 'activity', { sessions: [{ role: '<b>|```', application: 'a\nb', count: 1 }] }),
  )
  expect(outcome.summary).toContain('&lt;b>\\|```')
  expect(outcome.summary).not.toContain('<b>')
})

test('long lists are cut in the outputs, which hold 1 MB', () => {
  const missing = Array.from({ length: 5000 }, (_, n) => ({
    schema: 's',
    table: `table_${n}`,
    missing: ['SELECT'],
  }))
  const { outcome } = reported(spoil('source', 'dmsRights', { tables: missing }))
  expect(Buffer.byteLength(outcome.outputs['result'] ?? '')).toBeLessThan(100_000)
  expect(outcome.outputs['result']).toContain('"more":4980')
  expect(Buffer.byteLength(outcome.summary)).toBeLessThan(900_000)
})

test('every code leads to its page', () => {
  const { outcome } = reported(spoil('source', 'server', { inRecovery: true }))
  expect(outcome.summary).toContain(
    '[server-writer](https://github.com/o/r/blob/v1/docs/findings/server-writer.md)',
  )
})

test('what a waiver accepts is shown with reason and last day, and in the first lines', () => {
  const facts = spoil('source', 'server', { inRecovery: true })
  const accepting = { code: 'encoding', reason: 'the collations sort alike', expires: '2026-12-31' }
  const { outcome } = reported({
    ...facts,
    source: cleanFacts().source,
    target: spoil('target', 'server', { encoding: 'LATIN1' }).target,
    migration: { ...facts.migration, waivers: [accepting] },
  })
  expect(outcome.outputs).toMatchObject({ verdict: 'clear', blockers: '0' })
  expect(outcome.headline).toContain('1 accepted by waivers')
  expect(outcome.summary).toContain('📝 blocker, accepted')
  expect(outcome.summary).toContain('Accepted until 2026-12-31: the collations sort alike')
  expect(outcome.summary).toContain('**But 1 finding that would need mending is accepted by waivers')
  expect(JSON.parse(outcome.outputs['result'] ?? '')).toMatchObject({
    accepted: 1,
    findings: expect.arrayContaining([
      expect.objectContaining({
        code: 'encoding',
        accepted: { reason: 'the collations sort alike', expires: '2026-12-31' },
      }),
    ]) as unknown,
  })
})

test('what waits for the target is listed as no pass', () => {
  const facts = cleanFacts()
  const later = { known: false, reason: 'it is made later', notYet: true } as const
  const { outcome } = reported({ ...facts, target: { ...facts.target, objects: later } })
  expect(outcome.summary).toContain('### Not judged yet')
  expect(outcome.summary).toMatch(/no passes: .*`target-extensions`/u)
  expect(outcome.headline).toMatch(/not yet to be judged/u)
})
