import { beforeAll, describe, expect, test } from 'vitest'
import type { PreflightFacts } from '../../shared/preflight/facts.ts'
import { runChecks } from '../../shared/preflight/finding.ts'
import { checks } from '../../shared/preflight/registry.ts'
import { verdictOf, type CodedFinding } from '../../shared/preflight/verdict.ts'
import { allOffences } from './offences/all.ts'
import { cannotBeMade } from './offences/cannot-be-made.ts'
import type { SceneName } from './offences/offence.ts'
import { readScenes, type Scenes } from './scenes/open-scenes.ts'

// Databases, RDS, DMS and GitHub that are clean, and then built to offend: one object, or one answer, for each finding.

type Findings = readonly CodedFinding[]

let scenes: Scenes
let ofClean: Findings
/** What is found in each scene with every check. */
let found: Readonly<Record<SceneName, Findings>>

beforeAll(async () => {
  scenes = await readScenes()
  const { sample, settings, copy, standby, told } = scenes.offending
  ofClean = findingsOf(scenes.clean)
  found = {
    sample: findingsOf(sample),
    settings: findingsOf(settings),
    copy: findingsOf(copy),
    standby: findingsOf(standby),
    told: findingsOf(told),
  }
}, 120_000)

const findingsOf = (facts: PreflightFacts, leaveOut: readonly string[] = []): Findings =>
  verdictOf(runChecks(checks, facts, leaveOut)).findings
const objectsOf = (findings: Findings, code: string) =>
  findings
    .filter((finding) => finding.code === code && finding.verified)
    .flatMap(({ severity, objects }) => objects.map((object) => ({ severity, object })))

test('the clean sample raises no blocker, and no check of it is left unmade', () => {
  const results = runChecks(checks, scenes.clean)
  expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
})

describe('what offends', () => {
  test.each(allOffences.map((offence) => [offence.code, offence.object ?? 'any object', offence] as const))(
    '%s is named: %s',
    (code, _, { object, scene = 'sample' }) => {
      const named = objectsOf(found[scene], code)
      const wanted = object ?? named[0]?.object ?? 'any object'
      expect(named.map((one) => one.object)).toContain(wanted)
      // The clean sample does not have it, or not so severely; else an offence would prove nothing.
      const before = new Set(objectsOf(ofClean, code).map((one) => `${one.severity} ${one.object}`))
      const news = named.filter((one) => !before.has(`${one.severity} ${one.object}`))
      expect(news.map((one) => one.object)).toContain(wanted)
    },
  )

  test('nothing is told that could be made', () => {
    expect(cannotBeMade.map(({ code }) => code)).toEqual(['source-version', 'source-long-transactions'])
    expect(allOffences.filter(({ scene, by }) => scene === 'told' || by === 'facts')).toEqual(cannotBeMade)
  })

  test('no offence hides another: every check could be made', () => {
    const unmade = (['sample', 'settings', 'copy', 'told'] as const).flatMap((name) =>
      runChecks(checks, scenes.offending[name]).flatMap(({ code, outcome, findings }) =>
        outcome === 'unverified' ? [`${name}: ${code}: ${findings[0]?.message ?? ''}`] : [],
      ),
    )
    expect(unmade).toEqual([])
  })

  test.each(checks.map(({ code }) => code))('without %s exactly its finding is missing', (code) => {
    const places = new Set(
      allOffences.filter((one) => one.code === code).map(({ scene = 'sample' }) => scene),
    )
    for (const scene of places) {
      const expected = found[scene].filter((finding) => finding.code !== code)
      expect(findingsOf(scenes.offending[scene], [code]), scene).toEqual(expected)
      expect(expected.length).toBeLessThan(found[scene].length)
    }
    expect(places.size).toBeGreaterThan(0)
  })
})

test('a code that no check has cannot be left out', () => {
  expect(() => runChecks(checks, scenes.clean, ['source-wal'])).toThrow('no check has the code source-wal')
})
