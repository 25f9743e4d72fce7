import { distance } from 'fastest-levenshtein'
import type { Migration } from '../migration/schema.ts'
import { refuseProblems } from '../runtime/errors.ts'
import type { Check, CheckResult, Finding } from './finding.ts'

type Waiver = Migration['waivers'][number]

/** What is reported of the waivers themselves is listed like a check; it has a page as the checks have. */
export const waiversCheck = {
  code: 'waivers',
  title: 'every waiver of the migration file is in force and needed',
  unwaivable: 'A waiver cannot accept itself.',
} as const

/**
 * Refuses waivers of codes that no check has, since they would be of no effect for ever. Throws one `invalid-input`
 * MigrationError with every such waiver and the code that was probably meant.
 */
export function refuseUnknownWaivers(waivers: readonly Waiver[], checks: readonly Check[]): void {
  const codes = checks.map(({ code }) => code)
  refuseProblems(
    'invalid-input',
    waivers.flatMap(({ code }, index) => {
      if (codes.includes(code)) return []
      const near = codes
        .map((known) => ({ known, far: distance(known, code) }))
        .filter(({ far }) => far <= Math.max(2, code.length / 3))
        .sort((a, b) => a.far - b.far)[0]
      return [
        {
          field: `waivers[${index}].code`,
          value: code,
          message: `waivers[${index}].code is no code of a finding`,
          remedy:
            near === undefined
              ? 'Take the code from the report; docs/findings lists all of them.'
              : `Did you mean ${near.known}?`,
        },
      ]
    }),
  )
}

/**
 * Applies the waivers of the migration file: what they match is accepted, with reason and last day, and blocks no more.
 * One with `objects` accepts a finding as far as it names these objects; the rest of the finding stays. A waiver that has
 * ended, that matches nothing, or that is not taken, is reported under the code `waivers`. `today` is a day in UTC, as
 * `2026-12-31`; a waiver holds up to and with its last day. Pure.
 */
export function applyWaivers(
  results: readonly CheckResult[],
  waivers: readonly Waiver[],
  checks: readonly Check[],
  today: string,
): CheckResult[] {
  if (waivers.length === 0) return [...results]
  const unwaivable = new Map(checks.map(({ code, unwaivable: why }) => [code, why]))
  const used = new Set<Waiver>()
  const said: Finding[] = []
  const valid = waivers.filter((waiver) => {
    const why = unwaivable.get(waiver.code)
    if (why !== undefined) said.push(notTaken(waiver, why))
    else if (waiver.expires < today) said.push(ended(waiver, matches(waiver, results)))
    else return true
    return false
  })
  const judged = results.map((result) => {
    const own = valid.filter(({ code }) => code === result.code)
    if (own.length === 0) return result
    const findings = result.findings.flatMap((finding) => accept(finding, own, used))
    return { ...result, findings, outcome: outcomeOf(result, findings) }
  })
  said.push(...valid.filter((waiver) => !used.has(waiver)).map(unused))
  const failed = said.some(({ severity }) => severity === 'blocker')
  return [
    ...judged,
    {
      code: waiversCheck.code,
      title: waiversCheck.title,
      outcome: failed ? 'failed' : 'passed',
      findings: said,
    },
  ]
}

/** A finding in parts: what waivers accept of it, and what is left. Notes need no waiver. */
function accept(finding: Finding, waivers: readonly Waiver[], used: Set<Waiver>): Finding[] {
  if (finding.severity === 'note') return [finding]
  const whole = waivers.find(({ objects }) => objects === undefined)
  if (whole !== undefined) {
    used.add(whole)
    return [{ ...finding, accepted: whole }]
  }
  const parts: Finding[] = []
  let left = finding.objects
  for (const waiver of waivers) {
    const taken = left.filter((object) => waiver.objects?.includes(object) === true)
    if (taken.length === 0) continue
    used.add(waiver)
    left = left.filter((object) => !taken.includes(object))
    parts.push({ ...finding, objects: taken, accepted: waiver })
  }
  if (parts.length > 0 && left.length === 0) return parts
  const rest =
    parts.length === 0
      ? finding
      : { ...finding, message: `${finding.message}, of which a waiver accepts some`, objects: left }
  return [rest, ...parts]
}

function outcomeOf(result: CheckResult, findings: readonly Finding[]): CheckResult['outcome'] {
  if (result.outcome !== 'failed' && result.outcome !== 'unverified') return result.outcome
  const open = findings.some(({ severity, accepted }) => severity === 'blocker' && accepted === undefined)
  return open ? result.outcome : 'accepted'
}

/** Whether a waiver would accept anything, were it in force. */
function matches(waiver: Waiver, results: readonly CheckResult[]): boolean {
  return results.some(
    (result) =>
      result.code === waiver.code &&
      result.findings.some(
        ({ severity, objects }) =>
          severity !== 'note' &&
          (waiver.objects === undefined || objects.some((object) => waiver.objects?.includes(object))),
      ),
  )
}

function ended(waiver: Waiver, needed: boolean): Finding {
  return {
    severity: needed ? 'blocker' : 'note',
    message: `the waiver of ${waiver.code} ended on ${waiver.expires}${needed ? '' : ', and is not needed any more'}`,
    objects: [waiver.code],
    why: needed ? `What it accepted (“${waiver.reason}”) is still there.` : 'What it accepted is gone.',
    remedy: needed
      ? 'Mend the finding, or have the waiver renewed with a new `expires`.'
      : 'Remove it from `waivers`.',
  }
}

function unused(waiver: Waiver): Finding {
  return {
    severity: 'note',
    message: `the waiver of ${waiver.code} accepts nothing`,
    objects: [waiver.code],
    why:
      waiver.objects === undefined
        ? 'There is no such finding now; left in the file, it would hide one that comes back.'
        : 'No such finding names its objects; they are written as the report writes them.',
    remedy: 'Remove it from `waivers`, or correct its objects.',
  }
}

function notTaken(waiver: Waiver, why: string): Finding {
  return {
    severity: 'note',
    message: `no waiver is taken for ${waiver.code}`,
    objects: [waiver.code],
    why,
    remedy: 'Remove it from `waivers`, and mend the finding.',
  }
}
